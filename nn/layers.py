"""The layers: forward(x) returns y and stores what backward(dy) needs to return dx.

This is the reference, the file to read. nn.fast.accelerate(network) puts faster twins of these layers in
their place, with the same results up to rounding.

Every layer is a function y = f(x, params). In the backward pass it is handed dy = dL/dy, the
gradient of the loss with respect to its output, and by the chain rule finds the gradient with
respect to its input, dx (returned), and to its parameters (written into the arrays of `grads`,
which has the same keys as `params`). Done from the last layer to the first, this is backpropagation.

Images are channels-last. Letters in the shapes, here and in all of nn/:
    N images in the batch, H×W pixels, C channels in, F filters (channels out),
    KH×KW the window, SH×SW its stride, PH×PW the padding, OH×OW output positions,
    D features in, M features out, K classes, P parameters.
"""

import math
from typing import Any

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from nn import kernels
from nn.array_types import Float, Shape

ANY = -1  # a height or width that is not known before the images are there


class Layer:
    """Base class: parameters and their gradients.

    First comes `build`, which is told the shape of one input (without N) and creates the parameters;
    then, for each batch, `forward` and `backward`. A layer of your own defines forward and backward, and
    build and config if it has parameters or options. It must keep nothing that two batches at a time
    could not share (nn.fast.ParallelRunner copies layers, and not what they hold).
    """

    kind = "layer"  # default: the class name in lower case
    input_shape: Shape = ()  # of one input; set by `build`
    dtype: np.dtype = np.dtype(np.float32)  # of the parameters; set by `build`
    needs_dx = True  # False for the first layer: the gradient of the image is not needed

    def __init_subclass__(cls) -> None:
        if "kind" not in cls.__dict__:
            cls.kind = cls.__name__.lower()

    def __init__(self) -> None:
        self.params: dict[str, ndarray] = {}
        self.grads: dict[str, ndarray] = {}

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> Shape:
        """Create parameters for inputs of this shape; return the shape of one output."""
        self.input_shape = tuple(input_shape)
        self.dtype = np.dtype(dtype)
        return self.input_shape

    def forward(self, x: Float[ndarray, "N ..."]) -> Float[ndarray, "N ..."]:
        raise NotImplementedError

    def backward(self, dy: Float[ndarray, "N ..."]) -> Float[ndarray, "N ..."] | None:
        """dL/dy → dL/dx, or None where nobody needs it; dL/dparams goes into `grads`."""
        raise NotImplementedError

    def config(self) -> dict[str, Any]:
        """Constructor arguments, as stored with weights (initialization options excluded)."""
        return {}

    def add_parameters(self, **arrays: ndarray) -> None:
        """Register parameters and allocate their gradients."""
        self.params = {name: array.astype(self.dtype) for name, array in arrays.items()}
        self.grads = {name: np.zeros_like(array) for name, array in self.params.items()}


class Conv2D(Layer):
    """Convolution: each output is a weighted sum of one window of the input, over all channels.

    (In mathematics this is a cross-correlation: a convolution would flip the window.)

    y[n,i,j,f] = b[f] + Σ_{u,v,c} x[n, i·SH+u−PH, j·SW+v−PW, c] · W[u,v,c,f]

    Shapes: x (N, H, W, C), W (KH, KW, C, F), b (F,), y (N, OH, OW, F)
    with OH = ⌊(H + 2·PH − KH) / SH⌋ + 1, and OW likewise.

    With every window copied into one row of `patches` (im2col) the sum is a matrix product,
    y = patches W + b. With dy as (N·OH·OW, F) the gradients are therefore
        dW = patchesᵀ dy,   db = Σ dy,   dpatches = dy Wᵀ,
    and col2im adds each row of dpatches back to the pixels that it was copied from.
    """

    kind = "conv"

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int] = 3,
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.filters = _at_least_1(filters)
        self.kernel_size = _pair(kernel_size, smallest=1)
        self.stride = _pair(stride, smallest=1)
        self.padding = _pair(padding, smallest=0)

    def config(self) -> dict[str, Any]:
        return {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
        }

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> Shape:
        super().build(input_shape, rng, dtype)
        KH, KW = self.kernel_size
        C = input_shape[-1]
        self.add_parameters(
            W=he_normal((KH, KW, C, self.filters), fan_in=KH * KW * C, rng=rng),
            b=np.zeros(self.filters),
        )
        return (*_positions(input_shape, self.kernel_size, self.stride, self.padding), self.filters)

    def forward(self, x: Float[ndarray, "N H W C"]) -> Float[ndarray, "N OH OW F"]:
        N, H, W, C = self.x_shape = x.shape
        KH, KW = self.kernel_size
        F = self.filters
        OH, OW = _positions((H, W), self.kernel_size, self.stride, self.padding)
        self.patches = np.empty((N * OH * OW, KH * KW * C), x.dtype)
        kernels.im2col(x, self.kernel_size, self.stride, self.padding, self.patches)
        y = self.patches @ self.params["W"].reshape(-1, F) + self.params["b"]
        return y.reshape(N, OH, OW, F)

    def backward(self, dy: Float[ndarray, "N OH OW F"]) -> Float[ndarray, "N H W C"] | None:
        F = self.filters
        dy = dy.reshape(-1, F)  # (N·OH·OW, F): one row per patch
        self.grads["W"].reshape(-1, F)[:] = self.patches.T @ dy
        self.grads["b"][:] = dy.sum(axis=0)
        if not self.needs_dx:
            return None
        dpatches = dy @ self.params["W"].reshape(-1, F).T
        dx = np.empty(self.x_shape, dy.dtype)
        kernels.col2im(dpatches, self.kernel_size, self.stride, self.padding, dx)
        return dx


