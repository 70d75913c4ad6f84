"""Backward through pooling, ReLU and convolution at once: what has no gradient is not computed.

Of a window's four outputs only the largest has a gradient, and in a network that has learned, ReLU
has cut off two or three maxima in four. The rest is added up patch by patch, four at a time, so
that the sum is loaded and stored once for the four. For the second convolution, in µs an image:

    with one maximum in four left, as after 30 epochs    25
    with one in three                                    31
    with four in five, as in the first epoch             51
    by Winograd's matrix products, whatever is left      43

A run of 30 epochs took 12 % less time than by the last of these. `argmax` is that of
nn/kernels/fused.py.
"""

import numba
import numpy as np

from nn.kernels.fused import NO_WINNER
from nn.kernels.jit import jit_contract


@jit_contract
def sparse_backward_filters(dy, argmax, x, dW, db):
    """Gradients of W and b: for each filter, the sum of the patches of its maxima, each times its dy.

    Shapes: dy and argmax (N, OH, OW, F), x (N, H, W, C) → dW (F, 3, 3, C), db (F,).
    """
    N, OH, OW, F = dy.shape
    H, W, C = x.shape[1:]
    line = W * C
    pixels = x.reshape(N, H * line)
    filters = dW.reshape(F, 3, 3 * C)
    first = np.empty(OH * OW + 4, np.int64)
    gradient = np.empty(OH * OW + 4, dy.dtype)
    dW[:] = 0
    db[:] = 0
    for n in range(N):
        image = pixels[n]
        for f in range(F):
            count = 0
            for i in range(OH):
                for j in range(OW):
                    k = int(argmax[n, i, j, f])
                    first[count] = _first(i, j, k, W, C)
                    gradient[count] = dy[n, i, j, f]
                    count += k != NO_WINNER  # else the next one takes its place: no branch to mispredict
            _fill_up(first, gradient, count)
            for q in range(0, count, 4):
                g0, g1, g2, g3 = _four_numbers(gradient, q)
                db[f] += g0 + g1 + g2 + g3
                for a in range(3):
                    total = filters[f, a]
                    x0, x1, x2, x3 = _four_from(image, first, q, a * line, 3 * C)
                    for e in range(3 * C):
                        total[e] += g0 * x0[e] + g1 * x1[e] + g2 * x2[e] + g3 * x3[e]


@jit_contract
def sparse_backward_input(dy, argmax, W, dx):
    """Gradient of x: to the patch under each maximum, its filter is added, times its dy.

    Shapes: dy and argmax (N, OH, OW, F), W (F, 3, 3, C) → dx (N, H, W, C). First the filters of a window
    are sorted by where their maximum is, so that four go to the same patch at a time.
    """
    N, OH, OW, F = dy.shape
    H, width, C = dx.shape[1:]
    pixels = dx.reshape(N, H * width * C)
    filters = W.reshape(F * 9 * C)
    # Lists of filters: one for each of the four places, and one for NO_WINNER.
    first = np.empty((NO_WINNER + 1, F + 4), np.int64)
    gradient = np.empty((NO_WINNER + 1, F + 4), dy.dtype)
    count = np.empty(NO_WINNER + 1, np.int64)
    for n in range(N):
        dx[n] = 0
        image = pixels[n]
        for i in range(OH):
            for j in range(OW):
                count[:] = 0
                for f in range(F):
                    k = int(argmax[n, i, j, f])
                    first[k, count[k]] = f * 9 * C
                    gradient[k, count[k]] = dy[n, i, j, f]
                    count[k] += 1
                for k in range(4):
                    _fill_up(first[k], gradient[k], count[k])
                    patch = _first(i, j, k, width, C)
                    for q in range(0, count[k], 4):
                        g0, g1, g2, g3 = _four_numbers(gradient[k], q)
                        for a in range(3):
                            start = patch + a * width * C
                            total = image[start : start + 3 * C]
                            w0, w1, w2, w3 = _four_from(filters, first[k], q, a * 3 * C, 3 * C)
                            for e in range(3 * C):
                                total[e] += g0 * w0[e] + g1 * w1[e] + g2 * w2[e] + g3 * w3[e]


@numba.njit(inline="always")
def _first(i, j, k, W, C):
    """Where in an image (H·W·C) the 3×3 patch of output k (0 to 3) of window (i, j) begins."""
    return ((2 * i + (k >> 1)) * W + 2 * j + (k & 1)) * C


@numba.njit(inline="always")
def _fill_up(first, gradient, count):
    """Three more gradients of zero, so that they can be taken four at a time to the last."""
    for q in range(count, count + 3):
        first[q] = 0
        gradient[q] = 0


@numba.njit(inline="always")
def _four_numbers(values, q):
    return values[q], values[q + 1], values[q + 2], values[q + 3]


@numba.njit(inline="always")
def _four_from(flat, first, q, offset, length):
    """Four runs of `flat`, beginning `offset` after the places first[q] to first[q + 3]."""
    p0, p1, p2, p3 = (
        first[q] + offset,
        first[q + 1] + offset,
        first[q + 2] + offset,
        first[q + 3] + offset,
    )
    return flat[p0 : p0 + length], flat[p1 : p1 + length], flat[p2 : p2 + length], flat[p3 : p3 + length]
