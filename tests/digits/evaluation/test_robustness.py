"""Digits are corrupted as severely as is said, and not at all by nothing."""

import numpy as np
import pytest

from digits.data.corruption import CORRUPTIONS, corrupt
from digits.data.dataset import Dataset
from digits.evaluation.robustness import accuracy
from nn.fast import ParallelRunner


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_by_nothing_nothing_changes(corruption, train_digits):
    few = train_digits[:20]
    np.testing.assert_allclose(corrupt(corruption, 0, few).images.astype(int), few.images, atol=1)


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_more_changes_more(corruption, train_digits):
    few = train_digits[:20]
    changes = [
        np.abs(corrupt(corruption, severity, few).images.astype(int) - few.images).mean()
        for severity in sorted({abs(severity) for severity in CORRUPTIONS[corruption].values})
    ]
    assert changes == sorted(changes)
    assert changes[-1] > 3


def test_a_quarter_of_a_turn(train_digits):
    few = train_digits[:20]
    for severity, quarters in ((90, 1), (-90, -1)):
        turned = corrupt("rotation", severity, few).images.astype(int)
        np.testing.assert_allclose(turned, np.rot90(few.images, quarters, axes=(1, 2)), atol=1)


def test_noise_is_as_strong_as_it_says_and_within_what_ink_can_be():
    grey = Dataset(np.full((40, 28, 28), 128, np.uint8), np.zeros(40, np.uint8))
    assert corrupt("noise", 0.1, grey).images.std() == pytest.approx(0.1 * 255, rel=0.02)
    blank = Dataset(np.zeros_like(grey.images), grey.labels)
    corrupted = corrupt("noise", 0.1, blank).images
    assert 0 < corrupted.max() < 160
    assert np.mean(corrupted == 0) == pytest.approx(0.5, abs=0.03)


def test_blur_is_as_wide_as_it_says():
    images = np.zeros((1, 29, 29), np.uint8)
    images[0, 14, 10:19] = 255
    blurred = corrupt("blur", 1.5, Dataset(images, np.zeros(1, np.uint8))).images[0, :, 14].astype(float)
    deviation = np.sqrt(blurred @ (np.arange(29) - 14) ** 2 / blurred.sum())
    assert deviation == pytest.approx(1.5, rel=0.1)


def test_half_a_pixel_is_half_of_one(train_digits):
    few = train_digits[:20]
    for sign in (-1, 1):
        half, whole = (corrupt("stroke width", part * sign, few).images for part in (0.5, 1))
        np.testing.assert_allclose(half, (few.images + whole.astype(float)) / 2, atol=0.51)


def test_accuracy_by_hand(recogniser, train_digits):
    few = train_digits[:300]
    swapped = Dataset(few.images, np.where(np.arange(300) < 100, (few.labels + 1) % 10, few.labels))
    with ParallelRunner(recogniser.network, 1) as runner:
        assert accuracy(runner, swapped) == pytest.approx(2 / 3, abs=0.01)


def test_stroke_width_changes_the_amount_of_ink(train_digits):
    few = train_digits[:20]
    thin, same, thick = (corrupt("stroke width", severity, few).images.mean() for severity in (-1, 0, 1))
    assert thin < 0.8 * same < same < thick / 1.2
