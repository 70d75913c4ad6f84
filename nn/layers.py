"""One contract: forward(x) → y keeps what backward(dy) → dx will need.

Every layer is a function y = f(x, params). In the backward pass it is handed dy = dL/dy, the
gradient of the loss with respect to its output, and by the chain rule finds the gradient with
respect to its input, dx (returned), and to its parameters (stored in `grads`, under the same
keys as in `params`). Done from the last layer to the first, this is backpropagation.

Images are channels-last. Letters in the shapes, here and in the comments:
    N images in the batch, H×W pixels, C channels in, F filters (channels out),
    KH×KW the window, OH×OW output positions, D features in, M features out.

A layer writes into buffers that it owns and reuses, hence the `out=`: what forward or backward
returns is valid until the same layer is called again.
"""

import math

import numpy as np

from nn import aligned, kernels


class Layer:
    """What all layers share: parameters, their gradients, and reusable buffers.

    A layer is used in two steps: `build` tells it the shape of one input (without N) and lets
    it create its parameters; then come `forward` and, at most once after each, `backward`.
    """

    kind = "layer"
    input_shape = ()  # of one input; `build` sets it
    needs_dx = True  # a network switches it off for its first layer: nobody reads dL/dimage

    def __init__(self):
        self.params = {}
        self.grads = {}
        self._buffers = {}

    def build(self, input_shape, rng, dtype):
        """Create parameters for inputs of this shape; return the shape of one output."""
        self.input_shape, self.dtype = tuple(input_shape), np.dtype(dtype)
        return input_shape

    def forward(self, x):
        raise NotImplementedError

    def backward(self, dy):
        raise NotImplementedError

    def config(self):
        """The options that decide what this layer computes, by name."""
        return {}

    def buffer(self, name, shape, dtype=None):
        """An array that this layer owns; it still holds whatever was last written there."""
        size = math.prod(shape)
        flat = self._buffers.get(name)
        if flat is None or flat.size < size:
            flat = self._buffers[name] = aligned.empty(size, dtype or self.dtype)
        return flat[:size].reshape(shape)

    def _add_parameters(self, **arrays):
        self.params = {name: array.astype(self.dtype) for name, array in arrays.items()}
        self.grads = {name: np.zeros_like(array) for name, array in self.params.items()}


class Conv2D(Layer):
    """Convolution: each output is a weighted sum of one window of the input, over all channels.

    (In mathematics this is a cross-correlation: a convolution would turn the window around.)

    y[n,i,j,f] = b[f] + Σ_{a,b,c} x[n, i·SH+a−PH, j·SW+b−PW, c] · W[a,b,c,f]

    Shapes: x (N, H, W, C), W (KH, KW, C, F), b (F,), y (N, OH, OW, F)
    with OH = ⌊(H + 2·PH − KH) / SH⌋ + 1, and OW likewise.

    With every window copied into one row of `patches` (im2col) the sum is a matrix product,
    y = patches W + b, and so its gradients are those of Dense:
        dW = patchesᵀ dy,   db = Σ dy,   dpatches = dy Wᵀ,
    and dx adds each dpatches back to the pixels it was copied from (col2im).
    """

    kind = "conv"

    def __init__(self, filters, kernel_size=3, stride=1, padding=0):
        super().__init__()
        self.filters = filters
        self.kernel_size, self.stride = _pair(kernel_size, 1), _pair(stride, 1)
        self.padding = _pair(padding, 0)

    def config(self):
        return {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
        }

    def build(self, input_shape, rng, dtype):
        super().build(input_shape, rng, dtype)
        C, (KH, KW) = input_shape[-1], self.kernel_size
        self._add_parameters(
            W=he_normal((KH, KW, C, self.filters), fan_in=KH * KW * C, rng=rng),
            b=np.zeros(self.filters),
        )
        return (*_positions(input_shape, self.kernel_size, self.stride, self.padding), self.filters)

    def forward(self, x):
        N, (KH, KW), C, F = len(x), self.kernel_size, x.shape[-1], self.filters
        OH, OW = _positions(x.shape[1:], self.kernel_size, self.stride, self.padding)
        self.x_shape = x.shape
        self.patches = self.buffer("patches", (N * OH * OW, KH * KW * C))
        kernels.im2col(x, self.kernel_size, self.stride, self.padding, self.patches)

        y = self.buffer("y", (N * OH * OW, F))
        np.matmul(self.patches, self.params["W"].reshape(-1, F), out=y)
        y += self.params["b"]
        return y.reshape(N, OH, OW, F)

    def backward(self, dy):
        F = self.filters
        dy = dy.reshape(-1, F)  # (N·OH·OW, F): one row per patch
        np.matmul(self.patches.T, dy, out=self.grads["W"].reshape(-1, F))
        np.sum(dy, axis=0, out=self.grads["b"])
        if not self.needs_dx:
            return None
        dpatches = self.buffer("dpatches", self.patches.shape)
        np.matmul(dy, self.params["W"].reshape(-1, F).T, out=dpatches)
        dx = self.buffer("dx", self.x_shape)
        kernels.col2im(dpatches, self.kernel_size, self.stride, self.padding, dx)
        return dx


