"""Every gradient of nn/ in one table; or those of a layer of your own.

`python -m nn.gradient_check` checks the layers as they stand in layers.py, their fast twins, the loss
and whole networks; `python -m nn.gradient_check mymodule:MyLayer` a class of yours,
`"mymodule:MyLayer(3, 2)"` one that needs arguments (with the quotation marks). Exit status 1 where a
gradient is wrong, 2 where nothing could be checked.
"""

import ast
import importlib
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy import ndarray

from nn.array_types import Float, Shape
from nn.ctc import ctc_loss
from nn.errors import UserError, explain
from nn.fast import accelerate
from nn.fast.fused_steps import fuse
from nn.fast.tiled_conv import MIN_CHANNELS, TiledConv
from nn.fast.winograd_conv import WinogradConv
from nn.gradient_check import (
    GradientError,
    Loss,
    check_network,
    compare,
    layer_gradients,
    numerical_gradient,
)
from nn.layers import Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU
from nn.losses import sigmoid_cross_entropy, softmax_cross_entropy
from nn.network import Sequential

TOLERANCE = 1e-6
# Linear: a large ε is exact, and has less rounding error.
LINEAR = (Conv2D, Dense, Flatten, WinogradConv, TiledConv)
VECTORS, IMAGES = (4, 6), (2, 7, 6, 3)  # what layers of one's own are tried with
USAGE = "usage: python -m nn.gradient_check [module:Layer | module:Layer(arguments)]"


class Table:
    """The rows as they are printed, and what went wrong in them."""

    def __init__(self) -> None:
        self.failures: list[GradientError] = []
        self.has_header = False

    def row(self, title: str, name: str, shape: Shape, count: str, check: Callable[[], float]) -> None:
        """One array of one layer; check() gives its relative error, or raises GradientError."""
        if not self.has_header:
            print(f"{'':<22} {'array':<7} {'shape':<14} {'checked':>8} {'relative error':>15}")
            self.has_header = True
        try:
            verdict = f"{check():>15.1e}  right"
        except GradientError as error:
            self.failures.append(error)
            verdict = f"{error.relative_error:>15.1e}  WRONG"
        size = "×".join(map(str, shape)) or "1"
        print(f"{title:<22} {name:<7} {size:<14} {count:>8} {verdict}", flush=True)

    def layer(self, title: str, layer: Layer, x: ndarray, rng: np.random.Generator) -> None:
        """A row for dx and for each parameter's gradient."""
        epsilon = 1e-2 if isinstance(layer, LINEAR) else 1e-5
        for name, (backward, numerical) in layer_gradients(layer, x, rng, epsilon).items():
            check = partial(compare, f"d{name} of {title}", backward, numerical, TOLERANCE)
            self.row(title, f"d{name}", backward.shape, f"{backward.size:,}", check)

    def loss(self, title: str, loss: Loss, logits: ndarray, targets: ndarray) -> None:
        """A row for the gradient with respect to the logits."""
        _, dlogits = loss(logits, targets)
        numerical = numerical_gradient(lambda: loss(logits, targets)[0], logits)
        check = partial(compare, f"dlogits of {title}", dlogits, numerical, TOLERANCE)
        self.row(title, "dlogits", logits.shape, f"{logits.size}", check)


