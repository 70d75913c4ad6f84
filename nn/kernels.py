"""Every numba loop, and nothing else: the few sums that NumPy alone cannot do fast.

A kernel gets arrays that are already allocated, fills the last ones and returns nothing.
`kernel.py_func` is its plain-Python twin; NUMBA_DISABLE_JIT=1 makes all of them plain Python,
so that a debugger can step through.

Why the inner loops look as they do: numba turns `for c in range(C): out[c] = row[c]` over two
one-dimensional slices into vector instructions, and does not when the same loop indexes the
whole four-dimensional array. Kernels are `nogil`, so several threads can run them at once.

Letters: N images, H×W pixels, C channels; OH×OW output positions; KH×KW the window.
"""

import numba
import numpy as np

jit = numba.njit(nogil=True, cache=True)


@jit
def im2col(x, kernel_size, stride, padding, patches):
    """Copy every window that the convolution sees into a row of its own.

    Shapes: x (N, H, W, C) → patches (N·OH·OW, KH·KW·C), pixels beyond the border being zero.
    After this, a convolution is one matrix product (Chellapilla et al., 2006).
    """
    N, H, W, C = x.shape
    (KH, KW), (SH, SW), (PH, PW) = kernel_size, stride, padding
    OH, OW = (H + 2 * PH - KH) // SH + 1, (W + 2 * PW - KW) // SW + 1
    lines = x.reshape(N, H, W * C)  # neighbours in a line lie side by side: one run per line
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                patch = patches[(n * OH + i) * OW + j]
                left = j * SW - PW
                inside_from, inside_to = max(0, -left), min(KW, W - left)
                for a in range(KH):
                    h = i * SH - PH + a
                    part = patch[a * KW * C : (a + 1) * KW * C]
                    if h < 0 or h >= H or inside_from >= inside_to:
                        for c in range(KW * C):
                            part[c] = 0
                        continue
                    for c in range(inside_from * C):
                        part[c] = 0
                    for c in range(inside_to * C, KW * C):
                        part[c] = 0
                    inside = part[inside_from * C : inside_to * C]
                    source = lines[n, h, (left + inside_from) * C : (left + inside_to) * C]
                    for c in range(len(inside)):
                        inside[c] = source[c]


@jit
def col2im(dpatches, kernel_size, stride, padding, dx):
    """The transpose of im2col: add every patch's gradient back to the pixels it was read from.

    Shapes: dpatches (N·OH·OW, KH·KW·C) → dx (N, H, W, C).
    """
    N, H, W, C = dx.shape
    (KH, KW), (SH, SW), (PH, PW) = kernel_size, stride, padding
    OH, OW = (H + 2 * PH - KH) // SH + 1, (W + 2 * PW - KW) // SW + 1
    lines = dx.reshape(N, H, W * C)
    for n in range(N):
        dx[n] = 0
        for i in range(OH):
            for j in range(OW):
                patch = dpatches[(n * OH + i) * OW + j]
                left = j * SW - PW
                inside_from, inside_to = max(0, -left), min(KW, W - left)
                if inside_from >= inside_to:
                    continue
                for a in range(KH):
                    h = i * SH - PH + a
                    if 0 <= h < H:
                        inside = patch[(a * KW + inside_from) * C : (a * KW + inside_to) * C]
                        target = lines[n, h, (left + inside_from) * C : (left + inside_to) * C]
                        for c in range(len(inside)):
                            target[c] += inside[c]


