"""A 3×3 convolution of any size with 16 products for four outputs instead of 36: Winograd's F(2×2, 3×3).

It is what fused_steps.WinogradStep does, but every output is kept, and so has a gradient.
"""

from collections.abc import Iterator

import numpy as np
from numpy import ndarray

from nn import kernels
from nn.array_types import Float
from nn.fast.buffers import ConvTwin
from nn.layers import Conv2D, Layer

# G of Winograd's F(2×2, 3×3), see nn/kernels/fused.py; in two dimensions (16, 9).
_G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
WEIGHT_TRANSFORM = np.kron(_G, _G)
MIN_CHANNELS = 16  # between 3 and 4, where it was slower than im2col, and 24, where it was faster
TILES_IN_CACHE = 250  # at a time, so that tiles and products may stay in the core's own cache


class TiledConv(ConvTwin):
    """In place of a Conv2D 3×3 without padding: the same results, in less time.

    Shapes: x (N, H, W, C) → y (N, H − 2, W − 2, F). With T tiles (see nn/kernels/winograd.py):
        tiles = BᵀxB (16, T, C),  U = GWGᵀ (16, C, F),  products = tiles U,  y = AᵀproductsA + b;
        dproducts = A dy Aᵀ,  dU = tilesᵀ dproducts,  dW = GᵀdU G,  dtiles = dproducts Uᵀ,
        dx = B dtiles Bᵀ.
    Tiles are made anew in the backward pass: so they stay in the core's own cache.
    """

    kind = "tiled conv"

    def __init__(self, conv: Conv2D) -> None:
        super().__init__(conv)
        self.G = WEIGHT_TRANSFORM.astype(conv.dtype)

    @staticmethod
    def fits(layer: Layer) -> bool:
        """Whether this layer is such a convolution."""
        return (
            type(layer) is Conv2D
            and layer.input_shape[2:] >= (MIN_CHANNELS,)
            and (layer.kernel_size, layer.stride, layer.padding) == ((3, 3), (1, 1), (0, 0))
        )

    def forward(self, x: Float[ndarray, "N H W C"]) -> Float[ndarray, "N OH OW F"]:
        N, H, W, C = x.shape
        F = self.conv.filters
        if H % 2 or W % 2:  # one more line or column, so that the last tiles have all of their pixels
            padded = self.buffer("padded", (N, H + H % 2, W + W % 2, C))
            padded[:, :H, :W] = x
            padded[:, H:] = 0
            padded[:, :, W:] = 0
            x = padded
        self.x = x
        self.y_shape = N, H - 2, W - 2, F
        U = self.buffer("U", (16, C, F))
        np.matmul(self.G, self.params["W"].reshape(9, -1), out=U.reshape(16, -1))
        y = self.buffer("y", self.y_shape)
        for few, T in self._chunks():
            tiles = self.buffer("tiles", (16, T, C))
            products = self.buffer("products", (16, T, F))
            kernels.winograd_input(x[few], tiles)
            np.matmul(tiles, U, out=products)
            kernels.winograd_outputs(products, self.params["b"], y[few])
        return y

    def backward(self, dy: Float[ndarray, "N OH OW F"]) -> Float[ndarray, "N H W C"] | None:
        x = self.x
        C, F = x.shape[-1], dy.shape[-1]
        dU = self.buffer("dU", (16, C, F))
        dU[:] = 0
        part = self.buffer("part of dU", (16, C, F))
        WT = self.buffer("WT", (3, 3, F, C))
        WT[:] = self.params["W"].transpose(0, 1, 3, 2)
        UT = self.buffer("UT", (16, F, C))
        np.matmul(self.G, WT.reshape(9, -1), out=UT.reshape(16, -1))
        H, W = self.y_shape[1] + 2, self.y_shape[2] + 2
        dx = self.buffer("dx", (len(x), H, W, C))
        for few, T in self._chunks():
            tiles = self.buffer("tiles", (16, T, C))
            dproducts = self.buffer("products", (16, T, F))
            kernels.winograd_input(x[few], tiles)
            kernels.winograd_outputs_backward(dy[few], dproducts)
            np.matmul(tiles.transpose(0, 2, 1), dproducts, out=part)
            dU += part
            if self.needs_dx:
                np.matmul(dproducts, UT, out=tiles)
                kernels.winograd_input_backward(tiles, dx[few])
        np.matmul(self.G.T, dU.reshape(16, -1), out=self.grads["W"].reshape(9, -1))
        np.sum(dy, axis=(0, 1, 2), out=self.grads["b"])
        return dx if self.needs_dx else None

    def _chunks(self) -> Iterator[tuple[slice, int]]:
        """(some images, the number of their tiles)."""
        N, H, W = self.x.shape[:3]
        each = (H - 2) // 2 * ((W - 2) // 2)
        step = max(1, TILES_IN_CACHE // each)
        for start in range(0, N, step):
            yield slice(start, start + step), min(step, N - start) * each
