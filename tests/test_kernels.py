"""Each compiled kernel does just what its plain-Python twin does, and the warps what they say."""

import runpy

import numpy as np
import pytest
from numba.core import caching

from nn import kernels
from nn.augment import random_warps
from tests.helpers import PROJECT


def twin(kernel):
    return getattr(kernel, "py_func", kernel)  # with NUMBA_DISABLE_JIT=1 the kernel is the twin


def test_where_nothing_can_be_kept_kernels_are_compiled_all_the_same(monkeypatch):
    """As in a folder that cannot be written to, of a user without a home."""
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    names = runpy.run_path(str(PROJECT / "nn/kernels/jit.py"))
    assert names["jit"](lambda x: x + 1)(1) == 2


WINDOWS = [((3, 2), (2, 2), (1, 1)), ((2, 2), (1, 2), (0, 0)), ((3, 3), (1, 1), (2, 0))]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_im2col_and_col2im_equal_their_twins(kernel, stride, padding, dtype, rng):
    x = rng.standard_normal((2, 6, 5, 3)).astype(dtype)
    OH, OW = ((6, 5)[k] + 2 * padding[k] - kernel[k] for k in (0, 1))
    OH, OW = OH // stride[0] + 1, OW // stride[1] + 1
    fast, plain = (np.full((2 * OH * OW, kernel[0] * kernel[1] * 3), np.nan, dtype) for _ in "ab")
    kernels.im2col(x, kernel, stride, padding, fast)
    twin(kernels.im2col)(x, kernel, stride, padding, plain)
    np.testing.assert_array_equal(fast, plain)

    back, plain_back = np.full_like(x, np.nan), np.full_like(x, np.nan)
    kernels.col2im(fast, kernel, stride, padding, back)
    twin(kernels.col2im)(fast, kernel, stride, padding, plain_back)
    np.testing.assert_array_equal(back, plain_back)


def test_col2im_is_the_transpose_of_im2col(rng):
    """⟨im2col(x), p⟩ = ⟨x, col2im(p)⟩ for any x and p."""
    kernel, stride, padding = (3, 2), (2, 1), (1, 2)
    x, patches = rng.standard_normal((2, 5, 4, 3)), np.empty((2 * 3 * 7, 18))
    kernels.im2col(x, kernel, stride, padding, patches)
    other, dx = rng.standard_normal(patches.shape), np.empty_like(x)
    kernels.col2im(other, kernel, stride, padding, dx)
    assert np.sum(patches * other) == pytest.approx(np.sum(x * dx), rel=1e-12)


@pytest.mark.parametrize(("window", "stride"), [((2, 2), (2, 2)), ((3, 2), (1, 2))])
def test_pooling_equals_its_twin(window, stride, rng):
    x = rng.integers(0, 3, (2, 6, 5, 4)).astype(np.float32)  # many ties
    shape = (2, (6 - window[0]) // stride[0] + 1, (5 - window[1]) // stride[1] + 1, 4)
    results = []
    for version in (lambda kernel: kernel, twin):
        y, argmax, dx = np.empty(shape, np.float32), np.empty(shape, np.int32), np.full_like(x, np.nan)
        version(kernels.max_pool)(x, window, stride, y, argmax)
        version(kernels.max_pool_backward)(y, argmax, window, stride, dx)
        results.append((y, argmax, dx))
    for fast, plain in zip(*results, strict=True):
        np.testing.assert_array_equal(fast, plain)


def test_warp_equals_its_twin(rng):
    images = rng.integers(0, 256, (3, 9, 7)).astype(np.uint8)
    warps = random_warps(3, rng)
    fast, plain = (np.full((3, 9, 7, 1), np.nan, np.float32) for _ in "ab")
    kernels.warp(images, warps, fast)
    twin(kernels.warp)(images, warps, plain)
    np.testing.assert_allclose(fast, plain, atol=1e-5)


@pytest.mark.parametrize("erases", [False, True])
def test_pen_equals_its_twin(erases, rng):
    points = rng.uniform(-5, 35, (6, 2)).astype(np.float32)
    fast, plain = (np.full((30, 30), 255 * erases, np.uint8) for _ in "ab")
    kernels.draw_line(points, 2.5, 1.5, erases, fast)
    twin(kernels.draw_line)(points, 2.5, 1.5, erases, plain)
    np.testing.assert_allclose(fast, plain, atol=1)
    assert 0 < np.count_nonzero(fast == 255) < 900


def warped(image, rows):
    rows = np.array([[*row, *[0] * (6 - len(row))] for row in rows], np.float32)
    out = np.empty((1, *image.shape, 1), np.float32)
    kernels.warp(image[np.newaxis], rows[np.newaxis], out)
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
