"""Who checks the gradients must see every mistake, and say where it is."""

import numpy as np
import pytest

from nn.gradient_check import (
    GradientError,
    check_layer,
    check_network,
    compare,
    numerical_gradient,
    relative_error,
)
from nn.layers import Dense, Flatten, ReLU
from nn.losses import softmax_cross_entropy
from nn.network import Sequential


class Mistaken(Dense):
    """A dense layer whose backward has one number wrong, by a thousandth."""

    def __init__(self, units, where, place):
        super().__init__(units)
        self.where = where
        self.place = place

    def backward(self, dy):
        dx = super().backward(dy)
        wrong = dx if self.where == "x" else self.grads[self.where]
        wrong[self.place] *= 1.001
        return dx


def test_numerical_gradient_of_a_cube(rng):
    theta = rng.uniform(1, 2, (2, 3))
    before = theta.copy()
    np.testing.assert_allclose(numerical_gradient(lambda: theta**3, theta), 3 * theta**2, rtol=1e-9)
    np.testing.assert_array_equal(theta, before)


def test_relative_error_is_that_of_the_worst_place():
    assert relative_error(np.array([1.0, -2.0, 0.0]), np.array([1.0, -2.5, 0.0])) == 0.2
    assert relative_error(np.zeros(3), np.zeros(3)) == 0


def test_an_entry_that_rounding_drowns_is_compared_on_a_larger_scale():
    """A thousandth of the largest: rounding of the numerical gradient does not depend on its size."""
    numerical, found = np.array([8.0, 1e-7]), np.array([8.0, 3e-7])
    assert relative_error(found, numerical) == pytest.approx(2e-7 / 8e-3)
    assert relative_error(np.array([3.0, 1.0]), np.array([3.0, -1.0])) == 2


@pytest.mark.parametrize(("where", "place"), [("x", (1, 2)), ("W", (3, 0)), ("b", (1,))])
def test_one_wrong_number_is_found(where, place, rng):
    layer = Mistaken(2, where, place)
    layer.build((4,), rng, np.float64)
    x = rng.uniform(1, 2, (3, 4))
    with pytest.raises(GradientError) as found:
        check_layer(layer, x, rng, tolerance=1e-7)
    assert str(found.value).startswith(f"d{where} of mistaken: relative error 1.0e-03, allowed 1e-07")
    assert f"worst at {place}" in str(found.value)
    assert set(check_layer(layer, x, rng, tolerance=1e-2)) == {"x", "W", "b"}


@pytest.mark.parametrize(("where", "place"), [("W", (3, 0)), ("W", (0, 1)), ("b", (1,))])
@pytest.mark.parametrize("number", [1, 3])
def test_one_wrong_number_in_a_network_is_found(where, place, number, rng):
    layers = [Flatten(), Dense(4), ReLU(), Dense(2)]
    layers[number] = Mistaken(layers[number].units, where, place)
    network = Sequential(layers, (2, 2, 1), seed=4, dtype=np.float64)
    network.parameters[:] = rng.uniform(0.1, 1, network.parameters.size)  # ReLU cuts nothing off
    x = rng.uniform(1, 2, (5, 2, 2, 1))
    labels = np.array([0, 1, 1, 0, 1])
    with pytest.raises(GradientError, match="slope of the loss"):
        check_network(network, x, labels, softmax_cross_entropy, rng, tolerance=1e-7)


def test_a_layer_that_is_not_built_yet_is_built(rng):
    assert set(check_layer(Dense(2), rng.standard_normal((3, 4)), rng, tolerance=1e-6)) == {
        "x",
        "W",
        "b",
    }
    with pytest.raises(ValueError, match="in float64, not float32"):
        check_layer(ReLU(), np.ones((3, 4), np.float32), rng, tolerance=1e-6)


def test_gradients_in_other_arrays_than_those_of_grads_are_found(rng):
    """A network would never see them."""

    class Replacing(Dense):
        def backward(self, dy):
            dx = super().backward(dy)
            self.grads["W"] = self.x.T @ dy
            return dx

    with pytest.raises(GradientError, match=r"in place of grads\['W'\]"):
        check_layer(Replacing(2), rng.standard_normal((3, 4)), rng, tolerance=1e-6)


def test_the_place_that_is_shown_is_the_one_that_is_wrong(rng):
    backward = np.array([1e6 * (1 + 1e-9), 1.0])  # far apart, but for its size very near
    with pytest.raises(GradientError, match=r"worst at \(1,\)"):
        compare("dx", backward, np.array([1e6, 1.001]), tolerance=1e-7)
