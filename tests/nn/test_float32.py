"""In float32, as in training, every layer is as near to the exact result as rounding allows.

The exact result is that of the plain layer in float64, from the same float32 numbers. The shapes are
those of the digit network, and so are the kernels of the BLAS library, which differ by processor.
"""

import copy

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from nn.fast.fused_steps import WEIGHT_TRANSFORM, DirectStep, WinogradStep, fuse
from nn.fast.tiled_conv import TiledConv
from nn.fast.winograd_conv import WinogradConv
from nn.kernels import NO_WINNER
from nn.layers import Conv2D, Dense, MaxPool2D, ReLU
from tests.rounding import assert_equal_up_to_rounding, gamma

N = 12
# Winograd's F(2×2, 3×3) in one dimension: four pixels transformed, four products to two outputs.
B2 = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
A2 = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])


def built(layer, input_shape, rng, image=False):
    """A float32 layer with biases that are not zero; of an `image` nobody needs dx."""
    layer.build(input_shape, rng, np.float32)
    layer.params["b"][:] = rng.standard_normal(layer.params["b"].shape)
    layer.needs_dx = not image
    return layer


def exact(layer, absolute=False):
    """The plain layer in float64 with the same parameters, or with their absolute values."""
    twin = copy.copy(layer)
    twin.build(layer.input_shape, np.random.default_rng(0), np.float64)
    for name, parameter in layer.params.items():
        twin.params[name][:] = np.abs(parameter) if absolute else parameter
    return twin


def normal(shape, rng):
    return rng.standard_normal(shape).astype(np.float32)


