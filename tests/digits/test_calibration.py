"""Confidence: measured as the papers say, and made honest by one temperature."""

import numpy as np
import pytest

from digits.calibration import (
    calibration_error,
    coverage,
    fit_temperature,
    fit_threshold,
    likeness,
    reliability,
)
from nn.losses import softmax


@pytest.fixture
def honest(rng):
    """Logits whose softmax is just the probability of the labels drawn from it."""
    logits = rng.normal(0, 3, (40_000, 10))
    cumulated = softmax(logits).cumsum(axis=1)
    labels = (rng.random((40_000, 1)) > cumulated).sum(axis=1)
    return logits, np.minimum(labels, 9)


@pytest.mark.parametrize("temperature", [0.5, 1, 2.5])
def test_the_temperature_is_found_again(honest, temperature):
    logits, labels = honest
    assert fit_temperature(logits * temperature, labels) == pytest.approx(temperature, rel=0.03)


def test_an_honest_network_has_no_calibration_error_and_a_boaster_has(honest):
    logits, labels = honest
    right = logits.argmax(axis=1) == labels
    assert calibration_error(softmax(logits).max(axis=1), right) < 0.01
    assert calibration_error(softmax(3 * logits).max(axis=1), right) > 0.1


def test_calibration_error_by_hand():
    confidence = np.array([0.95, 0.97, 0.5, 0.51, 1.0])
    right = np.array([True, False, True, True, True])
    high, low = abs((0.95 + 0.97 + 1.0) / 3 - 2 / 3), abs(0.505 - 1)
    assert calibration_error(confidence, right) == pytest.approx(0.6 * high + 0.4 * low)
    assert [share for share, _, _ in reliability(confidence, right)] == [0.4, 0.6]


def test_threshold_keeps_the_share_that_it_shall(honest):
    logits, _ = honest
    threshold = fit_threshold(logits, 1.5, keep=0.9)
    kept = likeness(logits / 1.5) >= threshold
    assert kept.mean() == pytest.approx(0.9, abs=0.001)


def test_likeness_by_hand():
    """Ten equal classes are no digit; a digit that may be one of two is more of one than a vague one."""
    none, one_of_two, vague = np.zeros(10), np.array([9.0, 9.0, *[0.0] * 8]), np.array([4.0, *[0.0] * 9])
    found = likeness(np.stack([none, one_of_two, vague]))
    np.testing.assert_allclose(found[0], np.log(10))
    np.testing.assert_allclose(found[1], -0.1 * np.log(softmax(one_of_two[np.newaxis])).sum())
    assert found[1] > found[2] > found[0]


def test_coverage_by_hand():
    confidence, right = np.array([0.5, 0.9, 0.7, 0.8]), np.array([False, True, False, True])
    np.testing.assert_allclose(coverage(confidence, right), [1, 1, 2 / 3, 1 / 2])
