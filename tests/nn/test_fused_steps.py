"""The fused steps: equal to the three layers they stand for, and their own gradients checked."""

import numpy as np
import pytest

from digits.model import build_cnn
from nn import kernels
from nn.fast import accelerate
from nn.fast.fused_steps import IMAGES_IN_CACHE, DirectStep, WinogradStep, fuse
from nn.fast.winograd_conv import WinogradConv
from nn.gradient_check import check_layer
from nn.layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU
from tests.rounding import assert_equal_in_float64

SHAPES = [  # N, H, W, C, filters
    (2, 7, 6, 3, 4),  # the last row fills no window
    (1, 4, 4, 1, 1),
    (3, 9, 8, 2, 5),
    (2, 13, 13, 32, 64),  # as in the digit network
    (2, 28, 28, 1, 32),
    (2 * IMAGES_IN_CACHE + 3, 5, 6, 2, 3),  # more than are worked on at a time
    (0, 6, 6, 2, 3),  # an empty batch
]


def three(C, filters, rng, image):
    """Conv2D, ReLU and MaxPool2D; `image` says that the input is one, of which nobody needs dx."""
    layers = [Conv2D(filters, 3), ReLU(), MaxPool2D(2)]
    shape = (28, 28, C)
    for layer in layers:
        shape = layer.build(shape, rng, np.float64)
    layers[0].params["b"][:] = rng.standard_normal(filters)
    layers[0].needs_dx = not image
    return layers


def inputs(shape, rng):
    """Random numbers, with as much blank paper around them as digits have."""
    x = rng.standard_normal(shape)
    x[:, : shape[1] // 3] = 0
    x[:1, :, : shape[2] // 2] = 0  # blank on the left, and not on the right
    return x


CASES = [(*shape, False) for shape in SHAPES] + [(*shape, True) for shape in SHAPES if shape[3] == 1]


@pytest.mark.parametrize(("N", "H", "W", "C", "filters", "image"), CASES)
def test_a_step_equals_its_three_layers(N, H, W, C, filters, image, rng):
    assert_step_equals_its_layers(three(C, filters, rng, image), inputs((N, H, W, C), rng), rng)


@pytest.mark.parametrize("image", [True, False])
def test_no_single_pixel_is_taken_for_blank_paper(image, rng):
    """One image for each of the 16 pixels that a window needs, all the others blank."""
    x = np.eye(16).reshape(16, 4, 4, 1)
    assert_step_equals_its_layers(three(1, 8, rng, image), x, rng)


def assert_step_equals_its_layers(layers, x, rng):
    (step,) = fuse(layers)
    image = not layers[0].needs_dx
    assert type(step) is (DirectStep if image else WinogradStep)

    expected = x
    for layer in layers:
        expected = layer.forward(expected)
    assert_equal_in_float64(step.forward(x), expected)

    dy = rng.standard_normal(expected.shape)
    dx = dy
    for layer in reversed(layers):
        dx = layer.backward(dx)
    grads = {name: grad.copy() for name, grad in layers[0].grads.items()}
    found = step.backward(dy)
    for name, grad in grads.items():
        assert_equal_in_float64(step.grads[name], grad)
    if image:
        assert found is None
    else:
        assert_equal_in_float64(found, dx)


@pytest.mark.parametrize("image", [True, False])
@pytest.mark.parametrize(("N", "H", "W", "filters"), [(2, 7, 6, 4), (1, 8, 9, 3)])
def test_gradients(N, H, W, filters, image, rng):
    (step,) = fuse(three(1 if image else 3, filters, rng, image))
    shape = (N, H, W, 1 if image else 3)
    # Blank paper ties the four outputs of a window: a kink in dx, which images are not asked for.
    x = inputs(shape, rng) if image else rng.standard_normal(shape)
    check_layer(step, x, rng, tolerance=1e-6)
    assert (step.argmax == kernels.NO_WINNER).any()  # some were cut off by ReLU, and some not
    assert len(np.unique(step.argmax)) == 5


@pytest.mark.parametrize("image", [True, False])
def test_tied_windows_send_their_gradient_to_the_first(image, rng):
    layers = three(1, 3, rng, image)
    layers[0].params["b"][:] = 1
    (step,) = fuse(layers)
    step.forward(np.zeros((1, 6, 6, 1)))
    assert (step.argmax == 0).all()
    layers[0].params["b"][:] = 0  # as in a new network: on paper ReLU then lets nothing through
    step.forward(np.zeros((1, 6, 6, 1)))
    assert (step.argmax == kernels.NO_WINNER).all()


def test_only_what_fits_is_fused(rng):
    conv = Conv2D(4, 3)
    others = [
        [Conv2D(4, 5), ReLU(), MaxPool2D(2)],
        [Conv2D(4, 3, stride=2), ReLU(), MaxPool2D(2)],
        [Conv2D(4, 3, padding=1), ReLU(), MaxPool2D(2)],
        [Conv2D(4, 3), ReLU(), MaxPool2D(3)],
        [Conv2D(4, 3), ReLU(), MaxPool2D(3, 2)],
        [Conv2D(4, 3), ReLU(), MaxPool2D(2, 1)],
        [Conv2D(4, 3), MaxPool2D(2), ReLU()],
        [conv, ReLU(), Flatten()],
        [Flatten(), Dense(3), ReLU()],
    ]
    for layers in others:
        assert fuse(layers) == layers


def test_the_digit_network_runs_in_two_steps_and_the_rest():
    kinds = [step.kind for step in accelerate(build_cnn()).executed]
    assert kinds == [
        DirectStep.kind,
        WinogradStep.kind,
        WinogradConv.kind,
        "relu",
        "flatten",
        "dense",
        "relu",
        "dense",
    ]


def test_kernels_equal_their_twins(rng):
    """In float64: a kernel may round a·b + c once, which its twin rounds twice."""
    layers = three(4, 5, rng, image=False)
    (step,) = fuse(layers)
    x = inputs((2, 8, 7, 4), rng)
    step.backward(rng.standard_normal(step.forward(x).shape))
    T = 2 * 3 * 2
    y = rng.standard_normal((2, 3, 2, 5))
    argmax = step.argmax
    image = x[..., 0].copy()
    W = rng.standard_normal((9, 5))
    b = rng.standard_normal(5)
    tiles, products = (rng.standard_normal((16, T, k)) for k in (4, 5))
    dW = rng.standard_normal((5, 3, 3, 4))
    calls = {
        kernels.direct_forward: (image, W, b, y, argmax),
        kernels.direct_backward: (y, argmax, image, W, b),
        kernels.winograd_input: (x, tiles),
        kernels.sparse_backward_filters: (y, argmax, x, dW, b),
        kernels.sparse_backward_input: (y, argmax, dW, x),
        kernels.winograd_output: (products, b, y, argmax),
    }
    for kernel, arguments in calls.items():
        plain = [argument.copy() for argument in arguments]
        getattr(kernel, "py_func", kernel)(*plain)
        kernel(*arguments)
        for fast, slow in zip(arguments, plain, strict=True):
            if fast.dtype == np.float64:
                assert_equal_in_float64(fast, slow)
            else:
                np.testing.assert_array_equal(fast, slow)  # which of the four was the largest