class MaxPool2D(Layer):
    """Maximum over each window: the next layer learns what was found there, and not exactly where.

    y[n,i,j,c] = max_{a,b} x[n, i·SH+a, j·SW+b, c]; the gradient goes to that maximum alone.
    Shapes: x (N, H, W, C), y (N, OH, OW, C). A last row or column that fills no window is left out.
    """

    kind = "pool"

    def __init__(self, window=2, stride=None):
        super().__init__()
        self.window = _pair(window, 1)
        self.stride = self.window if stride is None else _pair(stride, 1)

    def config(self):
        return {"window": self.window, "stride": self.stride}

    def build(self, input_shape, rng, dtype):
        super().build(input_shape, rng, dtype)
        return (*_positions(input_shape, self.window, self.stride, (0, 0)), input_shape[-1])

    def forward(self, x):
        OH, OW = _positions(x.shape[1:], self.window, self.stride, (0, 0))
        self.x_shape, y_shape = x.shape, (len(x), OH, OW, x.shape[-1])
        self.argmax = self.buffer("argmax", y_shape, np.int32)
        y = self.buffer("y", y_shape)
        kernels.max_pool(x, self.window, self.stride, y, self.argmax)
        return y

    def backward(self, dy):
        dx = self.buffer("dx", self.x_shape)
        kernels.max_pool_backward(dy, self.argmax, self.window, self.stride, dx)
        return dx


class ReLU(Layer):
    """Rectifier: y = max(x, 0), and dx = dy where y > 0, else 0. Any shape."""

    kind = "relu"

    def forward(self, x):
        self.y = np.maximum(x, 0, out=self.buffer("y", x.shape))
        return self.y

    def backward(self, dy):
        positive = np.greater(self.y, 0, out=self.buffer("positive", dy.shape, bool))
        return np.multiply(dy, positive, out=self.buffer("dx", dy.shape))


class Flatten(Layer):
    """All features of an image in one row: (N, H, W, C) → (N, H·W·C), and back."""

    kind = "flatten"

    def build(self, input_shape, rng, dtype):
        super().build(input_shape, rng, dtype)
        return (math.prod(input_shape),)

    def forward(self, x):
        self.x_shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy):
        return dy.reshape(self.x_shape)


class Dense(Layer):
    """Fully connected: y = x W + b.

    Shapes: x (N, D), W (D, M), b (M,), y (N, M).
    Backward:   dW = xᵀ dy,   db = Σₙ dy,   dx = dy Wᵀ.
    W starts as He's normal numbers times initial_scale.
    """

    kind = "dense"

    def __init__(self, units, initial_scale=1.0):
        super().__init__()
        self.units, self.initial_scale = units, initial_scale

    def config(self):
        return {"units": self.units}

    def build(self, input_shape, rng, dtype):
        super().build(input_shape, rng, dtype)
        (D,) = input_shape
        self._add_parameters(
            W=self.initial_scale * he_normal((D, self.units), fan_in=D, rng=rng),
            b=np.zeros(self.units),
        )
        return (self.units,)

    def forward(self, x):
        self.x = x  # (N, D), for backward
        y = np.matmul(x, self.params["W"], out=self.buffer("y", (len(x), self.units)))
        y += self.params["b"]
        return y  # (N, D) @ (D, M) → (N, M)

    def backward(self, dy):
        np.matmul(self.x.T, dy, out=self.grads["W"])  # (D, N) @ (N, M) → (D, M)
        np.sum(dy, axis=0, out=self.grads["b"])
        if not self.needs_dx:
            return None
        return np.matmul(dy, self.params["W"].T, out=self.buffer("dx", self.x.shape))


def he_normal(shape, fan_in, rng):
    """Normal numbers of variance 2/fan_in: with ReLU, signals keep their size from layer to layer.

    He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015), eq. 10.
    """
    return rng.standard_normal(shape) * math.sqrt(2 / fan_in)


def _positions(input_shape, window, stride, padding):
    """(OH, OW): how many windows fit into an input (H, W, C). ValueError if none does."""
    OH, OW = (
        (size + 2 * pad - width) // step + 1
        for size, width, step, pad in zip(input_shape, window, stride, padding, strict=False)
    )
    if OH < 1 or OW < 1:
        raise ValueError(f"a window of {window} does not fit into an input of {input_shape[:2]}")
    return OH, OW


def _pair(value, smallest):
    """A number or a pair of them → (rows, columns), each a whole number ≥ smallest."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2 or any(not isinstance(v, int) or v < smallest for v in pair):
        raise ValueError(f"expected a whole number of at least {smallest}, or two, not {value!r}")
    return pair
