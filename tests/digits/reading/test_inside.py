"""What is shown of the inside is what the plain layers compute; and each value is explained in full."""

import numpy as np
import pytest

from digits.data.dataset import to_input
from digits.model import load_cnn
from digits.paths import project_path
from digits.reading.inside import Inside, corrupted, mosaic
from nn.layers import Conv2D, Dense, ReLU
from tests.helpers import in_float64
from tests.rounding import assert_equal_up_to_rounding


@pytest.fixture(scope="module")
def inside(recogniser):
    return Inside(recogniser.network, recogniser.calibration)


@pytest.fixture(scope="module")
def frame(train_digits):
    return train_digits.images[3]


def test_every_map_is_that_of_the_plain_layers(inside, frame):
    network, _ = load_cnn(project_path("weights/digits.npz"), plain=True)
    x = to_input(frame[np.newaxis])
    outputs = []  # of each convolution and dense layer, and then after its ReLU
    for layer in network.layers:
        x = layer.forward(x)
        if isinstance(layer, (Conv2D, Dense)):
            outputs.append([x[0].copy(), x[0].copy()])
        elif isinstance(layer, ReLU):
            outputs[-1][1] = x[0].copy()
    look = inside.look(frame)
    assert list(look.layers) == ["conv1", "conv2", "conv3", "dense1", "dense2"]
    for layer, (z, y) in zip(look.layers.values(), outputs, strict=True):
        np.testing.assert_array_equal(layer.z.ravel(), z.ravel())
        np.testing.assert_array_equal(layer.y.ravel(), y.ravel())
    shapes = [layer.y.shape for layer in look.layers.values()]
    assert shapes == [(26, 26, 32), (11, 11, 64), (3, 3, 64), (1, 1, 64), (1, 1, 10)]
    np.testing.assert_array_equal(look.probabilities, inside.calibration.probabilities(x)[0])


@pytest.mark.parametrize("name", ["conv1", "conv2", "conv3", "dense1", "dense2"])
def test_patch_filter_and_bias_add_up_to_the_value(name, inside, frame, rng):
    look = inside.look(frame)
    layer = look.layers[name]
    for _ in range(30):
        place = tuple(int(rng.integers(side)) for side in layer.y.shape)
        found = look.explain(name, place)
        for term in found.terms:
            assert term.total == pytest.approx(np.sum(term.patch * term.weights), abs=1e-9)
        KH, KW = layer.W.shape[:2]
        i, j, f = (found.top, found.left, place[2])
        products = layer.x[i : i + KH, j : j + KW].astype(np.float64) * layer.W[..., f]
        exact, size = products.sum() + found.bias, np.abs(products).sum() + abs(found.bias)
        assert_equal_up_to_rounding(layer.z[place], exact, size, products.size + 1)
        total = np.float32(sum(term.total for term in found.terms) + found.rest + found.bias)
        assert_equal_up_to_rounding(total, exact, size, products.size + 1)
        assert found.total == layer.z[place]
        assert found.value == (layer.z[place] if name == "dense2" else max(layer.z[place], 0))
        assert len(found.terms) == min(3, layer.x.shape[2])
        sizes = [abs(term.total) for term in found.terms]
        assert sizes == sorted(sizes, reverse=True)
        largest = np.sort(np.abs(products.sum(axis=(0, 1))))[::-1][:3]
        assert_equal_up_to_rounding(np.float32(sizes), largest, size, products.size)
        patch = layer.x[found.top : found.top + KH, found.left : found.left + KW, found.terms[0].channel]
        np.testing.assert_array_equal(found.terms[0].patch, patch)


def test_pooling_says_which_of_the_four_goes_on(inside, frame):
    look = inside.look(frame)
    y = look.layers["conv1"].y
    i, j, f = np.unravel_index(y.argmax(), y.shape)
    pooling = look.explain("conv1", (int(i), int(j), int(f))).pooling
    assert pooling.winner == pooling.own == (i % 2, j % 2)
    assert pooling.values.max() == y.max()
    other = look.explain("conv1", (int(i) ^ 1, int(j), int(f))).pooling
    assert other.winner == (i % 2, j % 2) != other.own
    winners = set()
    for i, j in np.ndindex(12, 12):
        pooling = look.explain("conv1", (2 * i, 2 * j, int(f))).pooling
        assert pooling.values[pooling.winner] == pooling.values.max()
        winners.add(pooling.winner)
    assert len(winners) == 4
    assert look.explain("conv2", (10, 3, 0)).pooling is None  # the last row fills no window
    assert look.explain("conv3", (0, 0, 0)).pooling is None
    blank = inside.look(np.zeros((28, 28), np.uint8)).explain("conv1", (1, 1, 0)).pooling
    assert blank.winner == (0, 0)  # as everywhere, the first of equals


def test_saliency_is_the_gradient_times_the_input(recogniser, frame):
    """Against nudges of single pixels, in float64."""
    exact = in_float64(recogniser.network, plain=True)
    inside = Inside(exact, recogniser.calibration)
    x = to_input(frame[np.newaxis], np.float64)
    look = inside.look(frame, digit=4)
    assert look.digit == 4
    for row, column in zip(*np.nonzero(frame), strict=True):
        logits = []
        for nudge in (1e-6, -1e-6):
            moved = x.copy()
            moved[0, row, column] += nudge
            logits.append(exact.forward(moved)[0].copy())
        slope = (logits[0] - logits[1]) / 2e-6
        expected = (slope[4] - slope.mean()) * x[0, row, column, 0]
        assert look.saliency[row, column] == pytest.approx(expected, abs=1e-5)
    assert not look.saliency[frame == 0].any()
    assert inside.look(frame).digit == inside.look(frame).probabilities.argmax()


def test_a_look_is_not_changed_by_the_next(inside, train_digits):
    look = inside.look(train_digits.images[0])
    before = {name: layer.y.copy() for name, layer in look.layers.items()}
    inside.look(train_digits.images[1])
    for name, layer in look.layers.items():
        np.testing.assert_array_equal(layer.y, before[name])


def test_corrupted_frames(frame):
    np.testing.assert_array_equal(corrupted(frame, 0, 0, 0), frame)
    around = corrupted(corrupted(frame, 40, 0, 0), -40, 0, 0)
    assert np.corrcoef(around.ravel(), frame.ravel())[0, 1] > 0.9
    assert np.corrcoef(corrupted(frame, 40, 0, 0).ravel(), frame.ravel())[0, 1] < 0.8
    assert corrupted(frame, 0, 0, 1.5).max() < frame.max()
    assert corrupted(frame, 0, 0.3, 0)[frame == 0].any()


def test_a_mosaic_has_each_map_in_its_place(rng):
    maps = rng.random((3, 2, 5))
    picture = mosaic(maps, columns=3)
    assert picture.shape == (8, 9)
    scaled = 255 * maps / maps.max()
    for k in range(5):
        top, left = k // 3 * 4, k % 3 * 3
        np.testing.assert_allclose(picture[top : top + 3, left : left + 2], scaled[..., k], atol=0.51)
    assert not picture[3].any()
    assert not picture[:, 2].any()
    assert not mosaic(np.zeros((2, 2, 4)), 2).any()
