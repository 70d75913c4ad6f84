"""Every numba loop that digits/ needs of its own: random warps, and the pen that draws all strokes.

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
def draw_line(points, radius, softness, erases, ink, owner, number):
    """Draw the path of a round pen through all points, or erase along it.

    Shapes: points (M, 2) float32 of x, y in pixels, ink (H, W) bytes, owner (H, W) int32: pixels that
    get at least as much ink as they had get this number. A pixel at distance d from the nearest piece of
    the path gets (radius − d) / softness + ½, within 0 and 1, of full ink: the pen's edge fades over
    `softness` pixels. Since pieces are joined, no speed leaves gaps.
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
                    amount = np.uint8(255 * strength + 0.5)
                    if amount > 0 and amount >= ink[i, j]:
                        ink[i, j] = amount
                        owner[i, j] = number


@jit
def label_components(ink, owner, threshold, labels, boxes, amounts):
    """Number the connected parts of the ink; where strokes are known, the part that each has of it.

    Shapes: ink (H, W) float32, owner (H, W) int32, which stroke a pixel is of → labels (H, W) int32,
    where paper is 0, boxes (K, 6) int32: top, left, bottom, right (one beyond), component, owner, in
    the order in which they are met, and amounts (K, 2) float32: of pixels and of ink. Returns how many;
    what is beyond K has no label. Pixels of at least `threshold` hang together with their eight
    neighbours. (Rosenfeld and Pfaltz, "Sequential Operations in Digital Picture Processing" (1966).)
    """
    H, W = ink.shape
    K = len(boxes)
    parent = np.zeros(H * W // 2 + 2, np.int32)  # of each provisional label; its own where it is a root
    count = 0
    for i in range(H):
        for j in range(W):
            labels[i, j] = 0
            if not ink[i, j] >= threshold:
                continue
            label = 0
            for di, dj in ((0, -1), (-1, -1), (-1, 0), (-1, 1)):
                y, x = i + di, j + dj
                if y < 0 or x < 0 or x >= W or labels[y, x] == 0:
                    continue
                other = labels[y, x]
                while parent[other] != other:
                    other = parent[other]
                if label == 0:
                    label = other
                elif other < label:
                    parent[label] = other
                    label = other
                else:
                    parent[other] = label
            if label == 0:
                count += 1
                label = count
                parent[label] = label
            labels[i, j] = label
    # A part is a pair of a component and a stroke in it; the numbers of these pairs are in a hash table.
    size = 1
    while size < 4 * K:
        size *= 2
    keys = np.full(size, -1, np.int64)
    numbers = np.zeros(size, np.int32)
    found = 0
    for i in range(H):
        for j in range(W):
            label = labels[i, j]
            if label == 0:
                continue
            root = label
            while parent[root] != root:
                root = parent[root]
            parent[label] = root
            key = np.int64(root) * 1_000_003 + owner[i, j]
            place = key % size
            while keys[place] != -1 and keys[place] != key:
                place = (place + 1) % size
            if keys[place] == -1:
                if found == K:
                    labels[i, j] = 0
                    continue
                keys[place] = key
                found += 1
                numbers[place] = found
                boxes[found - 1, 0] = i
                boxes[found - 1, 1] = j
                boxes[found - 1, 2] = i + 1
                boxes[found - 1, 3] = j + 1
                boxes[found - 1, 4] = root
                boxes[found - 1, 5] = owner[i, j]
                amounts[found - 1] = 0
            number = numbers[place]
            labels[i, j] = number
            box = boxes[number - 1]
            box[1] = min(box[1], j)
            box[2] = i + 1
            box[3] = max(box[3], j + 1)
            amounts[number - 1, 0] += 1
            amounts[number - 1, 1] += ink[i, j]
    return found
