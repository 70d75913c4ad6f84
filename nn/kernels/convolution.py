"""im2col, col2im, max pooling and its backward pass.

Letters: N images, H×W pixels, C channels; OH×OW output positions; KH×KW the window, SH×SW its
steps, PH×PW the padding.
"""

from nn.kernels.jit import jit


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
                best = y[n, i, j]
                where = argmax[n, i, j]
                first = x[n, i * SH, j * SW]
                for c in range(C):
                    best[c] = first[c]
                    where[c] = 0
                for k in range(1, KH * KW):
                    value = x[n, i * SH + k // KW, j * SW + k % KW]
                    for c in range(C):
                        larger = value[c] > best[c]
                        best[c] = value[c] if larger else best[c]
                        where[c] = k if larger else where[c]


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
                gradient = dy[n, i, j]
                where = argmax[n, i, j]
                for k in range(KH * KW):
                    target = dx[n, i * SH + k // KW, j * SW + k % KW]
                    for c in range(C):
                        target[c] += gradient[c] if where[c] == k else 0
