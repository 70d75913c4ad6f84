"""Conv2D 3×3, ReLU and MaxPool2D 2×2 in one step: the same results, several times as fast.

Taken one after another, each of the three writes all of its output to memory and reads all of its
input from there, and three quarters of what the convolution found is thrown away by the pooling.
DirectStep finishes each window of the pooling before the next; WinogradStep works on eight images at a
time, so that intermediate results stay in cache. The parameters stay those of the Conv2D. Tests check
that both ways agree.
"""

from collections.abc import Collection

import numpy as np
from numpy import ndarray

from nn import kernels
from nn.array_types import Float
from nn.fast.buffers import ConvTwin
from nn.fast.tiled_conv import WEIGHT_TRANSFORM, TiledConv
from nn.fast.winograd_conv import WinogradConv
from nn.layers import Conv2D, Layer, MaxPool2D, ReLU
from nn.network import Sequential

# Images at a time whose tiles and products (0.15 MB an image) stay in the core's own cache from one
# loop to the next. A training step takes 10 % longer with all 32 of a micro-batch at once.
IMAGES_IN_CACHE = 8


class FusedStep(ConvTwin):
    """Base class of the two fused steps."""

    def _outputs(self, x: Float[ndarray, "N H W C"]) -> Float[ndarray, "N OH OW F"]:
        """Allocate y and argmax (index of each window's maximum, or NO_WINNER)."""
        N, H, W = x.shape[:3]
        shape = (N, (H - 2) // 2, (W - 2) // 2, self.conv.filters)
        self.argmax = self.buffer("argmax", shape, np.uint8)
        return self.buffer("y", shape)


class DirectStep(FusedStep):
    """Conv2D 3×3, ReLU and MaxPool2D 2×2 for one input channel, computed directly; no dx.

    Shapes: x (N, H, W, 1) → y (N, OH, OW, F), OH = (H − 2) // 2.
    """

    kind = "direct conv + relu + pool"

    def forward(self, x: Float[ndarray, "N H W 1"]) -> Float[ndarray, "N OH OW F"]:
        self.x = x[..., 0]
        y = self._outputs(x)
        W = self.params["W"].reshape(9, -1)
        kernels.direct_forward(self.x, W, self.params["b"], y, self.argmax)
        return y

    def backward(self, dy: Float[ndarray, "N OH OW F"]) -> None:
        dW = self.grads["W"].reshape(9, -1)
        kernels.direct_backward(dy, self.argmax, self.x, dW, self.grads["b"])


class WinogradStep(FusedStep):
    """Conv2D 3×3, ReLU and MaxPool2D 2×2 for any number of channels.

    Forward is Winograd's F(2×2, 3×3), one tile for each window.

    Shapes: x (N, H, W, C) → y (N, OH, OW, F), OH = (H − 2) // 2. With T = N·OH·OW tiles:
        tiles = BᵀxB (16, T, C),  U = GWGᵀ (16, C, F),  products = tiles U (16, T, F),
        y = max(0, max of AᵀproductsA + b).
    Only each window's maximum has a gradient. With its input patch (3, 3, C):
        dW[…, f] = Σ dy patch and dpatch += dy W[…, f], over all of f's maxima.
    """

    kind = "winograd conv + relu + pool"

    def __init__(self, conv: Conv2D) -> None:
        super().__init__(conv)
        self.transform = WEIGHT_TRANSFORM.astype(self.dtype)

    def forward(self, x: Float[ndarray, "N H W C"]) -> Float[ndarray, "N OH OW F"]:
        self.x = x
        y = self._outputs(x)
        N, OH, OW, F = y.shape
        C = x.shape[-1]
        U = self.buffer("U", (16, C, F))
        np.matmul(self.transform, self.params["W"].reshape(9, -1), out=U.reshape(16, -1))

        for start in range(0, N, IMAGES_IN_CACHE):
            few = slice(start, start + IMAGES_IN_CACHE)
            if start == 0 or start + IMAGES_IN_CACHE > N:  # the first, or a last of fewer images
                T = min(IMAGES_IN_CACHE, N - start) * OH * OW
                tiles = self.buffer("tiles", (16, T, C))
                products = self.buffer("products", (16, T, F))
            kernels.winograd_input(x[few], tiles)
            np.matmul(tiles, U, out=products)
            kernels.winograd_output(products, self.params["b"], y[few], self.argmax[few])
        return y

    def backward(self, dy: Float[ndarray, "N OH OW F"]) -> Float[ndarray, "N H W C"] | None:
        F = self.conv.filters
        C = self.x.shape[-1]
        # Here each filter is one piece of memory, (3, 3, C).
        W = self.buffer("filters", (F, 3, 3, C))
        dW = self.buffer("dfilters", (F, 3, 3, C))
        W[:] = self.params["W"].transpose(3, 0, 1, 2)
        kernels.sparse_backward_filters(dy, self.argmax, self.x, dW, self.grads["b"])
        self.grads["W"][:] = dW.transpose(1, 2, 3, 0)
        if not self.needs_dx:
            return None
        dx = self.buffer("dx", self.x.shape)
        kernels.sparse_backward_input(dy, self.argmax, W, dx)
        return dx


FAST_TWINS = (DirectStep, WinogradStep, WinogradConv, TiledConv)


def accelerate(network: Sequential, twins: Collection[type[Layer]] = FAST_TWINS) -> Sequential:
    """Replace layers by fast twins of these kinds, in place; return the network.

    What a twin returns is overwritten by its next call.
    """
    network.executed = fuse(network.layers, twins)
    return network


def fuse(layers: list[Layer], twins: Collection[type[Layer]] = FAST_TWINS) -> list[Layer]:
    """The layers, with twins of these kinds in place of those that they fit."""
    executed: list[Layer] = []
    k = 0
    while k < len(layers):
        layer = layers[k]
        step = _step_for(layers[k : k + 3])
        if step is not None and step in twins and isinstance(layer, Conv2D):
            executed.append(step(layer))
            k += 3
        else:
            executed.append(_twin_of(layer, twins))
            k += 1
    return executed


def _twin_of(layer: Layer, twins: Collection[type[Layer]]) -> Layer:
    """A twin of this layer alone, if one of these kinds fits it; else the layer."""
    if isinstance(layer, Conv2D):
        for twin in (WinogradConv, TiledConv):
            if twin in twins and twin.fits(layer):
                return twin(layer)
    return layer


def _step_for(layers: list[Layer]) -> type[FusedStep] | None:
    """The fused step that does the same as these three layers, or None."""
    if [type(layer) for layer in layers] != [Conv2D, ReLU, MaxPool2D]:
        return None
    conv, _, pool = layers
    assert isinstance(conv, Conv2D) and isinstance(pool, MaxPool2D)  # noqa: PT018 — for mypy
    is_plain = (conv.kernel_size, conv.stride, conv.padding) == ((3, 3), (1, 1), (0, 0))
    if not is_plain or (pool.window, pool.stride) != ((2, 2), (2, 2)):
        return None
    one_channel = conv.params["W"].shape[2] == 1 and not conv.needs_dx
    return DirectStep if one_channel else WinogradStep
