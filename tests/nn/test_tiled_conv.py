"""The convolution in tiles: equal to Conv2D whatever the size, and its own gradients checked."""

import numpy as np
import pytest

from nn import kernels
from nn.fast import tiled_conv
from nn.fast.fused_steps import fuse
from nn.fast.tiled_conv import MIN_CHANNELS, TiledConv
from nn.gradient_check import check_layer
from nn.layers import Conv2D
from tests.nn.twins import assert_twin_equals
from tests.rounding import assert_equal_in_float64

C, F = MIN_CHANNELS, 3


def conv(shape, rng, **options):
    layer = Conv2D(F, options.pop("kernel_size", 3), **options)
    layer.build(shape, rng, np.float64)
    layer.params["b"][:] = rng.standard_normal(F)
    return layer


@pytest.mark.parametrize("needs_dx", [True, False])
@pytest.mark.parametrize("size", [(3, 3), (4, 9), (7, 6), (11, 13), (6, 8)])
@pytest.mark.parametrize("few", [1, 7, 10_000])  # tiles at a time: an image, some, all
def test_it_equals_conv2d(size, few, needs_dx, rng, monkeypatch):
    monkeypatch.setattr(tiled_conv, "TILES_IN_CACHE", few)
    layer = conv((*size, C), rng)
    layer.needs_dx = needs_dx
    (fast,) = fuse([layer])
    assert type(fast) is TiledConv
    for N in (3, 0, 2):  # the second and third time in buffers already used
        x = rng.standard_normal((N, *size, C))
        dy = rng.standard_normal((N, size[0] - 2, size[1] - 2, F))
        assert_twin_equals(fast, layer, x, dy)


def test_gradients(rng):
    (fast,) = fuse([conv((5, 6, C), rng)])
    check_layer(fast, rng.standard_normal((2, 5, 6, C)), rng, tolerance=1e-6)


def test_only_what_fits_is_replaced(rng):
    for other in (
        conv((6, 6, C - 1), rng),
        conv((6, 6, C), rng, stride=2),
        conv((6, 6, C), rng, padding=1),
        conv((6, 6, C), rng, kernel_size=(3, 2)),
    ):
        assert fuse([other]) == [other]


def test_kernels_equal_their_twins(rng):
    y = rng.standard_normal((2, 3, 5, F))
    T = 2 * 2 * 3
    tiles, products = (rng.standard_normal((16, T, k)) for k in (C, F))
    calls = {
        kernels.winograd_outputs: (products, rng.standard_normal(F), y),
        kernels.winograd_outputs_backward: (y, products),
        kernels.winograd_input_backward: (tiles, np.empty((2, 5, 7, C))),
    }
    for kernel, arguments in calls.items():
        plain = [argument.copy() for argument in arguments]
        getattr(kernel, "py_func", kernel)(*plain)
        kernel(*arguments)
        assert_equal_in_float64(arguments[-1], plain[-1])
