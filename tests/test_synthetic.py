"""What the project draws itself: the right size, the right place, the right labels, all different."""

import numpy as np
import pytest

from nn.data import as_input
from nn.ink import aside
from nn.outliers import LETTERS, NO_DIGIT, no_digits
from nn.synthetic import rare_digits


@pytest.mark.parametrize("draw", [rare_digits, no_digits])
def test_drawings_are_frames_like_mnists(draw, rng):
    digits = draw(200, rng)
    assert (digits.images.shape, digits.images.dtype) == ((200, 28, 28), np.uint8)
    assert len(np.unique(digits.images.reshape(200, -1), axis=0)) > 190
    assert digits.labels.shape == (200,)


def test_labels(rng):
    counts = np.bincount(rare_digits(500, rng).labels)
    assert len(counts) == 10
    assert counts.min() > 0
    assert counts.argmax() == 1
    assert set(no_digits(50, rng).labels) == {NO_DIGIT}


def test_a_network_that_has_learned_reads_what_the_labels_say(rng, recogniser):
    digits = rare_digits(1500, rng)
    shown = as_input(aside(digits.images))
    right = recogniser.network.forward(shown).argmax(axis=1) == digits.labels
    assert min(right[digits.labels == digit].mean() for digit in range(10)) > 0.9


def test_rare_digits_are_as_large_and_as_dark_as_mnists_and_where_they_are(rng, train_digits):
    images = rare_digits(400, rng).images
    for axis in (1, 2):
        mass = images.sum(axis=axis, dtype=float)
        assert np.abs(mass @ np.arange(28) / mass.sum(axis=1) - 14).max() < 0.6
    rows, columns = images.any(axis=2).sum(axis=1), images.any(axis=1).sum(axis=1)
    assert (np.maximum(rows, columns) == 20).mean() > 0.95
    assert images.mean() == pytest.approx(train_digits.images.mean(), rel=0.4)


def test_same_seed_same_drawings():
    for draw in (rare_digits, no_digits):
        one, other = (draw(40, np.random.default_rng(3)).images for _ in "ab")
        np.testing.assert_array_equal(one, other)


def test_one_image_of_no_digit_in_eight_is_a_filled_frame_noise_or_a_blot(rng):
    images = no_digits(800, rng).images
    even = np.ptp(images, axis=(1, 2)) == 0
    sharp = np.isin(images, [0, 255]).all(axis=(1, 2)) & ~even
    noise = images[:, 0].any(axis=1) & ~sharp & ~even  # strokes never reach the first row
    assert min(even.sum(), noise.sum(), sharp.sum()) > 5
    assert 60 < (even | noise | sharp).sum() < 100  # a fifth of the blots are groups of soft dots


def test_no_letter_that_looks_like_a_digit():
    assert not set(LETTERS) & set("oOiIlzZsSbBgGqQjJyYtT")