def spaced(shape: Shape, rng: np.random.Generator) -> Float[ndarray, "..."]:
    """Distinct numbers, at least 0.05 apart and from zero: no nudge crosses a kink of max or ReLU."""
    count = int(np.prod(shape))
    return rng.permutation((np.arange(count) - count // 2 + 0.5) * 0.1).reshape(shape)


def fused(layers: list[Layer], shape: Shape, is_first: bool, rng: np.random.Generator) -> Layer:
    """The fast twin of these layers; the first layer of a network does not need dx."""
    for layer in layers:
        shape = layer.build(shape, rng, np.float64)
        layer.needs_dx = not is_first
    (step,) = fuse(layers)
    return step


def layers_of_nn(rng: np.random.Generator) -> Iterator[tuple[str, Layer, ndarray]]:
    """Each layer, with an input that it is checked with."""
    images = spaced(IMAGES, rng)
    yield "Conv2D 3×3", Conv2D(4, 3), images
    yield "Conv2D 3×2 /2×1 pad 1", Conv2D(4, (3, 2), (2, 1), 1), images
    yield "MaxPool2D 2×2", MaxPool2D(2), images
    yield "MaxPool2D 3×3 /2", MaxPool2D(3, 2), images
    yield "ReLU", ReLU(), images
    yield "Flatten", Flatten(), images
    yield "Dense", Dense(5), spaced(VECTORS, rng)
    one_channel = spaced((2, 8, 7, 1), rng)
    three = [Conv2D(4, 3), ReLU(), MaxPool2D(2)]
    yield "fast DirectStep", fused(list(three), (8, 7, 1), True, rng), one_channel
    three = [Conv2D(4, 3), ReLU(), MaxPool2D(2)]
    yield "fast WinogradStep", fused(list(three), (7, 6, 3), False, rng), images
    yield "fast WinogradConv", fused([Conv2D(4, 3)], (5, 5, 3), False, rng), spaced((9, 5, 5, 3), rng)
    many = (2, 6, 7, MIN_CHANNELS)
    yield "fast TiledConv", fused([Conv2D(4, 3)], many[1:], False, rng), spaced(many, rng)


def check_all(table: Table, rng: np.random.Generator) -> None:
    """Every layer, the loss, and a network like the digits' own, plain and fast."""
    for title, layer, x in layers_of_nn(rng):
        table.layer(title, layer, x, rng)
    texts = np.array([[1, 1, -1], [2, 0, 2], [3, -1, -1]])  # of lines with seven places
    for title, loss, logits, targets in (
        ("softmax cross-entropy", softmax_cross_entropy, (4, 10), rng.dirichlet(np.ones(10), 4)),
        ("sigmoid cross-entropy", sigmoid_cross_entropy, (4, 10), rng.random((4, 10))),
        ("ctc", ctc_loss, (3, 7, 5), texts),
    ):
        table.loss(title, loss, rng.standard_normal(logits), targets)
    for is_fast in (False, True):
        layers = [
            *(Conv2D(4, 3), ReLU(), MaxPool2D(2)),
            *(Conv2D(6, 3), ReLU(), MaxPool2D(2)),
            *(Conv2D(6, 3), ReLU(), Flatten(), Dense(8), ReLU(), Dense(10)),
        ]
        network = Sequential(layers, (28, 28, 1), seed=1, dtype=np.float64)
        if is_fast:
            accelerate(network)
        x, labels = rng.random((9, 28, 28, 1)), rng.integers(0, 10, 9)
        check = partial(check_network, network, x, labels, softmax_cross_entropy, rng, TOLERANCE)
        title = f"network, {'fast' if is_fast else 'plain'}"
        table.row(title, "all", network.parameters.shape, "1 line", check)


def find_layer(text: str) -> Layer:
    """'module:Layer(3)' → that layer. UserError where there is none, or something is missing from it."""
    match = re.fullmatch(r"([\w.]+):(\w+)(\(.*\))?", text)
    if not match:
        raise UserError(f"{text!r} is not of the form module:Layer. {USAGE}")
    module_name, name, arguments = match.groups()
    sys.path.insert(0, "")
    try:
        cls = getattr(importlib.import_module(module_name), name, None)
    except Exception as error:  # whatever a module of somebody's own may raise
        raise UserError(f"{module_name} cannot be imported: {_short(error)}") from error
    if not isinstance(cls, type):
        raise UserError(f"there is no class {name} in {module_name}")
    if not issubclass(cls, Layer):
        raise UserError(f"{name} is no nn.layers.Layer: write class {name}(Layer)")
    for method in ("forward", "backward"):
        if getattr(cls, method) is getattr(Layer, method):
            raise UserError(f"{name} has no {method}")
    try:
        values = ast.literal_eval(f"({arguments[1:-1]},)") if arguments and arguments != "()" else ()
        layer: Layer = cls(*values)
    except Exception as error:
        hint = f"write {module_name}:{name}(…) with the arguments that it needs"
        raise UserError(f"{name} cannot be made: {_short(error)}; {hint}") from error
    if not hasattr(layer, "params"):
        raise UserError(f"{name}.__init__ does not call super().__init__()")
    return layer


def check_own(table: Table, text: str, rng: np.random.Generator) -> None:
    """A layer of somebody's own, with vectors or, where it takes none, with images."""
    reasons = []
    for shape in (VECTORS, IMAGES):
        layer = find_layer(text)
        x = spaced(shape, rng)
        try:
            output = layer.build(shape[1:], rng, np.float64)
            y = layer.forward(x)
        except Exception as error:
            reasons.append(f"inputs {shape}: {_short(error)}")
            continue
        _require_contract(layer, x, y, output)
        table.layer(type(layer).__name__, layer, x, rng)
        return
    raise UserError(f"{text} runs with none of the inputs tried: {'; '.join(reasons)}")


def _require_contract(layer: Layer, x: ndarray, y: object, output: object) -> None:
    """UserError with the first thing that is missing."""
    name = type(layer).__name__
    if not isinstance(y, ndarray):
        raise UserError(f"{name}.forward returns {_kind(y)}: it must return y, an array")
    if not isinstance(output, tuple) or y.shape != (len(x), *output):
        raise UserError(f"{name}.build returns {output}: one output of forward is {y.shape[1:]}")
    if layer.params.keys() != layer.grads.keys():
        raise UserError(f"{name} has the params {list(layer.params)} but the grads {list(layer.grads)}")
    y = y.copy()
    if not np.array_equal(layer.forward(x), y):
        raise UserError(f"{name}.forward gives another result when it is called again")
    try:
        dx = layer.backward(np.ones_like(y))
    except Exception as error:
        raise UserError(f"{name}.backward fails: {_short(error)}") from error
    if not isinstance(dx, ndarray) or dx.shape != x.shape:
        what = f"an array {dx.shape}" if isinstance(dx, ndarray) else _kind(dx)
        raise UserError(f"{name}.backward returns {what}: it must return dx, as large as x, {x.shape}")


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _short(error: Exception) -> str:
    """'own_layers.py, line 12: KeyError: …'; the place is the innermost."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: " if len(frames) > 1 else ""
    return f"{where}{type(error).__name__}: {error}"


def main(arguments: list[str]) -> int:
    """Check, print, and return the exit status."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__ if "--help" in arguments else USAGE, file=sys.stderr)
        return 0 if "--help" in arguments else 2
    rng = np.random.default_rng(0)
    table = Table()
    try:
        if arguments:
            check_own(table, arguments[0], rng)
        else:
            check_all(table, rng)
    except UserError as error:
        print(explain(error), file=sys.stderr)
        return 2
    for failure in table.failures:
        print(f"\n{failure}")
    if table.failures:
        return 1
    print(f"\nAll agree to {TOLERANCE:.0e}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
