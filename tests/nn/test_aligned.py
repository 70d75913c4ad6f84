"""Arrays begin on a cache line, and so do those that the network works in."""

import numpy as np
import pytest

from digits.model import build_cnn
from nn import aligned
from nn.layers import Layer


def begins_on_a_line(array):
    return array.ctypes.data % aligned.CACHE_LINE == 0


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), 7, (3, 5), (1000, 1000)])
def test_empty(shape, dtype):
    arrays = [aligned.empty(shape, dtype) for _ in range(8)]  # one might do so by chance
    expected = np.empty(shape, dtype)
    for k, array in enumerate(arrays):
        assert (array.shape, array.dtype) == (expected.shape, expected.dtype)
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert begins_on_a_line(array)
        array[...] = k
    assert all((array == k).all() for k, array in enumerate(arrays))  # none overlaps another


def test_the_network_uses_it():
    layer = Layer()
    layer.dtype = np.dtype(np.float32)
    assert all(begins_on_a_line(layer.buffer(str(k), (k + 1, 3))) for k in range(8))
    assert all(begins_on_a_line(build_cnn(seed=k).parameters) for k in range(8))
