"""Softmax and cross-entropy: right, gradient-checked, and stable where the naive formula breaks."""

import numpy as np
import pytest

from nn.gradient_check import compare, numerical_gradient
from nn.losses import sigmoid, sigmoid_cross_entropy, softmax, softmax_cross_entropy


def test_softmax_is_its_formula(rng):
    logits = rng.standard_normal((4, 10))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(softmax(logits), expected, rtol=1e-12)


def test_loss_is_minus_the_log_of_the_true_class(rng):
    logits = rng.standard_normal((5, 10))
    labels = rng.integers(0, 10, 5)
    losses, _ = softmax_cross_entropy(logits, labels)
    np.testing.assert_allclose(losses, -np.log(softmax(logits)[np.arange(5), labels]), rtol=1e-12)


def test_gradient(rng):
    logits = rng.standard_normal((4, 5))
    for targets in (np.array([2, 0, 4, 1]), rng.dirichlet(np.ones(5), 4)):
        _, dlogits = softmax_cross_entropy(logits, targets)
        numerical = numerical_gradient(lambda t=targets: softmax_cross_entropy(logits, t)[0], logits)
        compare("dlogits", dlogits, numerical, tolerance=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits_stay_finite(dtype):
    logits = np.array([[1e4, 0, -1e4], [-1e4, 0, 1e4]], dtype)
    losses, dlogits = softmax_cross_entropy(logits, np.array([0, 0]))
    np.testing.assert_array_equal(losses, [0, 2e4])
    np.testing.assert_array_equal(dlogits, [[0, 0, 0], [-1, 0, 1]])
    np.testing.assert_array_equal(softmax(logits), [[1, 0, 0], [0, 0, 1]])


def test_loss_of_equal_logits_is_the_log_of_their_number():
    losses, _ = softmax_cross_entropy(np.full((2, 10), 3.0), np.array([4, 9]))
    np.testing.assert_allclose(losses, np.log(10), rtol=1e-12)


def test_the_targets_may_be_a_distribution(rng):
    logits, targets = rng.standard_normal((3, 10)), rng.dirichlet(np.ones(10), 3)
    losses, _ = softmax_cross_entropy(logits, targets)
    expected = -np.sum(targets * np.log(softmax(logits)), axis=1)
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    _, dlogits = softmax_cross_entropy(logits, softmax(logits))
    np.testing.assert_allclose(dlogits, 0, atol=1e-12)


@pytest.mark.parametrize(("label", "error"), [(-1, ValueError), (3, IndexError)])
def test_labels_that_there_are_none_of(label, error):
    with pytest.raises(error):
        softmax_cross_entropy(np.zeros((2, 3)), np.array([0, label]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_image_does_not_change_what_is_found_for_another(dtype, rng):
    """However large its logits: each row is shifted by its own largest."""
    logits = rng.standard_normal((2, 4)).astype(dtype)
    labels = np.array([1, 3])
    losses, dlogits = softmax_cross_entropy(logits, labels)
    beside = np.concatenate([logits, [[2000, 0, 0, 1990]]]).astype(dtype)
    found, found_dlogits = softmax_cross_entropy(beside, np.array([1, 3, 0]))
    np.testing.assert_array_equal(found[:2], losses)
    np.testing.assert_array_equal(found_dlogits[:2], dlogits)
    np.testing.assert_array_equal(softmax(beside)[:2], softmax(logits))
    assert {found.dtype, found_dlogits.dtype, softmax(beside).dtype} == {np.dtype(dtype)}


def test_what_is_too_small_for_a_float_is_no_error():
    with np.errstate(all="raise"):
        logits = np.array([[0, -200.0]], np.float32)
        assert softmax(logits).tolist() == [[1, 0]]
        assert softmax_cross_entropy(logits, np.array([0]))[0].tolist() == [0]


def test_sigmoid_cross_entropy_is_its_formula(rng):
    logits, targets = rng.standard_normal((3, 4, 2)), rng.random((3, 4, 2))
    p = 1 / (1 + np.exp(-logits))
    np.testing.assert_allclose(sigmoid(logits), p, rtol=1e-12)
    losses, dlogits = sigmoid_cross_entropy(logits, targets)
    expected = -targets * np.log(p) - (1 - targets) * np.log(1 - p)
    np.testing.assert_allclose(losses, expected.mean(axis=(1, 2)), rtol=1e-12)
    numerical = numerical_gradient(lambda: sigmoid_cross_entropy(logits, targets)[0], logits)
    compare("dlogits", dlogits, numerical, tolerance=1e-7)


def test_an_unknown_target_counts_nothing(rng):
    logits, targets = rng.standard_normal((2, 6)), rng.random((2, 6))
    known, _ = sigmoid_cross_entropy(logits[:, :3], targets[:, :3])
    targets[:, 3:] = -1
    losses, dlogits = sigmoid_cross_entropy(logits, targets)
    np.testing.assert_allclose(losses, known / 2, rtol=1e-12)
    assert dlogits[:, :3].all()
    assert not dlogits[:, 3:].any()


def test_a_huge_logit_has_a_finite_cross_entropy():
    losses, dlogits = sigmoid_cross_entropy(np.array([[1e4], [-1e4]]), np.array([[0.0], [0.0]]))
    np.testing.assert_array_equal(losses, [1e4, 0])
    np.testing.assert_array_equal(dlogits, [[1], [0]])
