"""Confidence: measured as the papers say, and made honest by one temperature."""

from pathlib import Path

import numpy as np
import pytest

from digits.reading.calibration import (
    ACCEPTED_SHARE,
    Calibration,
    calibration_error,
    fit_temperature,
    ood_score,
    reliability,
    selective_accuracy,
)
from nn.errors import UserError
from nn.losses import softmax

FILE = Path("w.npz")


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


def test_a_fitted_calibration_accepts_its_share_and_has_the_best_temperature(honest, rng):
    logits, labels = honest
    offset_logits = rng.permuted(1.1 * logits, axis=0)
    fitted = Calibration.fit(1.5 * logits, labels, offset_logits, domain_offset=1)
    assert fitted.temperature == fit_temperature(1.5 * logits, labels)
    assert fitted.is_digit(offset_logits).mean() == pytest.approx(ACCEPTED_SHARE, abs=0.001)
    np.testing.assert_allclose(fitted.probabilities(logits), softmax(logits / fitted.temperature))
    assert fitted.domain_offset == 1


def test_without_digits_nothing_is_fitted():
    nothing = np.empty((0, 10))
    fitted = Calibration.fit(nothing, np.empty(0, int), nothing, domain_offset=3)
    assert fitted == Calibration(domain_offset=3)
    assert fitted.is_digit(np.zeros((1, 10))).all()  # not even equal logits are rejected


def test_a_record_gives_back_the_calibration():
    calibration = Calibration(1.25, -4.5, 3)
    assert Calibration.from_record(calibration.to_record() | {"epochs": []}, FILE) == calibration
    assert Calibration.from_record({}, FILE) == Calibration()


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"temperature": "warm"}, "temperature"),
        ({"temperature": 0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"temperature": 10**400}, "temperature"),
        ({"temperature": 1e-300}, "temperature"),
        ({"temperature": 1e300}, "temperature"),
        ({"max_ood_score": -1e300}, "max_ood_score"),
        ({"max_ood_score": None}, "max_ood_score"),
        ({"max_ood_score": 0.5}, "max_ood_score"),
        ({"domain_offset": 5}, "domain_offset"),
        ({"domain_offset": True}, "domain_offset"),
    ],
)
def test_an_impossible_calibration_is_refused(record, name):
    with pytest.raises(UserError, match=rf"^w\.npz: {name}"):
        Calibration.from_record(record, FILE)


def test_ood_score_by_hand():
    """Ten equal classes are no digit; a digit that may be one of two is more of one than a vague one."""
    none = np.zeros(10)
    one_of_two = np.array([9.0, 9.0, *[0.0] * 8])
    vague = np.array([4.0, *[0.0] * 9])
    found = ood_score(np.stack([none, one_of_two, vague]))
    np.testing.assert_allclose(found[0], -np.log(10))
    np.testing.assert_allclose(found[1], 0.1 * np.log(softmax(one_of_two[np.newaxis])).sum())
    assert found[1] < found[2] < found[0]


def test_selective_accuracy_by_hand():
    confidence = np.array([0.5, 0.9, 0.7, 0.8])
    right = np.array([False, True, False, True])
    np.testing.assert_allclose(selective_accuracy(confidence, right), [1, 1, 2 / 3, 1 / 2])
