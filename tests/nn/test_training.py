"""The loop: each batch's gradient, a step of the optimizer, the average; and what it yields."""

import itertools

import numpy as np
import pytest

from nn.layers import Dense, ReLU
from nn.losses import softmax_cross_entropy
from nn.network import Sequential
from nn.optimizers import Adam, WeightAverage
from nn.training import Runner, train


@pytest.fixture
def network():
    return Sequential([Dense(8), ReLU(), Dense(2)], (2,), seed=3, dtype=np.float64)


def batches(rng, count, size=20):
    for _ in range(count):
        x = rng.standard_normal((size, 2))
        yield x, (x[:, 0] > x[:, 1]).astype(int)


def test_the_loop_does_what_it_says_in_this_order(network, rng):
    some = list(batches(rng, 3))
    rates = [0.1, 0.01, 0.05]
    other = Sequential([Dense(8), ReLU(), Dense(2)], (2,), seed=3, dtype=np.float64)
    runs = [(n, Adam(n.parameters), WeightAverage(n.parameters, 0.9)) for n in (network, other)]
    found = list(train(Runner(network), runs[0][1], some, rates, runs[0][2]))

    _, adam, average = runs[1]
    for (x, labels), rate, (losses, logits) in zip(some, rates, found, strict=True):
        expected = other.forward(x)
        expected_losses, dlogits = softmax_cross_entropy(expected, labels)
        np.testing.assert_array_equal(logits, expected)
        np.testing.assert_array_equal(losses, expected_losses)
        other.backward(dlogits / len(x))
        adam.step(other.gradients, rate)
        average.update()
    np.testing.assert_array_equal(network.parameters, other.parameters)
    np.testing.assert_array_equal(runs[0][2].average, average.average)


def test_it_learns(network, rng):
    average = WeightAverage(network.parameters, 0.9)
    steps = train(
        Runner(network), Adam(network.parameters), batches(rng, 300), itertools.repeat(0.02), average
    )
    losses = [losses.mean() for losses, _ in steps]
    assert np.mean(losses[-20:]) < 0.1 < losses[0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_no_number_changes_no_parameter(value, network, rng):
    average = WeightAverage(network.parameters)
    (good, bad) = batches(rng, 2)
    bad[0][3] = value
    steps = train(Runner(network), Adam(network.parameters), [good, bad], [0.1, 0.1], average)
    next(steps)
    before = network.parameters.copy()
    losses, _ = next(steps)
    assert not np.isfinite(losses.sum())
    np.testing.assert_array_equal(network.parameters, before)
    assert average.t == 1
