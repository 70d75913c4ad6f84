"""Each compiled kernel does just what its plain-Python twin does."""

import runpy

import numpy as np
import pytest
from numba.core import caching

from nn import kernels
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
    x = rng.standard_normal((2, 5, 4, 3))
    patches = np.empty((2 * 3 * 7, 18))
    kernels.im2col(x, kernel, stride, padding, patches)
    other = rng.standard_normal(patches.shape)
    dx = np.empty_like(x)
    kernels.col2im(other, kernel, stride, padding, dx)
    assert np.sum(patches * other) == pytest.approx(np.sum(x * dx), rel=1e-12)


@pytest.mark.parametrize(("window", "stride"), [((2, 2), (2, 2)), ((3, 2), (1, 2))])
def test_pooling_equals_its_twin(window, stride, rng):
    x = rng.integers(0, 3, (2, 6, 5, 4)).astype(np.float32)  # many ties
    shape = (2, (6 - window[0]) // stride[0] + 1, (5 - window[1]) // stride[1] + 1, 4)
    results = []
    for version in (lambda kernel: kernel, twin):
        y = np.empty(shape, np.float32)
        argmax = np.empty(shape, np.int32)
        dx = np.full_like(x, np.nan)
        version(kernels.max_pool)(x, window, stride, y, argmax)
        version(kernels.max_pool_backward)(y, argmax, window, stride, dx)
        results.append((y, argmax, dx))
    for fast, plain in zip(*results, strict=True):
        np.testing.assert_array_equal(fast, plain)
