"""Adam, against the paper's algorithm number by number; the learning rate's course."""

import itertools
import math

import numpy as np
import pytest

from nn.optimizers import Adam, WeightAverage, warmup_cosine


def adam_of_the_paper(theta, gradients, alpha, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Algorithm 1 of Kingma and Ba (2015) for one number; returns θ after each step."""
    m = v = 0.0
    course = []
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (math.sqrt(v_hat) + epsilon)
        course.append(theta)
    return course


def test_adam_follows_the_paper(rng):
    weights, bias = rng.standard_normal((3, 2)), rng.standard_normal(4)
    gradients = [(rng.standard_normal((3, 2)) * 1e-3, rng.standard_normal(4) * 50) for _ in range(7)]
    expected = [
        [
            adam_of_the_paper(start, [g[k].flat[i] for g in gradients], 0.01)
            for i, start in enumerate(p.flat)
        ]
        for k, p in enumerate((weights, bias))
    ]
    adam = Adam([weights, bias])
    for step, pair in enumerate(gradients):
        adam.step(pair, learning_rate=0.01)
        for k, parameter in enumerate((weights, bias)):
            now = [course[step] for course in expected[k]]
            np.testing.assert_allclose(parameter.ravel(), now, rtol=1e-12)


def test_first_step_is_as_long_as_the_learning_rate_whatever_the_gradient():
    theta = np.zeros(3)
    Adam([theta]).step([np.array([1e-3, -7.0, 4e5])], learning_rate=0.1)
    np.testing.assert_allclose(theta, [-0.1, 0.1, -0.1], rtol=1e-4)


def test_weight_decay_is_a_share_of_the_parameter_and_none_of_the_gradient(rng):
    start = rng.standard_normal(4)
    gradients = rng.standard_normal((5, 4))
    thetas = [start.copy(), start.copy()]
    plain, decaying = Adam([thetas[0]]), Adam([thetas[1]], weight_decay=0.5)
    for g in gradients:
        step = thetas[0].copy()
        plain.step([g], learning_rate=0.1)
        step = thetas[0] - step
        expected = thetas[1] * (1 - 0.1 * 0.5) + step  # the same step: only gradients decide it
        decaying.step([g], learning_rate=0.1)
        np.testing.assert_allclose(thetas[1], expected, rtol=1e-12)


def test_adam_takes_one_array_or_several(rng):
    start, gradient = rng.standard_normal(6), rng.standard_normal(6)
    one, parts = start.copy(), np.split(start.copy(), [2])
    Adam(one).step(gradient, 0.1)
    Adam(parts).step(np.split(gradient, [2]), 0.1)
    np.testing.assert_array_equal(one, np.concatenate(parts))
    assert (one != start).all()


@pytest.mark.parametrize("shapes", [[(3,)], [(3,), (2,), (1,)], [(3,), (3,)], [(2,), (3,)]])
def test_gradients_of_other_shapes_are_refused(shapes):
    """A shorter list would leave parameters as they are, without a word."""
    parameters = [np.ones(3), np.ones(2)]
    with pytest.raises(ValueError, match="other shapes"):
        Adam(parameters).step([np.ones(shape) for shape in shapes], 0.1)
    assert all((parameter == 1).all() for parameter in parameters)


def test_adam_finds_a_minimum():
    theta = np.array([5.0, -3.0])
    adam = Adam([theta])
    for _ in range(500):
        adam.step([2 * (theta - [1.0, 2.0])], learning_rate=0.1)
    np.testing.assert_allclose(theta, [1, 2], atol=1e-3)


def test_warm_up_then_cosine():
    rates = [warmup_cosine(step, 100, peak=2.0, warmup=0.1, final_rate=0.1) for step in range(100)]
    np.testing.assert_allclose(rates[:10], np.arange(1, 11) * 0.2)
    assert rates[10] == 2.0
    assert rates[55] == pytest.approx(1.1)
    assert rates[99] == pytest.approx(0.2, abs=0.001)  # a tenth of the peak
    assert warmup_cosine(99, 100, peak=2.0, warmup=0.1, final_rate=0) < 0.002
    assert all(a > b for a, b in itertools.pairwise(rates[10:]))


def test_no_warm_up_and_no_decay_is_a_constant_rate():
    assert {warmup_cosine(step, 100, peak=2.0, warmup=0, final_rate=1) for step in range(100)} == {2.0}


def test_a_rise_that_is_as_long_as_the_run():
    rates = [warmup_cosine(step, 4, 1.0, 1, 0.5) for step in range(4)]
    assert rates == [0.25, 0.5, 0.75, 1]
    assert warmup_cosine(4, 4, 1.0, 1, 0.5) == 1  # one step more begins to fall


@pytest.mark.parametrize("warmup", [0.1, 1])
@pytest.mark.parametrize("total", [1, 2, 3])
def test_shortest_runs_have_a_rate(total, warmup):
    assert all(0 < warmup_cosine(step, total, 1.0, warmup, 0.1) <= 1 for step in range(total))


def test_average_of_the_weights(rng):
    theta = np.zeros(3)
    average = WeightAverage(theta, decay=0.9)
    expected = np.zeros(3)
    weights = rng.standard_normal((200, 3))
    for t, point in enumerate(weights, 1):
        theta[:] = point
        average.update()
        decay = min(0.9, t / (t + 10))
        expected = decay * expected + (1 - decay) * point
    np.testing.assert_allclose(average.average, expected, rtol=1e-12)
    average.swap()
    np.testing.assert_allclose(theta, expected, rtol=1e-12)
    np.testing.assert_array_equal(average.average, weights[-1])
    average.swap()
    np.testing.assert_array_equal(theta, weights[-1])


def test_the_decay_that_is_left_out():
    assert WeightAverage(np.zeros(2)).decay == 0.9995


def test_average_with_decay_0_is_the_parameters_themselves(rng):
    theta = rng.standard_normal(4)
    average = WeightAverage(theta, decay=0)
    theta += 1
    average.update()
    np.testing.assert_array_equal(average.average, theta)
