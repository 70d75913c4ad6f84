"""Each layer does what its formula says, and each gradient survives a numerical check.

To see a check catch a mistake: in nn/layers.py, write -dy for dy in some line of a backward, and run
`pytest tests/nn/test_layers.py`.
"""

import numpy as np
import pytest

from nn.gradient_check import check_layer
from nn.layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU, _at_least_1, _pair
from tests.rounding import assert_equal_in_float64

SMOOTH, WITH_KINKS = 1e-7, 1e-6  # relative errors allowed

CONVOLUTIONS = [  # N, C, H, W, filters, kernel, stride, padding
    (2, 3, 7, 6, 4, (3, 2), 2, 1),
    (2, 3, 7, 6, 4, 3, 1, 0),
    (1, 1, 5, 5, 2, 3, 1, 0),
    (3, 2, 6, 5, 3, (2, 3), (1, 2), (0, 2)),
    (2, 2, 4, 5, 3, 1, 1, 0),
    (1, 2, 3, 3, 2, 3, 1, 2),
    (2, 1, 2, 2, 3, 2, 3, 3),  # some windows lie wholly in the padding
    (0, 3, 7, 6, 4, 3, 1, 0),  # an empty batch
]
POOLINGS = [  # N, C, H, W, window, stride
    (2, 3, 6, 4, 2, None),
    (2, 3, 7, 5, 2, None),  # last row and column unused
    (1, 2, 7, 6, 3, 2),  # overlapping windows
    (2, 1, 5, 7, (2, 3), (1, 2)),
    (1, 2, 7, 7, 2, 3),  # pixels between the windows
]


def build(layer, input_shape, rng):
    layer.build(input_shape, rng, np.float64)
    for parameter in layer.params.values():  # biases too: zeros would hide mistakes
        parameter[...] = rng.standard_normal(parameter.shape)
    return layer


