"""Is backward right? Nudge each number a little, see how the output moves, and compare.

The centred difference (f(θ+ε) − f(θ−ε)) / 2ε equals df/dθ up to terms of order ε² (zero where
f is a straight line in that one number, as in Conv2D and Dense) and rounding. In float64 that is
enough to tell a right gradient from one with any mistake in it.

Rounding changes f by some 1e-15 of its size, and so the quotient by 1e-10 at ε = 1e-5, also where the
gradient itself is nearly zero. Entries below a thousandth of the largest are therefore compared on the
scale of that thousandth: their own would be lost in rounding, by chance and by machine.

A layer has many outputs; a random upstream gradient dy makes them one number, f = Σ y·dy, whose
gradients are just what backward(dy) claims to give.

`python -m nn.gradient_check` does so with every layer, or with one of your own (__main__.py).
"""

import math
from collections.abc import Callable

import numpy as np
from numpy import ndarray

from nn.array_types import Float, Integer
from nn.layers import Layer
from nn.network import Sequential

SMALLEST = 1e-3  # share of the largest entry, down to which errors are relative to the entry itself

Loss = Callable[[ndarray, ndarray], tuple[ndarray, ndarray]]  # as nn.losses.softmax_cross_entropy


class GradientError(AssertionError):
    """backward disagrees with the numerical gradient; the message shows both."""

    relative_error = math.inf  # the largest, where the two can be compared


def numerical_gradient(
    f: Callable[[], ndarray], theta: Float[ndarray, "*shape"], epsilon: float = 1e-5
) -> Float[ndarray, "*shape"]:
    """Numerical df/dθ, element by element. f() must read theta; theta is restored.

    f() returns an array of any shape; it is subtracted element by element, then summed, so that
    outputs that do not depend on theta cancel exactly.
    """
    gradient = np.empty_like(theta)
    for index in np.ndindex(theta.shape):
        original = theta[index]
        theta[index] = original + epsilon
        above = f().copy()
        theta[index] = original - epsilon
        below = f().copy()
        theta[index] = original
        gradient[index] = np.sum(above - below) / (2 * epsilon)
    return gradient


def relative_error(a: Float[ndarray, "*shape"], b: Float[ndarray, "*shape"]) -> float:
    """Largest |a − b| / max(|a|, |b|, a thousandth of the largest entry) over all places."""
    return float(np.max(_relative_errors(a, b), initial=0))


def _relative_errors(
    a: Float[ndarray, "*shape"], b: Float[ndarray, "*shape"]
) -> Float[ndarray, "*shape"]:
    scale = np.maximum(np.abs(a), np.abs(b))
    scale = np.maximum(scale, SMALLEST * np.max(scale, initial=0))
    return np.abs(a - b) / np.where(scale == 0, 1, scale)


def check_layer(
    layer: Layer,
    x: Float[ndarray, "N ..."],
    rng: np.random.Generator,
    tolerance: float,
    epsilon: float = 1e-5,
) -> dict[str, float]:
    """Check the gradients with respect to x and each parameter, entry by entry, in float64.

    Returns {"x": relative error, "W": …}; GradientError where one is not below the tolerance, or
    where backward did not write into the arrays of `grads`. A layer that is not built yet is built
    for x; one that does not need dx is not asked for it.
    """
    return {
        name: compare(f"d{name} of {layer.kind}", backward, numerical, tolerance)
        for name, (backward, numerical) in layer_gradients(layer, x, rng, epsilon).items()
    }


def layer_gradients(
    layer: Layer, x: Float[ndarray, "N ..."], rng: np.random.Generator, epsilon: float = 1e-5
) -> dict[str, tuple[ndarray, ndarray]]:
    """{"x": (what backward says, the numerical gradient), "W": …}, as check_layer compares them."""
    if not layer.input_shape:
        layer.build(x.shape[1:], rng, np.float64)
    if x.dtype != np.float64 or layer.dtype != np.float64:
        raise ValueError(f"gradients are checked in float64, not {x.dtype} and {layer.dtype}")
    arrays = dict(layer.grads)
    y = layer.forward(x)
    dy = rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1, 1], y.shape)  # nowhere near zero
    dx = layer.backward(dy)
    for name, array in arrays.items():
        if layer.grads[name] is not array:
            raise GradientError(f"backward put another array in place of grads[{name!r}]")
    backward = {name: grad.copy() for name, grad in layer.grads.items()}
    checked = dict(layer.params)
    if layer.needs_dx and dx is not None:
        backward = {"x": dx.copy()} | backward
        checked = {"x": x} | checked
    return {
        name: (backward[name], numerical_gradient(lambda: layer.forward(x) * dy, theta, epsilon))
        for name, theta in checked.items()
    }


def check_network(
    network: Sequential,
    x: Float[ndarray, "N ..."],
    labels: Integer[ndarray, "N ..."],
    loss: Loss,
    rng: np.random.Generator,
    tolerance: float,
    epsilon: float = 1e-6,
) -> float:
    """Compare dL/dθ along one random direction through all parameters of a float64 network.

    loss(logits, labels) → losses (N,), dlogits. For a direction v, the slope of the loss (the
    directional derivative) is the dot product of gradient and v: one number in which every parameter
    takes part.
    """
    _, dlogits = loss(network.forward(x), labels)
    network.backward(dlogits)
    direction = rng.standard_normal(network.parameters.size)
    claimed = np.array([network.gradients @ direction])

    origin = network.parameters.copy()
    position = np.zeros(1)

    def losses_on_the_line() -> ndarray:
        network.parameters[:] = origin + position * direction
        return loss(network.forward(x), labels)[0]

    numerical = numerical_gradient(losses_on_the_line, position, epsilon)
    network.parameters[:] = origin
    return compare("slope of the loss", claimed, numerical, tolerance)


def compare(
    name: str, backward: Float[ndarray, "*shape"], numerical: Float[ndarray, "*shape"], tolerance: float
) -> float:
    """The relative error; GradientError that shows the worst place if it is not below tolerance."""
    error = relative_error(backward, numerical)
    if not error < tolerance:
        worst = np.unravel_index(np.argmax(_relative_errors(backward, numerical)), backward.shape)
        failure = GradientError(
            f"{name}: relative error {error:.1e}, allowed {tolerance:.0e}.\n"
            f"worst at {tuple(map(int, worst))}: backward says {backward[worst]:+.9e}, "
            f"the numerical gradient {numerical[worst]:+.9e}\n"
            f"backward:\n{backward}\nnumerical:\n{numerical}"
        )
        failure.relative_error = error
        raise failure
    return error
