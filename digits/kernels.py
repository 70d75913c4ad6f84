"""Every numba loop that digits/ needs of its own: random warps, the pen of all strokes, lines of glyphs.

They are like those in nn/kernels/, whose head says how they are written and why.
"""

import numpy as np

from nn.kernels.jit import jit


@jit
def warp(images, warps, out):
    """Draw images anew, moved, turned, scaled, slanted and bent, by bilinear interpolation.

    Shapes: images (N, H, W) bytes, warps (N, 2, 6) → out (N, H, W, 1) of 0 to 1. What stands at row i,
    column j is read at row yi·i + yj·j + y0 plus a wave along j, and at column xi·i + xj·j + x0 plus a
    wave along i, where i and j are counted from the middle of the image but for the waves; beyond its
    border is blank paper. 5 µs an image, 0.7 for the waves.
    """
    N, H, W = out.shape[:3]
    real = np.float32  # a Python number here would turn all of it into slower float64
    paper = np.zeros((H + 3, W + 3), real)  # the image with a blank margin around it
    flat = paper.reshape((H + 3) * (W + 3))
    below = W + 3  # from a pixel to the one below it
    wave = np.empty(W, real)
    for n in range(N):
        for i in range(H):
            source = images[n, i]
            target = paper[i + 1, 1 : W + 1]
            for j in range(W):
                target[j] = source[j] * real(1 / 255)
        # The columns of a warp, as augmentation.py names them.
        yi, yj, y0, y_amplitude, y_frequency, y_phase = warps[n, 0]
        xi, xj, x0, x_amplitude, x_frequency, x_phase = warps[n, 1]
        y0 += (H + 1) / 2 - (yi * (H - 1) + yj * (W - 1)) / 2
        x0 += (W + 1) / 2 - (xi * (H - 1) + xj * (W - 1)) / 2
        for j in range(W):
            wave[j] = y_amplitude * np.sin(y_frequency * real(j) + y_phase)
        for i in range(H):
            row = out[n, i, :, 0]
            y1 = real(y0 + yi * i)
            x1 = real(x0 + xi * i + x_amplitude * np.sin(x_frequency * real(i) + x_phase))
            for j in range(W):
                # In this order a NaN becomes 0, and nothing is read outside.
                y = min(max(real(0), y1 + yj * real(j) + wave[j]), real(H + 1))
                x = min(max(real(0), x1 + xj * real(j)), real(W + 1))
                top, left = np.int32(y), np.int32(x)
                down = y - real(top)
                right = x - real(left)
                k = top * below + left
                upper = flat[k] + (flat[k + 1] - flat[k]) * right
                lower = flat[k + below] + (flat[k + below + 1] - flat[k + below]) * right
                row[j] = upper + (lower - upper) * down


@jit
def draw_line(points, radius, softness, erases, ink):
    """Draw the path of a round pen through all points, or erase along it.

    Shapes: points (M, 2) float32 of x, y in pixels, ink (H, W) bytes. A pixel at distance d from the
    nearest piece of the path gets (radius − d) / softness + ½, within 0 and 1, of full ink: the pen's
    edge fades over `softness` pixels. Since pieces are joined, no speed leaves gaps.
    """
    H, W = ink.shape
    reach = radius + softness
    for k in range(len(points) - 1):
        x0, y0 = points[k]
        x1, y1 = points[k + 1]
        dx, dy = x1 - x0, y1 - y0
        square = dx * dx + dy * dy
        # Within the paper while they are still floats, and in this order, so that what is too large for
        # an int, or no number, stays within, too.
        top = int(min(max(0.0, min(y0, y1) - reach), H))
        bottom = int(min(max(0.0, max(y0, y1) + reach + 2), H))
        left = int(min(max(0.0, min(x0, x1) - reach), W))
        right = int(min(max(0.0, max(x0, x1) + reach + 2), W))
        for i in range(top, bottom):
            v = i + 0.5 - y0  # a pixel's middle lies half a pixel inside it
            for j in range(left, right):
                u = j + 0.5 - x0
                along = min(max(0.0, (u * dx + v * dy) / square), 1.0) if square > 0 else 0.0
                d = np.sqrt((u - along * dx) ** 2 + (v - along * dy) ** 2)
                strength = min(max(0.0, (radius - d) / softness + 0.5), 1.0)
                if erases:
                    ink[i, j] = min(ink[i, j], np.uint8(255 * (1 - strength) + 0.5))
                else:
                    ink[i, j] = max(ink[i, j], np.uint8(255 * strength + 0.5))


@jit
def place_glyphs(tiles, gaps, canvas, lefts):
    """Write glyphs side by side, each `gaps[k]` pixels from the last at the row where they are closest.

    Shapes: tiles (G, H, T), gaps (G,) → canvas (H, W), where the brighter of two wins, and lefts (G,):
    the column at which each glyph's ink begins, or −1 for those that no longer fit. A gap of the first
    is its distance from the left; negative gaps overlap. Rows next to a row count as that row.
    """
    G, H, T = tiles.shape
    W = canvas.shape[1]
    right = np.full(H, -1, np.int64)  # the last column with ink in each row
    lefts[:] = -1
    for k in range(G):
        first = np.full(H, T, np.int64)
        last = np.full(H, -1, np.int64)
        for i in range(H):
            for j in range(T):
                if tiles[k, i, j] > 0.3:
                    first[i] = min(first[i], j)
                    last[i] = j
        begin, end = first.min(), last.max()
        if end < 0:
            continue
        if k == 0:
            left = np.int64(gaps[0]) - begin
        else:
            left = -W
            for i in range(H):
                for near in range(max(0, i - 1), min(H, i + 2)):
                    if right[near] >= 0 and first[i] < T:
                        left = max(left, right[near] + 1 - first[i])
            if left == -W:  # no row in common: side by side
                left = right.max() + 1 - begin
            left += np.int64(np.round(gaps[k]))
            left = max(left, lefts[k - 1] + 1 - begin)
        if left + begin < 0 or left + end >= W:
            return
        lefts[k] = left + begin
        for i in range(H):
            if last[i] >= 0:
                right[i] = max(right[i], left + last[i])
            for j in range(max(0, -left), min(T, W - left)):
                canvas[i, left + j] = max(canvas[i, left + j], tiles[k, i, j])
