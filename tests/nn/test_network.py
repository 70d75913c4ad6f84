"""The whole network: shapes, gradients of all parameters at once, and that it can learn."""

import numpy as np
import pytest

import nn
from digits.model import build_cnn
from nn.fast import accelerate
from nn.gradient_check import check_network
from nn.layers import Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU
from nn.losses import softmax_cross_entropy
from nn.network import Sequential, describe
from nn.optimizers import Adam


def test_summary_of_the_digit_network():
    network = build_cnn()
    assert [row for row in network.summary_rows() if not row[0].startswith("relu")] == [
        ("conv1", "32 × 3×3", (26, 26, 32), 320),
        ("pool1", "max 2×2", (13, 13, 32), 0),
        ("conv2", "64 × 3×3", (11, 11, 64), 18_496),
        ("pool2", "max 2×2", (5, 5, 64), 0),
        ("conv3", "64 × 3×3", (3, 3, 64), 36_928),
        ("flatten1", "", (576,), 0),
        ("dense1", "64 units", (64,), 36_928),
        ("dense2", "10 units", (10,), 650),
        ("softmax", "", (10,), 0),
    ]
    text = network.summary()
    for shape in ("26·26·32", "13·13·32", "11·11·64", "5·5·64", "3·3·64", "576", "93,322"):
        assert shape in text


def test_unusual_options_are_described():
    assert describe(Conv2D(4, (3, 2), stride=(2, 1), padding=1)) == "4 × 3×2 /2×1 pad 1×1"
    assert describe(MaxPool2D(3, 2)) == "max 3×3 /2×2"


def test_shapes_of_what_really_flows(rng):
    network = build_cnn()
    x = rng.random((3, 28, 28, 1), dtype=np.float32)
    for layer, shape in zip(network.layers, network.shapes[1:], strict=True):
        x = layer.forward(x)
        assert x.shape == (3, *shape)
        assert x.dtype == np.float32


@pytest.mark.parametrize("prepare", [accelerate, lambda network: network])
def test_gradient_of_all_93322_parameters(prepare, rng):
    network = prepare(build_cnn(dtype=np.float64))
    network.parameters += 0.01 * rng.standard_normal(network.parameters.size)  # biases too
    x = rng.random((2, 28, 28, 1))
    labels = rng.integers(0, 10, 2)
    for _ in range(3):
        check_network(network, x, labels, softmax_cross_entropy, rng, tolerance=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_loss_of_an_untrained_network_is_about_ln_10(seed, train_digits):
    x = train_digits.images[:500, :, :, np.newaxis].astype(np.float32) / 255
    losses, _ = softmax_cross_entropy(build_cnn(seed=seed).forward(x), train_digits.labels[:500])
    assert losses.mean() == pytest.approx(np.log(10), abs=0.05)


def test_32_digits_can_be_learned_by_heart(train_digits):
    network = accelerate(build_cnn(seed=1))
    adam = Adam(network.parameters)
    x = train_digits.images[:32, :, :, np.newaxis].astype(np.float32) / 255
    labels = train_digits.labels[:32]
    for _ in range(60):
        _, dlogits = softmax_cross_entropy(network.forward(x), labels)
        network.backward(dlogits)
        adam.step(network.gradients / 32, learning_rate=2e-3)
    assert (network.forward(x).argmax(axis=1) == labels).all()


def test_layers_are_views_of_the_flat_vectors(rng):
    network = build_cnn()
    assert sum(p.size for p in network.named_parameters().values()) == network.parameters.size == 93322
    for layer in network.layers:
        for name, parameter in layer.params.items():
            assert np.shares_memory(parameter, network.parameters)
            assert np.shares_memory(layer.grads[name], network.gradients)
    network.parameters[:] = 0
    assert not network.forward(rng.random((2, 28, 28, 1), dtype=np.float32)).any()


def test_only_the_first_layer_need_not_find_dx():
    network = build_cnn(dtype=np.float64)
    assert [layer.needs_dx for layer in network.layers] == [False, *[True] * 11]
    assert network.dtype == np.float64


def test_the_seed_that_is_left_out_is_0():
    layers = [[Dense(3)], [Dense(3)]]
    one, other = Sequential(layers[0], (2,)), Sequential(layers[1], (2,), seed=0)
    np.testing.assert_array_equal(one.parameters, other.parameters)


def test_same_seed_same_parameters_other_seed_others():
    assert (build_cnn(seed=5).parameters == build_cnn(seed=5).parameters).all()
    assert (build_cnn(seed=5).parameters != build_cnn(seed=6).parameters).any()


def test_any_stack_of_layers_makes_a_network(rng):
    layers = [Conv2D(3, (2, 3), stride=2, padding=1), ReLU(), MaxPool2D(2, 1), Flatten(), Dense(4)]
    network = Sequential(layers, (7, 6, 2), seed=2, dtype=np.float64)
    labels = rng.integers(0, 4, 3)
    check_network(network, rng.random((3, 7, 6, 2)), labels, softmax_cross_entropy, rng, 1e-6)


@pytest.mark.parametrize("layers", [[], [ReLU()] * 2])
def test_layers_are_needed_and_each_once(layers):
    with pytest.raises(ValueError, match="object of its own"):
        Sequential(layers, (3,))


@pytest.mark.parametrize("prepare", [accelerate, lambda network: network])
def test_inputs_of_another_shape_are_refused(prepare):
    with pytest.raises(ValueError, match=r"the shape \(28, 28, 3\), not \(28, 28, 1\)"):
        prepare(build_cnn()).forward(np.zeros((2, 28, 28, 3), np.float32))


def test_a_layer_that_has_been_in_another_network(rng):
    conv = Conv2D(2, 3)
    Sequential([conv, Flatten()], (5, 5, 1))
    network = Sequential([ReLU(), conv, Flatten(), Dense(3)], (6, 5, 1), dtype=np.float64)
    x, labels = rng.random((2, 6, 5, 1)), np.array([0, 2])
    check_network(network, x, labels, softmax_cross_entropy, rng, 1e-6)


def test_a_network_without_parameters(rng):
    network = Sequential([ReLU()], (3,))
    assert network.parameters.shape == (0,)
    assert network.forward(np.full((2, 3), -1, np.float32)).tolist() == [[0] * 3] * 2


def test_every_public_name_can_be_imported():
    for name in nn.__all__:
        assert getattr(nn, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Conv3D'"):
        nn.Conv3D  # noqa: B018


def test_a_layer_of_ones_own_is_called_by_its_name():
    class Cube(Layer):
        def forward(self, x):
            return x**3

    class Wide(Dense):
        """With other results than Dense, maybe: its weights are not Dense's."""

    network = Sequential([Cube(), Wide(2)], (3,))
    assert network.names == ["cube1", "wide1"]
    assert network.architecture()["layers"] == [{"kind": "cube"}, {"kind": "wide", "units": 2}]
