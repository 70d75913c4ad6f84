"""Each compiled kernel does just what its plain-Python twin does."""

import os
import runpy
import subprocess
import sys

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


USE_A_KERNEL = """
import numpy as np
from nn import kernels
x = np.arange(4, dtype=np.float32).reshape(1, 2, 2, 1)
y = np.empty((1, 1, 1, 1), np.float32)
kernels.max_pool(x, (2, 2), (2, 2), y, np.empty(y.shape, np.int32))
print(y.item())
"""


def use_a_kernel(cache):
    command = [sys.executable, "-c", USE_A_KERNEL]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "NUMBA_DISABLE_JIT": "0"}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", ["empty", "cut", "altered"])
def test_a_damaged_cache_is_made_anew(suffix, damage, tmp_path):
    assert use_a_kernel(tmp_path) == (0, "3.0\n", "")
    (path,) = tmp_path.rglob(f"*max_pool-*.{suffix}")
    whole = path.read_bytes()
    path.write_bytes(
        {"empty": b"", "cut": whole[: len(whole) // 2], "altered": b"\xff" * len(whole)}[damage]
    )
    assert use_a_kernel(tmp_path) == (0, "3.0\n", "")
    assert use_a_kernel(tmp_path) == (0, "3.0\n", "")


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    pytest.importorskip("resource")
    program = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n{USE_A_KERNEL}"
    command = [sys.executable, "-c", program]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "3.0\n", "")