def assert_gradients(layer, x, dy, found, terms, dx=None, dx_terms=0):
    """Against those of the plain layer in float64, where each sum has so many terms."""
    right, magnitude = exact(layer), exact(layer, absolute=True)
    for twin, values, slopes in ((right, x, dy), (magnitude, np.abs(x), np.abs(dy))):
        twin.forward(values.astype(np.float64))
        twin.dx = twin.backward(slopes.astype(np.float64))
    for name, grad in found.items():
        assert_equal_up_to_rounding(grad, right.grads[name], magnitude.grads[name], terms)
    if dx is not None:
        assert_equal_up_to_rounding(dx, right.dx, magnitude.dx, dx_terms)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Conv2D(32, 3), (28, 28, 1)),
        (Conv2D(64, 3), (13, 13, 32)),
        (Conv2D(64, 3), (5, 5, 64)),
        (Dense(64), (576,)),
        (Dense(10), (64,)),
    ],
    ids=["conv1", "conv2", "conv3", "dense1", "dense2"],
)
def test_plain_layers(layer, shape, rng):
    built(layer, shape, rng)
    x = normal((N, *shape), rng)
    y = layer.forward(x)
    products = layer.params["W"][..., 0].size
    magnitude = exact(layer, absolute=True).forward(np.abs(x).astype(np.float64))
    assert_equal_up_to_rounding(y, exact(layer).forward(x.astype(np.float64)), magnitude, products + 1)
    dy = normal(y.shape, rng)
    dx = layer.backward(dy)
    terms = dy[..., 0].size
    assert_gradients(layer, x, dy, layer.grads, terms, dx, layer.params["W"].size // shape[-1] + 1)


def windows(z):
    """(N, H, W, F) → (N, OH, OW, F, 4): the four values under each window of a 2×2 pooling."""
    N, H, W, F = z.shape
    z = z[:, : H // 2 * 2, : W // 2 * 2].reshape(N, H // 2, 2, W // 2, 2, F)
    return z.transpose(0, 1, 3, 5, 2, 4).reshape(N, H // 2, W // 2, F, 4)


def winograd_magnitude(conv, x):
    """|Aᵀ| [(|G| |W|) ⊙ (|Bᵀ| |x|)] + |b| of each window, (N, OH, OW, F, 4)."""
    H, W, C = conv.input_shape
    corners = np.lib.stride_tricks.sliding_window_view(np.abs(x).astype(np.float64), (4, 4), (1, 2))
    corners = corners[:, ::2, ::2].reshape(len(x), (H - 2) // 2, (W - 2) // 2, C, 16)
    tiles = corners @ np.kron(np.abs(B2), np.abs(B2)).T
    U = np.abs(WEIGHT_TRANSFORM) @ np.abs(conv.params["W"]).reshape(9, -1)
    products = np.einsum("nijcp,pcf->nijfp", tiles, U.reshape(16, C, -1))
    return products @ np.kron(np.abs(A2), np.abs(A2)).T + np.abs(conv.params["b"])[:, np.newaxis]


@pytest.mark.parametrize(
    ("kind", "filters", "shape"), [(DirectStep, 32, (28, 28, 1)), (WinogradStep, 64, (13, 13, 32))]
)
def test_fused_steps(kind, filters, shape, rng):
    is_direct = kind is DirectStep
    conv = built(Conv2D(filters, 3), shape, rng, image=is_direct)
    relu, pool = ReLU(), MaxPool2D(2)
    pool.build(relu.build((shape[0] - 2, shape[1] - 2, filters), rng, np.float32), rng, np.float32)
    (step,) = fuse([conv, relu, pool])
    assert type(step) is kind
    x = normal((N, *shape), rng)
    x[:, : shape[0] // 3] = 0  # blank paper
    y = step.forward(x)

    z = windows(exact(conv).forward(x.astype(np.float64)))
    if is_direct:  # nine products and the bias
        size, roundings = windows(exact(conv, absolute=True).forward(np.abs(x).astype(np.float64))), 10
    else:  # W's transform 9 terms, x's 4, products over channels, the outputs' transform 9, and the bias
        size, roundings = winograd_magnitude(conv, x), 9 + 4 + shape[-1] + 9 + 1
    assert_equal_up_to_rounding(y, np.maximum(z.max(axis=-1), 0), size.max(axis=-1), roundings)

    # Where rounding may decide which of the four is the largest, or above zero, either will do.
    doubt = gamma(roundings, np.float32) * size.max(axis=-1)
    won = step.argmax != NO_WINNER
    index = np.where(won, step.argmax, 0).astype(int)
    winner = np.take_along_axis(z, index[..., np.newaxis], axis=-1)[..., 0]
    assert (winner >= z.max(axis=-1) - 2 * doubt)[won].all()
    assert (winner >= -doubt)[won].all()
    assert (z.max(axis=-1) <= doubt)[~won].all()

    dy = normal(y.shape, rng)
    dz = np.zeros((N, shape[0] - 2, shape[1] - 2, filters), np.float32)
    places = np.put_along_axis, windows(np.arange(dz.size).reshape(dz.shape))
    chosen = np.take_along_axis(places[1], index[..., np.newaxis], axis=-1)[..., 0]
    dz.flat[chosen[won]] = dy[won]
    dx = step.backward(dy)
    # Each number of dx is a sum over the filters of the up to nine outputs that see it.
    assert_gradients(conv, x, dz, step.grads, y[..., 0].size + 4, dx, 9 * filters + 4)


def test_winograd_convolution(rng):
    conv = built(Conv2D(64, 3), (5, 5, 64), rng)
    (fast,) = fuse([conv])
    assert type(fast) is WinogradConv
    x, dy = normal((N, 5, 5, 64), rng), normal((N, 3, 3, 64), rng)
    y = fast.forward(x).copy()
    dx = fast.backward(dy)
    right = exact(conv)
    expected = right.forward(x.astype(np.float64))
    expected_dx = right.backward(dy.astype(np.float64))

    A, B, G = (np.abs(matrix).astype(np.float64) for matrix in (fast.A, fast.B, fast.G))
    values, slopes = np.abs(x).reshape(N, 25, 64), np.abs(dy).reshape(N, 9, 64)
    W = np.abs(conv.params["W"]).astype(np.float64).reshape(9, -1)
    tiles, dproducts = B.T @ values, A @ slopes
    U = (G @ W).reshape(25, 64, 64)
    products = np.einsum("npc,pcf->npf", tiles, U)
    # Terms of one sum after another; entries of G, sixths, are rounded themselves.
    forward = (9 + 1) + 25 + 64 + 25 + 1
    size = (A.T @ products + np.abs(conv.params["b"])).reshape(y.shape)
    assert_equal_up_to_rounding(y, expected, size, forward)
    dU = np.einsum("npc,npf->pcf", tiles, dproducts)
    dW = (G.T @ dU.reshape(25, -1)).reshape(conv.params["W"].shape)
    assert_equal_up_to_rounding(fast.grads["W"], right.grads["W"], dW, 25 + 9 + N + (25 + 1))
    assert_equal_up_to_rounding(fast.grads["b"], right.grads["b"], slopes.sum(axis=(0, 1)), 9 * N)
    size = B @ np.einsum("npf,pcf->npc", dproducts, U)
    backward = 9 + (9 + 1) + 64 + 25
    assert_equal_up_to_rounding(dx, expected_dx, size.reshape(dx.shape), backward)


def test_tiled_convolution(rng):
    conv = built(Conv2D(48, 3), (10, 12, 32), rng)
    (fast,) = fuse([conv])
    assert type(fast) is TiledConv
    x, dy = normal((N, 10, 12, 32), rng), normal((N, 8, 10, 48), rng)
    y = fast.forward(x).copy()
    dx = fast.backward(dy)
    right = exact(conv)
    expected = right.forward(x.astype(np.float64))
    expected_dx = right.backward(dy.astype(np.float64))

    # The same steps on absolute values, tile by tile (n, h, w): p and q are a tile's 4×4 places.
    A, B = (np.abs(matrix).astype(np.float64) for matrix in (A2, B2))
    G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 1]])
    pixels = sliding_window_view(np.abs(x).astype(np.float64), (4, 4), (1, 2))[:, ::2, ::2]
    slopes = np.abs(dy).astype(np.float64).reshape(N, 4, 2, 5, 2, 48)
    tiles = np.einsum("pi,qj,nhwcij->nhwpqc", B, B, pixels)
    dproducts = np.einsum("ap,bq,nhawbf->nhwpqf", A, A, slopes)
    U = np.einsum("pi,qj,ijcf->pqcf", G, G, np.abs(conv.params["W"]).astype(np.float64))
    size = np.einsum("ap,bq,nhwpqf->nhawbf", A, A, np.einsum("nhwpqc,pqcf->nhwpqf", tiles, U))
    size = size.reshape(y.shape) + np.abs(conv.params["b"])
    assert_equal_up_to_rounding(y, expected, size, 2 + 9 + 32 + 4 + 1)
    dU = np.einsum("nhwpqc,nhwpqf->pqcf", tiles, dproducts)
    dW = np.einsum("pi,qj,pqcf->ijcf", G, G, dU)
    assert_equal_up_to_rounding(fast.grads["W"], right.grads["W"], dW, 2 + 2 + 20 * N + 9)
    assert_equal_up_to_rounding(fast.grads["b"], right.grads["b"], slopes.sum((0, 1, 2, 3, 4)), 80 * N)
    dtiles = np.einsum("pi,qj,nhwpqf,pqcf->nhwijc", B, B, dproducts, U, optimize=True)
    size = np.zeros_like(expected_dx)
    for h in range(4):
        for w in range(5):
            size[:, 2 * h : 2 * h + 4, 2 * w : 2 * w + 4] += dtiles[:, h, w]
    assert_equal_up_to_rounding(dx, expected_dx, size, 2 + 9 + 48 + 6 + 3)
