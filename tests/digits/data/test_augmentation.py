"""Warps within their bounds."""

import numpy as np

from digits.data.augmentation import random_warps


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
    assert warps[:, :, 5].min() < 0.1
    assert 6.2 < warps[:, :, 5].max() <= 2 * np.pi
    for number in (2, 3, 4, 5):  # what happens to rows says nothing of what happens to columns
        assert abs(np.corrcoef(warps[:, :, number].T)[0, 1]) < 0.1
    assert not random_warps(10, rng, strength=0)[:, :, 3].any()


def test_warps_turn_and_slant(rng):
    """Turning moves rows one way and columns the other; slanting moves columns alone."""
    to_rows, to_columns = random_warps(5000, rng)[:, [0, 1], [1, 0]].T.astype(float)
    assert 0.3 < np.abs(to_rows).max() < 0.34  # sin 15° / (0.85 · 0.9)
    assert 0.48 < np.abs(to_columns).max() < 0.59  # (sin 15° + 0.2 cos 15°) · 1.1 / 0.85
    assert np.corrcoef(to_rows, to_columns)[0, 1] < -0.5
