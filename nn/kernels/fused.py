"""Convolution 3×3, ReLU and pooling 2×2 in one pass, in two ways: directly, and by Winograd.

nn/fast/fused_steps.py calls these; the same layers, one by one, are to be read in nn/layers.py.
"""

import numba
import numpy as np

from nn.kernels.jit import jit, jit_contract

# Both kinds below work through the 2×2 windows of the pooling. Such a window needs the 4×4 pixels
# of the input from (2i, 2j) on. Rows and columns that no window reads are never computed. `argmax`
# says which of the window's four outputs was the largest: 0 1 / 2 3, or NO_WINNER if ReLU cut it off,
# so that pooling and ReLU together need one byte an output to send the gradient back.

NO_WINNER = 4


@jit_contract
def direct_forward(x, W, b, y, argmax):
    """Convolution of a one-channel image, bias, ReLU and pooling, with nothing kept in between.

    Shapes: x (N, H, W), W (9, F), b (F,) → y and argmax (N, OH, OW, F), OH = (H − 2) // 2.
    With one channel, a row of im2col would hold 9 numbers for 32 that come out: copying them costs
    more than the arithmetic. 6 µs an image instead of 45 for im2col, ReLU and pooling; and 3.6 by
    leaving out windows of which all 16 pixels are blank, as is most of a digit's paper.
    """
    N, OH, OW, F = y.shape
    zero = b[0] * 0  # of the same dtype, here and below: a Python number would turn all into float64
    blank = np.empty(F, y.dtype)
    no_winner = np.empty(F, argmax.dtype)
    for f in range(F):
        blank[f], no_winner[f] = _pool(zero, zero, zero, zero, b[f])
    for n in range(N):
        for i in range(OH):
            r0, r1, r2, r3 = x[n, 2 * i], x[n, 2 * i + 1], x[n, 2 * i + 2], x[n, 2 * i + 3]
            for j in range(OW):
                a0, a1, a2, a3 = r0[2 * j], r0[2 * j + 1], r0[2 * j + 2], r0[2 * j + 3]
                b0, b1, b2, b3 = r1[2 * j], r1[2 * j + 1], r1[2 * j + 2], r1[2 * j + 3]
                c0, c1, c2, c3 = r2[2 * j], r2[2 * j + 1], r2[2 * j + 2], r2[2 * j + 3]
                d0, d1, d2, d3 = r3[2 * j], r3[2 * j + 1], r3[2 * j + 2], r3[2 * j + 3]
                best = y[n, i, j]
                where = argmax[n, i, j]
                upper = a0 == a1 == a2 == a3 == b0 == b1 == b2 == b3 == 0
                if upper and c0 == c1 == c2 == c3 == d0 == d1 == d2 == d3 == 0:
                    for f in range(F):
                        best[f] = blank[f]
                        where[f] = no_winner[f]
                    continue
                for f in range(F):
                    p, q, r = W[0, f], W[1, f], W[2, f]
                    s, t, u = W[3, f], W[4, f], W[5, f]
                    v, w, z = W[6, f], W[7, f], W[8, f]
                    y0 = a0 * p + a1 * q + a2 * r + b0 * s + b1 * t + b2 * u + c0 * v + c1 * w + c2 * z
                    y1 = a1 * p + a2 * q + a3 * r + b1 * s + b2 * t + b3 * u + c1 * v + c2 * w + c3 * z
                    y2 = b0 * p + b1 * q + b2 * r + c0 * s + c1 * t + c2 * u + d0 * v + d1 * w + d2 * z
                    y3 = b1 * p + b2 * q + b3 * r + c1 * s + c2 * t + c3 * u + d1 * v + d2 * w + d3 * z
                    best[f], where[f] = _pool(y0, y1, y2, y3, b[f])


@jit_contract
def direct_backward(dy, argmax, x, dW, db):
    """Gradients of direct_forward's W and b. (Of x there is none: it is the image itself.)

    Shapes: dy and argmax (N, OH, OW, F), x (N, H, W) → dW (9, F), db (F,).
    Where all 16 pixels are blank, which is most of a digit's paper, dW gains nothing and is left
    alone: 10 µs an image instead of 15.
    """
    N, OH, OW, F = dy.shape
    dW[:] = 0
    db[:] = 0
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                gradient = dy[n, i, j]
                where = argmax[n, i, j]
                for f in range(F):
                    db[f] += gradient[f] if where[f] != NO_WINNER else 0 * gradient[f]
            r0, r1, r2, r3 = x[n, 2 * i], x[n, 2 * i + 1], x[n, 2 * i + 2], x[n, 2 * i + 3]
            for j in range(OW):
                a0, a1, a2, a3 = r0[2 * j], r0[2 * j + 1], r0[2 * j + 2], r0[2 * j + 3]
                b0, b1, b2, b3 = r1[2 * j], r1[2 * j + 1], r1[2 * j + 2], r1[2 * j + 3]
                c0, c1, c2, c3 = r2[2 * j], r2[2 * j + 1], r2[2 * j + 2], r2[2 * j + 3]
                d0, d1, d2, d3 = r3[2 * j], r3[2 * j + 1], r3[2 * j + 2], r3[2 * j + 3]
                upper = a0 == a1 == a2 == a3 == b0 == b1 == b2 == b3 == 0
                if upper and c0 == c1 == c2 == c3 == d0 == d1 == d2 == d3 == 0:
                    continue
                gradient = dy[n, i, j]
                where = argmax[n, i, j]
                for f in range(F):
                    g = gradient[f]
                    k = where[f]
                    zero = g * 0
                    g0, g1 = g if k == 0 else zero, g if k == 1 else zero
                    g2, g3 = g if k == 2 else zero, g if k == 3 else zero
                    dW[0, f] += a0 * g0 + a1 * g1 + b0 * g2 + b1 * g3
                    dW[1, f] += a1 * g0 + a2 * g1 + b1 * g2 + b2 * g3
                    dW[2, f] += a2 * g0 + a3 * g1 + b2 * g2 + b3 * g3
                    dW[3, f] += b0 * g0 + b1 * g1 + c0 * g2 + c1 * g3
                    dW[4, f] += b1 * g0 + b2 * g1 + c1 * g2 + c2 * g3
                    dW[5, f] += b2 * g0 + b3 * g1 + c2 * g2 + c3 * g3
                    dW[6, f] += c0 * g0 + c1 * g1 + d0 * g2 + d1 * g3
                    dW[7, f] += c1 * g0 + c2 * g1 + d1 * g2 + d2 * g3
                    dW[8, f] += c2 * g0 + c3 * g1 + d2 * g2 + d3 * g3


