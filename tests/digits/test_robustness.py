"""Spoiled digits are spoiled as asked, and not at all by nothing."""

import numpy as np
import pytest

from digits.data.dataset import Digits
from digits.robustness import TRIALS, accuracy, spoil
from nn.data_parallel import Workers


@pytest.mark.parametrize("what", TRIALS)
def test_by_nothing_nothing_changes(what, train_digits):
    few = train_digits[:20]
    np.testing.assert_allclose(spoil(what, 0, few).images.astype(int), few.images, atol=1)


@pytest.mark.parametrize("what", TRIALS)
def test_more_changes_more(what, train_digits):
    few = train_digits[:20]
    changes = [
        np.abs(spoil(what, much, few).images.astype(int) - few.images).mean()
        for much in sorted({abs(much) for much in TRIALS[what][1]})
    ]
    assert changes == sorted(changes)
    assert changes[-1] > 3


def test_a_quarter_of_a_turn(train_digits):
    few = train_digits[:20]
    for much, quarters in ((90, 1), (-90, -1)):
        turned = spoil("rotation", much, few).images.astype(int)
        np.testing.assert_allclose(turned, np.rot90(few.images, quarters, axes=(1, 2)), atol=1)


def test_noise_is_as_strong_as_it_says_and_within_what_ink_can_be():
    grey = Digits(np.full((40, 28, 28), 128, np.uint8), np.zeros(40, np.uint8))
    assert spoil("noise", 0.1, grey).images.std() == pytest.approx(0.1 * 255, rel=0.02)
    blank = Digits(np.zeros_like(grey.images), grey.labels)
    spoiled = spoil("noise", 0.1, blank).images
    assert 0 < spoiled.max() < 160
    assert np.mean(spoiled == 0) == pytest.approx(0.5, abs=0.03)


def test_blur_is_as_wide_as_it_says():
    images = np.zeros((1, 29, 29), np.uint8)
    images[0, 14, 10:19] = 255
    blurred = spoil("blur", 1.5, Digits(images, np.zeros(1, np.uint8))).images[0, :, 14].astype(float)
    deviation = np.sqrt(blurred @ (np.arange(29) - 14) ** 2 / blurred.sum())
    assert deviation == pytest.approx(1.5, rel=0.1)


def test_half_a_pixel_is_half_of_one(train_digits):
    few = train_digits[:20]
    for much in (-1, 1):
        half, whole = (spoil("stroke width", part * much, few).images for part in (0.5, 1))
        np.testing.assert_allclose(half, (few.images + whole.astype(float)) / 2, atol=0.51)


def test_accuracy_by_hand(recogniser, train_digits):
    few = train_digits[:300]
    swapped = Digits(few.images, np.where(np.arange(300) < 100, (few.labels + 1) % 10, few.labels))
    with Workers(recogniser.network, 1) as workers:
        assert accuracy(workers, swapped) == pytest.approx(2 / 3, abs=0.01)


def test_stroke_width_changes_the_amount_of_ink(train_digits):
    few = train_digits[:20]
    thin, same, thick = (spoil("stroke width", much, few).images.mean() for much in (-1, 0, 1))
    assert thin < 0.8 * same < same < thick / 1.2
