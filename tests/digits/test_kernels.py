"""Warps and the pen: each compiled kernel does what its plain-Python twin does, and what it says."""

import numpy as np
import pytest

from digits.data.augmentation import random_warps
from digits.kernels import draw_line, place_glyphs, warp
from tests.rounding import assert_equal_up_to_rounding


def twin(kernel):
    return getattr(kernel, "py_func", kernel)  # with NUMBA_DISABLE_JIT=1 the kernel is the twin


def test_warp_equals_its_twin(rng):
    images = rng.integers(0, 256, (3, 9, 7)).astype(np.uint8)
    warps = random_warps(3, rng)
    fast, plain = (np.full((3, 9, 7, 1), np.nan, np.float32) for _ in "ab")
    warp(images, warps, fast)
    twin(warp)(images, warps, plain)
    # The same operations in the same order; only the two libraries' sines differ, by up to 4 ulp each.
    # A wave of at most 2 pixels is then off by 16 roundings, the place in the image by 2 more of at most
    # 12 pixels, in both directions; and a pixel's value changes by at most 1 from one to the next.
    assert_equal_up_to_rounding(fast, plain.astype(np.float64), 2 * (2 * 16 + 12 * 2), roundings=1)


@pytest.mark.parametrize("erases", [False, True])
def test_pen_equals_its_twin(erases, rng):
    points = rng.uniform(-5, 35, (6, 2)).astype(np.float32)
    fast, plain = (np.full((30, 30), 255 * erases, np.uint8) for _ in "ab")
    draw_line(points, 2.5, 1.5, erases, fast)
    twin(draw_line)(points, 2.5, 1.5, erases, plain)
    np.testing.assert_allclose(fast, plain, atol=1)
    assert 0 < np.count_nonzero(fast == 255) < 900


def warped(image, rows):
    rows = np.array([[*row, *[0] * (6 - len(row))] for row in rows], np.float32)
    out = np.empty((1, *image.shape, 1), np.float32)
    warp(image[np.newaxis], rows[np.newaxis], out)
    return out[0, :, :, 0] * 255


def test_warp_by_nothing_changes_nothing(rng):
    image = rng.integers(0, 256, (9, 8)).astype(np.uint8)
    (nothing,) = random_warps(1, rng, strength=0)
    np.testing.assert_allclose(warped(image, nothing), image, atol=0.01)


def test_warp_moves_and_turns_as_its_matrix_says(rng):
    image = rng.integers(0, 256, (7, 7)).astype(np.uint8)
    moved = warped(image, [[1, 0, 2], [0, 1, -1]])  # reads 2 rows lower, 1 column to the left
    np.testing.assert_allclose(moved[:5, 1:], image[2:, :6], atol=0.01)
    assert not moved[5:].any()
    assert not moved[:, 0].any()
    turned = warped(image, [[0, 1, 0], [-1, 0, 0]])
    np.testing.assert_allclose(turned, np.rot90(image), atol=0.01)
    halfway = warped(image, [[1, 0, 0.5], [0, 1, 0]])
    np.testing.assert_allclose(halfway[:6], (image[:6] / 2 + image[1:] / 2), atol=0.01)


def test_warp_bends_by_its_waves(rng):
    image = rng.integers(0, 256, (9, 9)).astype(np.uint8)
    # A wave of four pixels: amplitude 2 and phase 0 give shifts of 0, 2, 0, −2, 0, …
    waves = [2, np.pi / 2, 0]
    bent = warped(image, [[1, 0, 0], [0, 1, 0, *waves]])  # row by row, to the side
    np.testing.assert_allclose(bent[[0, 2, 4, 6, 8]], image[[0, 2, 4, 6, 8]], atol=0.01)
    np.testing.assert_allclose(bent[[1, 5], :7], image[[1, 5], 2:], atol=0.01)
    np.testing.assert_allclose(bent[[3, 7], 2:], image[[3, 7], :7], atol=0.01)
    earlier = warped(image, [[1, 0, 0], [0, 1, 0, 2, np.pi / 2, np.pi / 2]])  # by one row
    np.testing.assert_allclose(earlier[0, :7], image[0, 2:], atol=0.01)
    np.testing.assert_allclose(earlier[1], image[1], atol=0.01)
    upright = warped(image.T.copy(), [[1, 0, 0, *waves], [0, 1, 0]])  # column by column, up and down
    np.testing.assert_allclose(upright, bent.T, atol=0.01)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38])
def test_warps_that_are_no_numbers_read_nothing_outside(value, rng):
    images = np.full((2, 28, 28), 255, np.uint8)
    warps = np.full((2, 2, 6), value, np.float32)
    out = np.full((2, 28, 28, 1), -1, np.float32)
    with np.errstate(all="ignore"):  # as plain Python says more of it
        warp(images, warps, out)
    assert ((out >= 0) & (out <= 1)).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38])
def test_points_that_are_no_numbers_draw_nothing_outside(value):
    around = np.zeros((90, 90), np.uint8)
    ink = around[30:60, 30:60]
    with np.errstate(all="ignore"):
        points = np.array([[5, 5], [value, 7], [9, value]], np.float32)
        draw_line(points, 2.5, 1.5, False, ink)
    ink[:] = 0
    assert not around.any()


def test_glyphs_in_a_line_equal_their_twin(rng):
    tiles = (rng.random((4, 12, 10), np.float32) > 0.7).astype(np.float32)
    results = []
    for kernel in (place_glyphs, twin(place_glyphs)):
        canvas, lefts = np.zeros((12, 40), np.float32), np.empty(4, np.int64)
        kernel(tiles, np.array([2.0, 1.0, -2.0, 3.0]), canvas, lefts)
        results.append((canvas, lefts))
    for fast, plain in zip(*results, strict=True):
        np.testing.assert_array_equal(fast, plain)
    assert (np.diff(lefts[lefts >= 0]) > 0).all()


def test_glyphs_stand_a_gap_apart_where_they_are_closest():
    tiles = np.zeros((3, 9, 8), np.float32)
    tiles[:, 2:7, 2:5] = 1  # boxes three pixels wide
    tiles[0, 4, 2:7] = 1  # the first has a nose of two more
    canvas, lefts = np.zeros((9, 24), np.float32), np.empty(3, np.int64)
    place_glyphs(tiles, np.array([1.0, 2.0, 20.0]), canvas, lefts)
    assert lefts.tolist() == [1, 1 + 5 + 2, -1]  # for the third there is no space
    assert canvas[4].tolist() == [0] + [1] * 5 + [0] * 2 + [1] * 3 + [0] * 13