# Winograd's minimal filtering F(2×2, 3×3): with input d (4×4), filter g (3×3) and output Y (2×2),
#     Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A        (Lavin and Gray, "Fast Algorithms for Convolutional
#                                              Neural Networks" (2015), section 4.1)
#     Bᵀ = 1  0 -1  0     G = 1   0   0     Aᵀ = 1  1  1  0
#          0  1  1  0         ½   ½   ½          0  1 -1 -1
#          0 -1  1  0         ½  -½   ½
#          0  1  0 -1         0   0   1
# Four outputs cost 16 products instead of 36; summed over channels, ⊙ is 16 matrix products, which
# NumPy does, as it does G g Gᵀ. There are T = N·OH·OW tiles, one for each window.


@jit
def winograd_input(x, tiles):
    """Bᵀ d B of the 4×4 pixels d under each tile.

    Shapes: x (N, H, W, C) → tiles (16, T, C). First each line of four becomes a sum of two whole
    lines of the image, Bᵀ d, then within these the same is done from pixel to pixel.
    """
    N, H, W, C = x.shape
    OH, OW = (H - 2) // 2, (W - 2) // 2
    lines = x.reshape(N, H, W * C)
    sums = np.empty((4, W * C), x.dtype)
    for n in range(N):
        for i in range(OH):
            l0, l1, l2, l3 = (
                lines[n, 2 * i],
                lines[n, 2 * i + 1],
                lines[n, 2 * i + 2],
                lines[n, 2 * i + 3],
            )
            for e in range(W * C):
                sums[0, e] = l0[e] - l2[e]
                sums[1, e] = l1[e] + l2[e]
                sums[2, e] = l2[e] - l1[e]
                sums[3, e] = l1[e] - l3[e]
            for p in range(4):
                for j in range(OW):
                    s0, s1, s2, s3 = _four(sums[p], 2 * j, C)
                    t = (n * OH + i) * OW + j
                    t0, t1, t2, t3 = (
                        tiles[4 * p, t],
                        tiles[4 * p + 1, t],
                        tiles[4 * p + 2, t],
                        tiles[4 * p + 3, t],
                    )
                    for c in range(C):
                        t0[c] = s0[c] - s2[c]
                        t1[c] = s1[c] + s2[c]
                        t2[c] = s2[c] - s1[c]
                        t3[c] = s1[c] - s3[c]


@jit
def winograd_output(products, b, y, argmax):
    """Y = Aᵀ M A, then bias, ReLU and pooling.

    Shapes: products (16, T, F), b (F,) → y and argmax (N, OH, OW, F).
    """
    T, F = products.shape[1:]
    m = products.reshape(16, T * F)
    outputs = y.reshape(T, F)
    argmaxes = argmax.reshape(T, F)
    for t in range(T):
        best = outputs[t]
        where = argmaxes[t]
        for f in range(F):
            e = t * F + f
            a0, b0 = _a_transposed(m[0, e], m[4, e], m[8, e], m[12, e])
            a1, b1 = _a_transposed(m[1, e], m[5, e], m[9, e], m[13, e])
            a2, b2 = _a_transposed(m[2, e], m[6, e], m[10, e], m[14, e])
            a3, b3 = _a_transposed(m[3, e], m[7, e], m[11, e], m[15, e])
            y0, y1 = _a_transposed(a0, a1, a2, a3)
            y2, y3 = _a_transposed(b0, b1, b2, b3)
            best[f], where[f] = _pool(y0, y1, y2, y3, b[f])


@numba.njit(inline="always")
def _four(line, first, C):
    """Four neighbouring pixels of C channels each of a line (W·C), as four slices."""
    k = first * C
    return (
        line[k : k + C],
        line[k + C : k + 2 * C],
        line[k + 2 * C : k + 3 * C],
        line[k + 3 * C : k + 4 * C],
    )


@numba.njit(inline="always")
def _pool(y0, y1, y2, y3, bias):
    """Bias, ReLU and maximum of a window → its output, and which of the four it came from."""
    top, where = (y1, 1) if y1 > y0 else (y0, 0)
    top, where = (y2, 2) if y2 > top else (top, where)
    top, where = (y3, 3) if y3 > top else (top, where)
    top += bias
    return (top, where) if top > 0 else (top * 0, NO_WINNER)


@numba.njit(inline="always")
def _a_transposed(m0, m1, m2, m3):
    return m0 + m1 + m2, m1 - m2 - m3
