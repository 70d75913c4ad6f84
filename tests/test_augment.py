"""Warps within their bounds; broader and finer pens do what they say and leave the others alone."""

import numpy as np
import pytest

from nn.augment import other_pens, random_warps


def test_random_warps_stay_within_their_bounds(rng):
    warps = random_warps(5000, rng)
    assert 0.99 < np.abs(warps[:, :, 2]).max() <= 1
    area = np.linalg.det(warps[:, :, :2].astype(float)) ** -1
    assert 0.7 < area.min() < 0.75  # 0.85²
    assert 1.29 < area.max() < 1.33  # 1.15²
    assert np.abs(warps[:, :, :3].mean(axis=0) - [[1, 0, 0], [0, 1, 0]]).max() < 0.1
    assert 0.99 < np.abs(warps[:, :, 3]).max() <= 1
    crests = 2 * np.pi / warps[:, :, 4]
    assert 11.99 < crests.min() < 12.1
    assert 39 < crests.max() < 40.01
    assert not random_warps(10, rng, strength=0)[:, :, 3].any()


def test_other_pens_change_the_share_they_are_told(rng, train_digits):
    images = train_digits.images[:200]
    before = images.copy()
    changed = (other_pens(images, 0.25, rng) != images).any(axis=(1, 2))
    assert 45 <= changed.sum() <= 50  # a growth of nearly nothing may change no byte
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(other_pens(images, 0, rng), images)


@pytest.mark.parametrize(("growth", "width"), [(1.0, 5), (0.5, 4), (-1.0, 1)])
def test_a_stroke_grows_on_both_sides(growth, width, monkeypatch, rng):
    monkeypatch.setattr("nn.augment.FINEST", growth)
    monkeypatch.setattr("nn.augment.BROADEST", growth)
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, :, 12:15] = 255  # a line of three pixels
    (written,) = other_pens(image, 1, rng)
    assert written[14].sum() / 255 == pytest.approx(width, abs=0.01)


def test_a_stroke_grows_to_its_four_neighbours_only(monkeypatch, rng):
    monkeypatch.setattr("nn.augment.FINEST", 1)
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 5, 5] = 200
    (written,) = other_pens(image, 1, rng)
    places = {tuple(place) for place in np.argwhere(written)}
    assert places == {(5, 5), (4, 5), (6, 5), (5, 4), (5, 6)}
