"""Winograd's F(2×2, 3×3) for a convolution of which every output is wanted: what surrounds the products.

A, B and the forward transform of the input are in nn/kernels/fused.py. Outputs (N, OH, OW, F) are cut
into T = N·TH·TW tiles of 2×2, TH = ⌈OH / 2⌉; what a tile has beyond the border is not written, and no
gradient comes from there. Each transform works on whole lines first, then from pixel to pixel.
"""

import numpy as np

from nn.kernels.jit import jit


@jit
def winograd_outputs(products, b, y):
    """Y = Aᵀ M A, and the bias. Shapes: products (16, T, F), b (F,) → y (N, OH, OW, F)."""
    N, OH, OW, F = y.shape
    TH, TW = (OH + 1) // 2, (OW + 1) // 2
    m = products.reshape(16, N * TH, TW * F)
    sums = np.empty((4, TW * F), y.dtype)
    for n in range(N):
        for i in range(OH):
            k = n * TH + i // 2
            for q in range(4):
                m0, m1, m2, m3 = m[q, k], m[4 + q, k], m[8 + q, k], m[12 + q, k]
                line = sums[q]
                if i % 2 == 0:
                    for e in range(TW * F):
                        line[e] = m0[e] + m1[e] + m2[e]
                else:
                    for e in range(TW * F):
                        line[e] = m1[e] - m2[e] - m3[e]
            for j in range(OW):
                here = slice(j // 2 * F, j // 2 * F + F)
                s0, s1, s2, s3 = sums[0, here], sums[1, here], sums[2, here], sums[3, here]
                out = y[n, i, j]
                if j % 2 == 0:
                    for f in range(F):
                        out[f] = s0[f] + s1[f] + s2[f] + b[f]
                else:
                    for f in range(F):
                        out[f] = s1[f] - s2[f] - s3[f] + b[f]


@jit
def winograd_outputs_backward(dy, dproducts):
    """dM = A dY Aᵀ. Shapes: dy (N, OH, OW, F) → dproducts (16, T, F)."""
    N, OH, OW, F = dy.shape
    TH, TW = (OH + 1) // 2, (OW + 1) // 2
    m = dproducts.reshape(16, N, TH, TW, F)
    lines = dy.reshape(N, OH, OW * F)
    sums = np.zeros((4, 2 * TW * F), dy.dtype)
    for n in range(N):
        for i in range(TH):
            upper = lines[n, 2 * i]
            for e in range(OW * F):
                sums[0, e] = sums[1, e] = sums[2, e] = upper[e]
                sums[3, e] = 0
            if 2 * i + 1 < OH:
                lower = lines[n, 2 * i + 1]
                for e in range(OW * F):
                    sums[1, e] += lower[e]
                    sums[2, e] -= lower[e]
                    sums[3, e] -= lower[e]
            for p in range(4):
                for j in range(TW):
                    left = sums[p, 2 * j * F : (2 * j + 1) * F]
                    right = sums[p, (2 * j + 1) * F : (2 * j + 2) * F]
                    m0, m1, m2, m3 = (
                        m[4 * p, n, i, j],
                        m[4 * p + 1, n, i, j],
                        m[4 * p + 2, n, i, j],
                        m[4 * p + 3, n, i, j],
                    )
                    for f in range(F):
                        m0[f] = left[f]
                        m1[f] = left[f] + right[f]
                        m2[f] = left[f] - right[f]
                        m3[f] = -right[f]


@jit
def winograd_input_backward(dtiles, dx):
    """dX = B dtile Bᵀ, added up where tiles overlap. Shapes: dtiles (16, T, C) → dx (N, H, W, C)."""
    N, H, W, C = dx.shape
    TH, TW = (H - 1) // 2, (W - 1) // 2
    tiles = dtiles.reshape(16, N, TH, TW, C)
    lines = dx.reshape(N, H, W * C)
    sums = np.empty((4, (2 * TW + 2) * C), dx.dtype)
    for n in range(N):
        dx[n] = 0
        for i in range(TH):
            sums[:] = 0
            for p in range(4):
                for j in range(TW):
                    t0, t1, t2, t3 = (
                        tiles[4 * p, n, i, j],
                        tiles[4 * p + 1, n, i, j],
                        tiles[4 * p + 2, n, i, j],
                        tiles[4 * p + 3, n, i, j],
                    )
                    first = 2 * j * C
                    d0 = sums[p, first : first + C]
                    d1 = sums[p, first + C : first + 2 * C]
                    d2 = sums[p, first + 2 * C : first + 3 * C]
                    d3 = sums[p, first + 3 * C : first + 4 * C]
                    for c in range(C):
                        d0[c] += t0[c]
                        d1[c] += t1[c] - t2[c] + t3[c]
                        d2[c] += t1[c] + t2[c] - t0[c]
                        d3[c] -= t3[c]
            l0, l1, l2 = lines[n, 2 * i], lines[n, 2 * i + 1], lines[n, 2 * i + 2]
            for e in range(W * C):
                l0[e] += sums[0, e]
                l1[e] += sums[1, e] - sums[2, e] + sums[3, e]
                l2[e] += sums[1, e] + sums[2, e] - sums[0, e]
            if 2 * i + 3 < H:
                l3 = lines[n, 2 * i + 3]
                for e in range(W * C):
                    l3[e] -= sums[3, e]