class MaxPool2D(Layer):
    """Maximum over each window: the next layer sees what was found there, but not exactly where.

    y[n,i,j,c] = max_{u,v} x[n, i·SH+u, j·SW+v, c]; the gradient goes to the first maximum alone.
    Shapes: x (N, H, W, C), y (N, OH, OW, C). A last row or column that fills no window is left out.
    """

    kind = "pool"

    def __init__(
        self, window: int | tuple[int, int] = 2, stride: int | tuple[int, int] | None = None
    ) -> None:
        super().__init__()
        self.window = _pair(window, smallest=1)
        self.stride = self.window if stride is None else _pair(stride, smallest=1)

    def config(self) -> dict[str, Any]:
        return {"window": self.window, "stride": self.stride}

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> Shape:
        super().build(input_shape, rng, dtype)
        return (*_positions(input_shape, self.window, self.stride), input_shape[-1])

    def forward(self, x: Float[ndarray, "N H W C"]) -> Float[ndarray, "N OH OW C"]:
        N, H, W, C = self.x_shape = x.shape
        OH, OW = _positions((H, W), self.window, self.stride)
        self.argmax = np.empty((N, OH, OW, C), np.int32)
        y = np.empty((N, OH, OW, C), x.dtype)
        kernels.max_pool(x, self.window, self.stride, y, self.argmax)
        return y

    def backward(self, dy: Float[ndarray, "N OH OW C"]) -> Float[ndarray, "N H W C"]:
        dx = np.empty(self.x_shape, dy.dtype)
        kernels.max_pool_backward(dy, self.argmax, self.window, self.stride, dx)
        return dx


class ReLU(Layer):
    """Rectifier: y = max(x, 0), and dx = dy where y > 0, else 0. Any shape."""

    def forward(self, x: Float[ndarray, "*shape"]) -> Float[ndarray, "*shape"]:
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, dy: Float[ndarray, "*shape"]) -> Float[ndarray, "*shape"]:
        return dy * (self.y > 0)


class Flatten(Layer):
    """All features of an image in one row: (N, H, W, C) → (N, H·W·C), and back."""

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> Shape:
        super().build(input_shape, rng, dtype)
        self.features = math.prod(input_shape)
        return (self.features,)

    def forward(self, x: Float[ndarray, "N ..."]) -> Float[ndarray, "N D"]:
        self.x_shape = x.shape
        return x.reshape(len(x), self.features)

    def backward(self, dy: Float[ndarray, "N D"]) -> Float[ndarray, "N ..."]:
        return dy.reshape(self.x_shape)


class Dense(Layer):
    """Fully connected: y = x W + b.

    Shapes: x (N, D), W (D, M), b (M,), y (N, M).
    Backward:   dW = xᵀ dy,   db = Σₙ dy,   dx = dy Wᵀ.
    W is initialised by he_normal, times initial_scale.
    """

    def __init__(self, units: int, initial_scale: float = 1.0) -> None:
        super().__init__()
        self.units = _at_least_1(units)
        self.initial_scale = initial_scale

    def config(self) -> dict[str, Any]:
        return {"units": self.units}

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> Shape:
        super().build(input_shape, rng, dtype)
        (D,) = input_shape
        self.add_parameters(
            W=self.initial_scale * he_normal((D, self.units), fan_in=D, rng=rng),
            b=np.zeros(self.units),
        )
        return (self.units,)

    def forward(self, x: Float[ndarray, "N D"]) -> Float[ndarray, "N M"]:
        self.x = x  # for backward
        return x @ self.params["W"] + self.params["b"]  # (N, D) @ (D, M) + (M,) → (N, M)

    def backward(self, dy: Float[ndarray, "N M"]) -> Float[ndarray, "N D"] | None:
        self.grads["W"][:] = self.x.T @ dy  # (D, N) @ (N, M) → (D, M)
        self.grads["b"][:] = dy.sum(axis=0)
        return dy @ self.params["W"].T if self.needs_dx else None  # (N, M) @ (M, D) → (N, D)


def he_normal(shape: Shape, fan_in: int, rng: np.random.Generator) -> Float[ndarray, "..."]:
    """He initialization: normal with variance 2/fan_in, which keeps the size of signals through ReLUs.

    He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015), eq. 10.
    """
    return rng.standard_normal(shape) * math.sqrt(2 / fan_in)


def _positions(
    input_shape: Shape,
    window: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int] = (0, 0),
) -> tuple[int, int]:
    """(OH, OW): how many windows fit into an input (H, W, …). ValueError if none does."""
    OH, OW = (
        ANY if size == ANY else (size + 2 * pad - width) // step + 1
        for size, width, step, pad in zip(input_shape, window, stride, padding, strict=False)
    )
    if 0 in (OH, OW) or min(OH, OW) < ANY:
        raise ValueError(f"a window of {window} does not fit into an input of {input_shape[:2]}")
    return OH, OW


def _at_least_1(value: Any) -> int:
    return _pair((value, value), smallest=1)[0]


def _pair(value: Any, smallest: int) -> tuple[int, int]:
    """A number or a pair of them → (rows, columns), each a whole number ≥ smallest."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2 or any(type(v) is not int or v < smallest for v in pair):
        raise ValueError(f"expected a whole number of at least {smallest}, or two, not {value!r}")
    return pair
