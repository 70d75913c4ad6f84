"""Weights come back as they were; a file that is off in any way is refused in one clear line."""

import json
import os
import zipfile

import numpy as np
import pytest

from digits.model import build_cnn
from nn.errors import UserError
from nn.layers import Dense
from nn.network import Sequential
from nn.optimizers import Adam, WeightAverage
from nn.weights import load_checkpoint, load_weights, save_checkpoint, save_weights


@pytest.fixture
def saved(tmp_path):
    network = build_cnn(seed=1)
    path = tmp_path / "digits.npz"
    save_weights(path, network, {"note": "für Ö"})
    return path, network


def contents(path):
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def test_round_trip(saved):
    path, network = saved
    other = build_cnn(seed=2)
    assert load_weights(path, other) == {"note": "für Ö"}
    np.testing.assert_array_equal(other.parameters, network.parameters)
    np.testing.assert_array_equal(other.layers[0].params["W"], network.layers[0].params["W"])


def test_checkpoint_round_trip(tmp_path, rng):
    def start(seed):
        network = build_cnn(seed=seed)
        return network, Adam(network.parameters), WeightAverage(network.parameters)

    def step(network, adam, average, gradient):
        adam.step([gradient], 0.01)
        average.update()

    gradients = rng.standard_normal((4, 93322)).astype(np.float32)
    one, other = start(1), start(2)
    for gradient in gradients[:3]:
        step(*one, gradient)
    save_checkpoint(tmp_path / "c.npz", *one, {"epochs": []})
    assert load_checkpoint(tmp_path / "c.npz", *other) == {"epochs": []}
    for each in (one, other):
        step(*each, gradients[3])
    np.testing.assert_array_equal(one[0].parameters, other[0].parameters)
    np.testing.assert_array_equal(one[2].average, other[2].average)
    assert other[1].t == other[2].t == 4


def not_finite(arrays):
    arrays["conv2.W"][1, 2, 3, 4] = np.nan


def header_with(**changes):
    def change(arrays):
        header = json.loads(str(arrays["header"])) | changes
        arrays["header"] = np.array(json.dumps(header))

    return change


CORRUPTIONS = {
    "lacks arrays: dense1.b": lambda arrays: arrays.pop("dense1.b"),
    "has unknown arrays: extra": lambda arrays: arrays.update(extra=np.zeros(2)),
    "conv1.b is float32 (16,), not float32 (32,)": lambda a: a.update({"conv1.b": a["conv1.b"][:16]}),
    "dense2.W is float64": lambda a: a.update({"dense2.W": a["dense2.W"].astype(float)}),
    "conv2.W holds values that are not finite": not_finite,
    "another architecture": header_with(architecture={"input_shape": [28, 28, 1], "layers": []}),
    "format 99, not weights 2": header_with(format=99),
    "is a checkpoint file": header_with(kind="checkpoint"),
    "its header is missing or damaged": lambda arrays: arrays.pop("header"),
    "header is missing or damaged": lambda arrays: arrays.update(header=np.array("{")),
    "no weights file: its header is missing or damaged": header_with(record=["epochs"]),
    "no weights file: its header": lambda arrays: arrays.update(header=np.array("[" * 100_000)),
}


@pytest.mark.parametrize("message", CORRUPTIONS)
def test_corrupt_arrays_are_refused(saved, message):
    path, _ = saved
    arrays = contents(path)
    CORRUPTIONS[message](arrays)
    np.savez(path, **arrays)
    network = build_cnn(seed=9)
    before = network.parameters.copy()
    with pytest.raises(UserError) as refusal:
        load_weights(path, network)
    assert message in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    np.testing.assert_array_equal(network.parameters, before)  # nothing was half loaded


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"hello",
        b"\x93NUMPY\x01\x00",
        "first half",
        "one byte off",
        "an object",
        "no array",
        "no end of a bracket",
    ],
)
def test_files_that_are_no_weights_are_refused(saved, content):
    path, network = saved
    whole = path.read_bytes()
    if content == "first half":
        content = whole[: len(whole) // 2]
    elif content == "one byte off":
        middle = len(whole) // 2
        content = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    elif content == "an object":  # a pickle, which could run code when loaded
        np.savez(path, header=np.array([{"a": 1}], dtype=object))
        content = path.read_bytes()
    elif content == "no array":
        with zipfile.ZipFile(path, "a") as packed:
            packed.writestr("note.txt", "hello")
        content = path.read_bytes()
    elif content == "no end of a bracket":  # in what is said there of an array
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("header.npy", b"\x93NUMPY\x01\x00\x0a\x00{'shape': (")
        content = path.read_bytes()
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"digits\.npz is no weights file"):
        load_weights(path, network)


def test_a_missing_file_is_left_to_the_caller(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_weights(tmp_path / "none.npz", build_cnn())


def test_a_folder_is_no_weights_file(tmp_path):
    with pytest.raises(UserError, match="cannot read"):
        load_weights(tmp_path, build_cnn())


def test_full_disk_leaves_the_old_file(saved, monkeypatch):
    path, network = saved
    before = path.read_bytes()

    def full(file, **_):
        file.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(UserError, match=r"cannot write .*digits\.npz: No space left on device"):
        save_weights(path, network, {})
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["digits.npz"]


def test_large_networks_are_saved_and_loaded_again(tmp_path):
    network = Sequential([Dense(3600)], (3600,))
    save_weights(tmp_path / "w.npz", network, {})
    load_weights(tmp_path / "w.npz", network)


@pytest.mark.parametrize("t", [-1, 2**63 - 1])
def test_a_checkpoint_of_an_impossible_number_of_steps_is_refused(t, tmp_path):
    network = build_cnn()
    state = network, Adam(network.parameters), WeightAverage(network.parameters)
    state[1].t = t
    save_checkpoint(tmp_path / "c.npz", *state, {})
    with pytest.raises(UserError, match=rf"c\.npz: t, the number of steps taken, is {t}"):
        load_checkpoint(tmp_path / "c.npz", *state)


def test_a_checkpoint_with_negative_squares_is_refused(tmp_path):
    network = build_cnn()
    state = network, Adam(network.parameters), WeightAverage(network.parameters)
    state[1].v[0][7] = -1e-9
    save_checkpoint(tmp_path / "c.npz", *state, {})
    with pytest.raises(UserError, match=r"c\.npz: v, a mean of squares"):
        load_checkpoint(tmp_path / "c.npz", *state)
