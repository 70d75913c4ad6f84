"""Conv2D 3×3, ReLU and MaxPool2D 2×2 in one step: the same sum as the three, several times as fast.

Taken one after another, each of the three writes all of its output to memory and reads all of its
input from there, and three quarters of what the convolution found is thrown away by the pooling.
Here each window of the pooling is finished before the next is begun, or at least those of a few images
before those of the next few. The three layers stay what they are: they own the parameters, and
`layers.py` is where the sum itself is to be read. The tests hold both ways equal.
"""

import numpy as np

from nn import kernels
from nn.fast.winograd_conv import WinogradConv
from nn.layers import Conv2D, Layer, MaxPool2D, ReLU

# G of Winograd's F(2×2, 3×3), once for rows and once for columns: (16, 9), see nn/kernels/fused.py.
_G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
WEIGHT_TRANSFORM = np.kron(_G, _G)
# Images at a time whose tiles and products (0.15 MB an image) stay in the core's own cache from one
# step to the next. A training step takes 10 % longer with all 32 at once.
PART = 8


def fuse(layers):
    """The layers as a list of steps, in which such threes have become one step each.

    A convolution on its own becomes a WinogradConv where it can.
    """
    steps, k = [], 0
    while k < len(layers):
        three = layers[k : k + 3]
        if _fits(three):
            one_channel = three[0].params["W"].shape[2] == 1 and not three[0].needs_dx
            steps.append((DirectStep if one_channel else WinogradStep)(three[0]))
            k += 3
        else:
            steps.append(WinogradConv(layers[k]) if WinogradConv.fits(layers[k]) else layers[k])
            k += 1
    return steps


def _fits(layers):
    if [type(layer) for layer in layers] != [Conv2D, ReLU, MaxPool2D]:
        return False
    conv, _, pool = layers
    is_plain = (conv.kernel_size, conv.stride, conv.padding) == ((3, 3), (1, 1), (0, 0))
    return is_plain and (pool.window, pool.stride) == ((2, 2), (2, 2))


class _Step(Layer):
    """What both kinds share: the convolution's own parameters, and the shape of the output."""

    def __init__(self, conv):
        super().__init__()
        self.conv, self.dtype = conv, conv.dtype
        self.params, self.grads = conv.params, conv.grads

    def _outputs(self, x):
        """Buffers for y and winner, (N, OH, OW, F): where the largest of each window was, or nobody."""
        N, H, W = x.shape[:3]
        shape = (N, (H - 2) // 2, (W - 2) // 2, self.conv.filters)
        self.winner = self.buffer("winner", shape, np.uint8)
        return self.buffer("y", shape)


class DirectStep(_Step):
    """For images of one channel, of which nobody needs dx.

    Shapes: x (N, H, W, 1) → y (N, OH, OW, F), OH = (H − 2) // 2.
    """

    kind = "direct conv + relu + pool"
    needs_dx = False

    def forward(self, x):
        self.x, y = x[..., 0], self._outputs(x)
        W = self.params["W"].reshape(9, -1)
        kernels.direct_forward(self.x, W, self.params["b"], y, self.winner)
        return y

    def backward(self, dy):
        dW = self.grads["W"].reshape(9, -1)
        kernels.direct_backward(dy, self.winner, self.x, dW, self.grads["b"])


class WinogradStep(_Step):
    """For any number of channels: forward by Winograd's F(2×2, 3×3), one tile for each window.

    Shapes: x (N, H, W, C) → y (N, OH, OW, F), OH = (H − 2) // 2. With T = N·OH·OW tiles:
        tiles = BᵀxB (16, T, C),  U = GWGᵀ (16, C, F),  products = tiles U (16, T, F),
        y = max(0, max of AᵀproductsA + b).
    Backward only the windows' winners count; with patch (3, 3, C) that which a winner was found in,
        dW[…, f] = Σ dy patch and dpatch += dy W[…, f], over all of f's winners.
    """

    kind = "winograd conv + relu + pool"

    def __init__(self, conv):
        super().__init__(conv)
        self.transform = WEIGHT_TRANSFORM.astype(self.dtype)

    def forward(self, x):
        self.x, y = x, self._outputs(x)
        (N, OH, OW, F), C = y.shape, x.shape[-1]
        U = self.buffer("U", (16, C, F))
        np.matmul(self.transform, self.params["W"].reshape(9, -1), out=U.reshape(16, -1))

        for start in range(0, N, PART):
            part = slice(start, start + PART)
            if start == 0 or start + PART > N:
                T = min(PART, N - start) * OH * OW
                tiles, products = self.buffer("tiles", (16, T, C)), self.buffer("products", (16, T, F))
            kernels.winograd_input(x[part], tiles)
            np.matmul(tiles, U, out=products)
            kernels.winograd_output(products, self.params["b"], y[part], self.winner[part])
        return y

    def backward(self, dy):
        F, C = self.conv.filters, self.x.shape[-1]
        # Here each filter is one piece of memory, (3, 3, C).
        W, dW = (self.buffer(name, (F, 3, 3, C)) for name in ("filters", "dfilters"))
        W[:] = self.params["W"].transpose(3, 0, 1, 2)
        kernels.sparse_backward_filters(dy, self.winner, self.x, dW, self.grads["b"])
        self.grads["W"][:] = dW.transpose(1, 2, 3, 0)
        dx = self.buffer("dx", self.x.shape)
        kernels.sparse_backward_input(dy, self.winner, W, dx)
        return dx