def spaced(shape, rng):
    """Distinct values at least 0.05 apart and from zero: no nudge crosses a kink."""
    count = int(np.prod(shape))
    return rng.permutation((np.arange(count) - count // 2 + 0.5) * 0.1).reshape(shape)


@pytest.mark.parametrize(("N", "C", "H", "W", "filters", "kernel", "stride", "padding"), CONVOLUTIONS)
def test_convolution_equals_its_sum(N, C, H, W, filters, kernel, stride, padding, rng):
    layer = build(Conv2D(filters, kernel, stride, padding), (H, W, C), rng)
    x = rng.standard_normal((N, H, W, C))
    y = layer.forward(x)

    (KH, KW), (SH, SW), (PH, PW) = layer.kernel_size, layer.stride, layer.padding
    weights, bias = layer.params["W"], layer.params["b"]
    expected = np.zeros((N, (H + 2 * PH - KH) // SH + 1, (W + 2 * PW - KW) // SW + 1, filters))
    for n, i, j, f in np.ndindex(expected.shape):
        expected[n, i, j, f] = bias[f]
        for a in range(KH):
            for b in range(KW):
                for c in range(C):
                    h, w = i * SH + a - PH, j * SW + b - PW
                    if 0 <= h < H and 0 <= w < W:
                        expected[n, i, j, f] += x[n, h, w, c] * weights[a, b, c, f]
    assert_equal_in_float64(y, expected)


@pytest.mark.parametrize(("N", "C", "H", "W", "filters", "kernel", "stride", "padding"), CONVOLUTIONS)
def test_convolution_gradients(N, C, H, W, filters, kernel, stride, padding, rng):
    layer = build(Conv2D(filters, kernel, stride, padding), (H, W, C), rng)
    x = rng.standard_normal((N, H, W, C))
    check_layer(layer, x, rng, SMOOTH, epsilon=1e-2)  # linear: a long nudge is exact, rounds less


@pytest.mark.parametrize(("N", "C", "H", "W", "window", "stride"), POOLINGS)
def test_pooling_equals_its_maximum(N, C, H, W, window, stride, rng):
    layer = build(MaxPool2D(window, stride), (H, W, C), rng)
    x = rng.standard_normal((N, H, W, C))
    y = layer.forward(x)
    (KH, KW), (SH, SW) = layer.window, layer.stride
    expected = np.empty((N, (H - KH) // SH + 1, (W - KW) // SW + 1, C))
    for n, i, j, c in np.ndindex(expected.shape):
        expected[n, i, j, c] = max(x[n, i * SH + a, j * SW + b, c] for a in range(KH) for b in range(KW))
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize(("N", "C", "H", "W", "window", "stride"), POOLINGS)
def test_pooling_gradient(N, C, H, W, window, stride, rng):
    layer = build(MaxPool2D(window, stride), (H, W, C), rng)
    check_layer(layer, spaced((N, H, W, C), rng), rng, WITH_KINKS, epsilon=1e-3)


@pytest.mark.parametrize("value", [0.0, -3.0, 0.7])
def test_a_tied_window_sends_its_gradient_to_exactly_one_place(value, rng):
    layer = build(MaxPool2D(2), (6, 4, 3), rng)
    x = np.full((2, 6, 4, 3), value)
    dy = rng.uniform(1, 2, layer.forward(x).shape)
    dx = layer.backward(dy)
    windows = dx.reshape(2, 3, 2, 2, 2, 3).transpose(0, 1, 3, 5, 2, 4).reshape(-1, 4)
    assert (np.count_nonzero(windows, axis=1) == 1).all()
    np.testing.assert_array_equal(windows[:, 0], dy.ravel())  # the first of the equals


def test_relu(rng):
    layer = build(ReLU(), (3, 2, 4), rng)
    x = spaced((2, 3, 2, 4), rng)
    np.testing.assert_array_equal(layer.forward(x), np.where(x > 0, x, 0))
    check_layer(layer, x, rng, WITH_KINKS, epsilon=1e-3)


@pytest.mark.parametrize(("N", "D", "M"), [(2, 5, 3), (1, 1, 4), (4, 7, 1), (0, 3, 2)])
def test_dense(N, D, M, rng):
    layer = build(Dense(M), (D,), rng)
    x = rng.standard_normal((N, D))
    weights, bias = layer.params["W"], layer.params["b"]
    expected = [
        [sum(x[n, d] * weights[d, m] for d in range(D)) + bias[m] for m in range(M)] for n in range(N)
    ]
    assert_equal_in_float64(layer.forward(x), np.reshape(expected, (N, M)))
    check_layer(layer, x, rng, SMOOTH, epsilon=1e-2)


def test_flatten(rng):
    layer = build(Flatten(), (3, 2, 4), rng)
    x = rng.standard_normal((2, 3, 2, 4))
    assert layer.forward(x).shape == (2, 24)
    check_layer(layer, x, rng, SMOOTH, epsilon=1e-2)


def test_options_that_are_left_out():
    assert Conv2D(4).config() == {
        "filters": 4,
        "kernel_size": (3, 3),
        "stride": (1, 1),
        "padding": (0, 0),
    }
    assert MaxPool2D().config() == {"window": (2, 2), "stride": (2, 2)}
    assert MaxPool2D(3).config() == {"window": (3, 3), "stride": (3, 3)}


@pytest.mark.parametrize("layer", [Conv2D(3, 2), Dense(3)])
def test_a_layer_alone_finds_dx_and_one_that_need_not_does_not(layer, rng):
    x = rng.standard_normal((2, 4, 4, 2) if isinstance(layer, Conv2D) else (2, 4))
    layer = build(layer, x.shape[1:], rng)
    dy = rng.standard_normal(layer.forward(x).shape)
    assert layer.backward(dy).shape == x.shape
    layer.needs_dx = False
    assert layer.backward(dy) is None


@pytest.mark.parametrize("size", [(1, 5), (5, 1)])
def test_a_window_as_large_as_its_input_fits(size, rng):
    """And one position is enough, in each direction."""
    assert Conv2D(2, size).build((5, 5, 1), rng, np.float64)[:2] == (6 - size[0], 6 - size[1])
    assert MaxPool2D(5).build((5, 5, 1), rng, np.float64) == (1, 1, 1)


def test_he_initialisation_keeps_the_size_of_signals(rng):
    layer = Dense(400)
    layer.build((500,), rng, np.float64)
    assert layer.params["W"].std() == pytest.approx(np.sqrt(2 / 500), rel=0.02)
    assert not layer.params["b"].any()


@pytest.mark.parametrize("kernel", [0, -1, (3, 0)])
def test_impossible_window(kernel):
    with pytest.raises(ValueError, match="whole number of at least 1"):
        Conv2D(4, kernel)


@pytest.mark.parametrize("value", [2.5, "3", (1, 2, 3), None, (2.0, 2)])
def test_what_is_no_pair_of_whole_numbers(value):
    """Asked of _pair itself: here, unlike elsewhere, Conv2D's types are checked before it is called."""
    with pytest.raises(ValueError, match="whole number of at least 1"):
        _pair(value, smallest=1)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Conv2D, {"filters": 4, "stride": 0}),
        (Conv2D, {"filters": 4, "padding": -1}),
        (MaxPool2D, {"window": 0}),
        (MaxPool2D, {"stride": (1, 0)}),
    ],
)
def test_impossible_options(kind, options):
    with pytest.raises(ValueError, match="whole number of at least"):
        kind(**options)


@pytest.mark.parametrize("kind", [Conv2D, Dense])
def test_a_layer_has_at_least_one_output(kind):
    with pytest.raises(ValueError, match="at least 1"):
        kind(0)


def test_a_number_is_not_two():
    """Asked of the function itself, as above: the second would be lost without a word."""
    with pytest.raises(ValueError, match="at least 1"):
        _at_least_1((64, 32))


def test_a_layer_built_anew_takes_the_new_dtype(rng):
    layer = Dense(3)
    for dtype in (np.float32, np.float64):
        layer.build((4,), rng, dtype)
        assert layer.forward(np.zeros((2, 4), dtype)).dtype == dtype


@pytest.mark.parametrize("layer", [Conv2D(4, 5), MaxPool2D((1, 5))])
def test_window_larger_than_its_input(layer, rng):
    with pytest.raises(ValueError, match="does not fit"):
        layer.build((4, 4, 1), rng, np.float64)


@pytest.mark.parametrize("layer", [Conv2D(3, 2), Dense(3)])
def test_gradients_are_of_the_last_backward_alone(layer, rng):
    x = rng.standard_normal((2, 4, 4, 2) if isinstance(layer, Conv2D) else (2, 4))
    layer = build(layer, x.shape[1:], rng)
    dy = rng.standard_normal(layer.forward(x).shape)
    layer.backward(dy)
    first = {name: grad.copy() for name, grad in layer.grads.items()}
    layer.backward(dy)
    for name, grad in layer.grads.items():
        np.testing.assert_array_equal(grad, first[name])
