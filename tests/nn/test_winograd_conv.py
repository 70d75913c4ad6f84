"""The convolution of 5×5 pixels: equal to Conv2D, and its own gradients checked."""

import numpy as np
import pytest

from nn.fast import winograd_conv
from nn.fast.fused_steps import fuse
from nn.fast.winograd_conv import MIN_IMAGES, WinogradConv
from nn.gradient_check import check_layer
from nn.layers import Conv2D
from tests.nn.twins import assert_twin_equals


def conv(C, filters, rng, size=5, **options):
    layer = Conv2D(filters, options.pop("kernel_size", 3), **options)
    layer.build((size, size, C), rng, np.float64)
    layer.params["b"][:] = rng.standard_normal(filters)
    return layer


@pytest.mark.parametrize("few", [0, MIN_IMAGES])  # with 0, the transform does even one image
@pytest.mark.parametrize("needs_dx", [True, False])
@pytest.mark.parametrize("N", [0, 1, MIN_IMAGES - 1, MIN_IMAGES, 2 * MIN_IMAGES + 3])
def test_it_equals_conv2d(N, needs_dx, few, rng, monkeypatch):
    monkeypatch.setattr(winograd_conv, "MIN_IMAGES", few)
    layer = conv(3, 4, rng)
    layer.needs_dx = needs_dx
    (fast,) = fuse([layer])
    assert type(fast) is WinogradConv
    for _ in range(2):  # the second time in buffers already used
        x = rng.standard_normal((N, 5, 5, 3))
        dy = rng.standard_normal((N, 3, 3, 4))
        assert_twin_equals(fast, layer, x, dy)


@pytest.mark.parametrize("N", [1, MIN_IMAGES])
def test_gradients(N, rng):
    (fast,) = fuse([conv(2, 3, rng)])
    check_layer(fast, rng.standard_normal((N, 5, 5, 2)), rng, tolerance=1e-6)


def test_only_what_fits_is_replaced(rng):
    for other in (
        conv(2, 3, rng, size=6),
        conv(2, 3, rng, stride=2),
        conv(2, 3, rng, padding=1),
        conv(2, 3, rng, kernel_size=5),
    ):
        assert fuse([other]) == [other]
