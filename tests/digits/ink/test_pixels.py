"""What the ink network sees, and the ink that it finds."""

import numpy as np
import pytest

from digits.ink.pixels import CELL, CHANNELS, FAR, coverage, views
from digits.model import build_ink_network


def test_a_cell_is_seen_sharply(rng):
    grey = rng.random((40, 48)).astype(np.float32)
    seen = views(grey)
    assert seen.shape == (10, 12, CHANNELS)
    cell = grey[8:12, 20:24].ravel()
    shown = seen[2, 5, : CELL * CELL]
    assert np.corrcoef(cell, shown)[0, 1] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("strength", "light"), [(0.5, 0), (0.5, 0.4), (-0.5, 0.9)])
def test_neither_light_nor_strength_matters(rng, strength, light):
    grey = rng.random((200, 200)).astype(np.float32)
    channels = [k for k in range(CHANNELS) if k != CELL * CELL]  # which says how strong it is
    expected = views(grey)[..., channels] * np.sign(strength)
    seen = views(light + strength * grey)[..., channels]
    np.testing.assert_allclose(seen, expected, atol=0.25)  # LEAST_DEVIATION makes a difference


@pytest.mark.parametrize(("level", "sign"), [(0.9, 1), (0.1, -1)])
def test_far_away_it_is_seen_where_the_picture_becomes_brighter_or_darker(level, sign):
    grey = np.full((400, 400), 0.5, np.float32)
    grey[:, 202 + FAR[-1] * CELL] = level  # a line
    centre = CELL * CELL + 1 + FAR.index(0) * (len(FAR) + 1)
    seen = views(grey)[50, 50]  # its columns begin with 200
    assert sign * seen[centre + 2] > 1
    np.testing.assert_allclose(seen[centre - 2 : centre + 2], 0, atol=1e-3)


def test_coverage_has_the_pictures_own_pixels(rng):
    network = build_ink_network(seed=1)
    grey = rng.random((37, 50)).astype(np.float32)
    found = coverage(grey, network)
    assert found.shape == grey.shape
    assert found.dtype == np.float32
    assert 0 < found.min() < found.max() < 1
    moved = coverage(np.pad(grey, [(8, 0), (4, 0)], mode="edge"), network)
    np.testing.assert_allclose(moved[20:37, 20:40], found[12:29, 16:36], atol=0.2)


def test_a_large_picture_is_looked_at_in_bands_as_if_whole(rng, monkeypatch):
    network = build_ink_network(seed=1)
    grey = rng.random((90, 40)).astype(np.float32)
    whole = coverage(grey, network)
    monkeypatch.setattr("digits.ink.pixels.BAND", 3)
    np.testing.assert_allclose(coverage(grey, network), whole, atol=1e-5)
