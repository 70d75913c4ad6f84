"""A network is a list of layers: forward runs through it, backward runs back.

All parameters live in one flat vector, and all gradients in another; each layer's arrays are views of
these. That way the optimizer, sums of gradients and a copy of the weights each work on one array.
"""

from typing import Any

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from nn.array_types import Float, Shape
from nn.layers import ANY, Conv2D, Dense, Layer, MaxPool2D


def fits(shape: Shape, expected: Shape) -> bool:
    """Whether this is the expected shape, in which ANY stands for any length."""
    same_length = len(shape) == len(expected)
    return same_length and all(b in (ANY, a) for a, b in zip(shape, expected, strict=True))


class Sequential:
    """Layers one after another, from images (N, *input_shape) to logits (N, K).

    `parameters` and `gradients` are the flat vectors (P,); writing into `parameters` changes
    the layers. Use float32 for training, float64 for gradient checks. `executed` lists what is run:
    the layers themselves, or what nn.fast.accelerate puts in their place.
    A height or width of nn.layers.ANY (−1) is known only when the images are there: convolutions and
    pooling run over what there is. Raises ValueError if there are no layers, or one object occurs twice.
    """

    def __init__(
        self,
        layers: list[Layer],
        input_shape: Shape,
        seed: int = 0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if not layers or len({id(layer) for layer in layers}) < len(layers):
            raise ValueError("a network needs layers, each of them an object of its own")
        self.layers = layers
        self.input_shape = tuple(input_shape)
        self.dtype = np.dtype(dtype)
        rng = np.random.default_rng(seed)
        self.shapes = [self.input_shape]  # shapes[k] goes into layer k, shapes[k + 1] comes out
        for k, layer in enumerate(layers):
            self.shapes.append(tuple(layer.build(self.shapes[-1], rng, dtype)))
            layer.needs_dx = k > 0
        self.names = _names(layers)
        arrays = [p.ravel() for layer in layers for p in layer.params.values()]
        self.parameters = np.concatenate([np.zeros(0, dtype), *arrays])
        self.gradients = np.zeros_like(self.parameters)
        make_views([layer.params for layer in layers], self.parameters)
        make_views([layer.grads for layer in layers], self.gradients)
        self.executed = layers

    def forward(self, x: Float[ndarray, "N ..."]) -> Float[ndarray, "N ... K"]:
        """Images (N, *input_shape) of this dtype → logits (N, K); of a line (N, 1, T, K)."""
        if not fits(x.shape[1:], self.input_shape):
            raise ValueError(f"inputs have the shape {x.shape[1:]}, not {self.input_shape}")
        for layer in self.executed:
            x = layer.forward(x)
        return x

    def backward(self, dlogits: Float[ndarray, "N ... K"]) -> None:
        """dL/dlogits → every layer's `grads`, and with them `gradients`."""
        dy: ndarray | None = dlogits
        for layer in reversed(self.executed):
            assert dy is not None  # only the first layer returns None
            dy = layer.backward(dy)

    def architecture(self) -> dict[str, Any]:
        """The input shape and each layer's kind and options, as JSON has them: lists, no tuples."""
        return {
            "input_shape": list(self.input_shape),
            "layers": [
                {"kind": layer.kind}
                | {k: list(v) if isinstance(v, tuple) else v for k, v in layer.config().items()}
                for layer in self.layers
            ],
        }

    def named_parameters(self) -> dict[str, ndarray]:
        """{"conv1.W": array, …}: views, in the order in which they stand in `parameters`."""
        return {
            f"{name}.{key}": array
            for name, layer in zip(self.names, self.layers, strict=True)
            for key, array in layer.params.items()
        }

    def summary_rows(self) -> list[tuple[str, str, Shape, int]]:
        """(name, options in short, shape of one output, number of parameters) of each layer.

        The last row is the softmax, which is computed together with the loss (losses.py).
        """
        rows = [
            (name, describe(layer), shape, sum(array.size for array in layer.params.values()))
            for name, layer, shape in zip(self.names, self.layers, self.shapes[1:], strict=True)
        ]
        return [*rows, ("softmax", "", self.shapes[-1], 0)]

    def summary(self) -> str:
        """The network as a table in plain text."""
        lines = [f"{'Layer':<10} {'':<16} {'Output':<14} {'Parameters':>10}", "─" * 53]
        for name, options, shape, count in self.summary_rows():
            lines.append(f"{name:<10} {options:<16} {format_shape(shape):<14} {count:>10,}")
        lines += ["─" * 53, f"{'Total':<42} {self.parameters.size:>10,}"]
        return "\n".join(lines)


def describe(layer: Layer) -> str:
    """Short description of a layer: '32 × 3×3', 'max 2×2' or '64 units'; strides only when unusual."""
    if isinstance(layer, Conv2D):
        extra = f" /{_times(layer.stride)}" * (layer.stride != (1, 1))
        extra += f" pad {_times(layer.padding)}" * (layer.padding != (0, 0))
        return f"{layer.filters} × {_times(layer.kernel_size)}{extra}"
    if isinstance(layer, MaxPool2D):
        extra = f" /{_times(layer.stride)}" * (layer.stride != layer.window)
        return f"max {_times(layer.window)}{extra}"
    return f"{layer.units} units" if isinstance(layer, Dense) else ""


def format_shape(shape: Shape) -> str:
    """(26, 26, 32) → '26·26·32'."""
    return "·".join("any" if size == ANY else str(size) for size in shape)


def _times(pair: tuple[int, int]) -> str:
    return "×".join(map(str, pair))


def _names(layers: list[Layer]) -> list[str]:
    """conv1, relu1, pool1, conv2, …: each layer's kind, counted."""
    kinds = [layer.kind for layer in layers]
    return [f"{kind}{kinds[: k + 1].count(kind)}" for k, kind in enumerate(kinds)]


def make_views(dicts: list[dict[str, ndarray]], vector: Float[ndarray, "P"]) -> None:
    """Replace all arrays of these dicts by views of one vector, one after another."""
    start = 0
    for owner in dicts:
        for key, array in owner.items():
            owner[key] = vector[start : start + array.size].reshape(array.shape)
            start += array.size