@jit
def max_pool(x, window, stride, y, argmax):
    """Take the largest value of each window, and remember which one it was.

    Shapes: x (N, H, W, C) → y (N, OH, OW, C), argmax the same: the position a·KW + b in the
    window. Where several are equal the first wins, so that exactly one gets the gradient:
    on MNIST's blank paper more than half of all windows are tied.
    """
    N, OH, OW, C = y.shape
    (KH, KW), (SH, SW) = window, stride
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                best, winner = y[n, i, j], argmax[n, i, j]
                first = x[n, i * SH, j * SW]
                for c in range(C):
                    best[c] = first[c]
                    winner[c] = 0
                for k in range(1, KH * KW):
                    value = x[n, i * SH + k // KW, j * SW + k % KW]
                    for c in range(C):
                        larger = value[c] > best[c]
                        best[c] = value[c] if larger else best[c]
                        winner[c] = k if larger else winner[c]


@jit
def max_pool_backward(dy, argmax, window, stride, dx):
    """Send each output's gradient to the one input that was its maximum.

    Shapes: dy and argmax (N, OH, OW, C) → dx (N, H, W, C).
    """
    N, OH, OW, C = dy.shape
    (KH, KW), (SH, SW) = window, stride
    for n in range(N):
        dx[n] = 0
        for i in range(OH):
            for j in range(OW):
                gradient, winner = dy[n, i, j], argmax[n, i, j]
                for k in range(KH * KW):
                    target = dx[n, i * SH + k // KW, j * SW + k % KW]
                    for c in range(C):
                        target[c] += gradient[c] if winner[c] == k else 0


@jit
def affine_warp(images, warps, out):
    """Draw each image anew, moved, turned, scaled or slanted, with bilinear interpolation.

    Shapes: images (N, H, W) bytes, warps (N, 2, 3) → out (N, H, W, 1) of 0 to 1.
    What stands at row i, column j is read at warp · (i, j, 1), all counted from the middle of
    the image; beyond its border is blank paper.
    """
    N, H, W = images.shape
    paper = np.zeros((H + 3, W + 3), out.dtype)  # the image with a blank margin around it
    for n in range(N):
        for i in range(H):
            source, target = images[n, i], paper[i + 1]
            for j in range(W):
                target[j + 1] = source[j] / out.dtype.type(255)
        yi, yj, y0 = warps[n, 0]
        xi, xj, x0 = warps[n, 1]
        y0 += (H + 1) / 2 - (yi * (H - 1) + yj * (W - 1)) / 2
        x0 += (W + 1) / 2 - (xi * (H - 1) + xj * (W - 1)) / 2
        for i in range(H):
            row = out[n, i]
            for j in range(W):
                y = min(max(y0 + yi * i + yj * j, 0), H + 1)
                x = min(max(x0 + xi * i + xj * j, 0), W + 1)
                top, left = int(y), int(x)
                below, beside = y - top, x - left
                upper = paper[top, left] * (1 - beside) + paper[top, left + 1] * beside
                lower = paper[top + 1, left] * (1 - beside) + paper[top + 1, left + 1] * beside
                row[j, 0] = upper * (1 - below) + lower * below


@jit
def draw_line(points, radius, softness, erases, ink):
    """Draw the way of a round pen through all points, or erase along it.

    Shapes: points (M, 2) float32 of x, y in pixels, ink (H, W) bytes. A pixel at distance d from
    the nearest piece of the way gets (radius − d) / softness + ½, within 0 and 1, of full ink: the
    pen's edge fades over `softness` pixels. Since pieces are joined, no speed leaves gaps.
    """
    H, W = ink.shape
    reach = radius + softness
    for k in range(len(points) - 1):
        x0, y0 = points[k]
        x1, y1 = points[k + 1]
        dx, dy = x1 - x0, y1 - y0
        square = dx * dx + dy * dy
        top, bottom = max(0, int(min(y0, y1) - reach)), min(H, int(max(y0, y1) + reach) + 2)
        left, right = max(0, int(min(x0, x1) - reach)), min(W, int(max(x0, x1) + reach) + 2)
        for i in range(top, bottom):
            v = i + 0.5 - y0  # a pixel's middle lies half a pixel inside it
            for j in range(left, right):
                u = j + 0.5 - x0
                along = min(max((u * dx + v * dy) / square, 0.0), 1.0) if square > 0 else 0.0
                d = np.sqrt((u - along * dx) ** 2 + (v - along * dy) ** 2)
                strength = min(max((radius - d) / softness + 0.5, 0.0), 1.0)
                if erases:
                    ink[i, j] = min(ink[i, j], np.uint8(255 * (1 - strength) + 0.5))
                else:
                    ink[i, j] = max(ink[i, j], np.uint8(255 * strength + 0.5))
