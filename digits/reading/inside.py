"""What goes on inside the network while it reads one frame: every value, and what made it.

The plain layers are run (nn/layers.py), whose outputs can all be looked at. The same network run
backward says which pixels speak for a digit and which against it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from digits.data.corruption import corrupt
from digits.data.dataset import Dataset, to_input
from digits.model import build_cnn
from digits.reading.calibration import Calibration
from nn.layers import Conv2D, Dense, MaxPool2D, ReLU
from nn.network import Sequential

TOP = 3  # channels of an Explanation that are named
Place = tuple[int, int, int]  # row, column and channel of a value


class Values(NamedTuple):
    """What a convolution or dense layer works with. (A dense one is a convolution as large as its x.)"""

    x: ndarray  # (H, W, C), what goes in
    W: ndarray  # (KH, KW, C, F)
    b: ndarray  # (F,)
    z: ndarray  # (OH, OW, F): the weighted sums
    y: ndarray  # (OH, OW, F): after ReLU; the logits, which have none, as they are


class Term(NamedTuple):
    """What one channel adds to a value: the sum of patch times filter."""

    channel: int
    patch: ndarray  # (KH, KW)
    weights: ndarray  # (KH, KW)
    total: float


class Pooling(NamedTuple):
    """The window that a value is pooled in."""

    values: ndarray  # (2, 2), of which the largest goes on
    winner: tuple[int, int]
    own: tuple[int, int]  # where in the window the value is


class Explanation(NamedTuple):
    """Why a value is what it is: total = the terms' totals + rest + bias, and value = max(total, 0)."""

    terms: list[Term]  # the channels that add, or take away, most
    rest: float  # of all other channels
    bias: float
    total: float
    value: float
    top: int  # where the patch begins in the layer's input
    left: int
    pooling: Pooling | None  # where a pooling follows, and takes in this value


@dataclass(frozen=True)
class Look:
    """Everything about one frame."""

    frame: ndarray  # (28, 28) bytes
    layers: dict[str, Values]  # conv1 to conv3, dense1, dense2
    probabilities: ndarray  # (10,), of just this frame; see Recogniser for what it is not sure of
    digit: int  # which the saliency is of
    saliency: ndarray  # (28, 28): how much each pixel speaks for this digit, or against it

    def explain(self, name: str, place: Place) -> Explanation:
        """Why the value at this (row, column, channel) of this layer is what it is."""
        i, j, f = place
        layer = self.layers[name]
        KH, KW = layer.W.shape[:2]
        patch = layer.x[i : i + KH, j : j + KW].astype(np.float64)
        weights = layer.W[..., f].astype(np.float64)
        totals = np.sum(patch * weights, axis=(0, 1))
        order = np.argsort(-np.abs(totals), kind="stable")[:TOP].tolist()
        terms = [Term(c, patch[..., c], weights[..., c], float(totals[c])) for c in order]
        rest = float(totals.sum() - totals[order].sum())
        pooling = _pooling(layer.y, place) if name in ("conv1", "conv2") else None
        bias, total, value = (float(array) for array in (layer.b[f], layer.z[place], layer.y[place]))
        return Explanation(terms, rest, bias, total, value, i, j, pooling)


class Inside:
    """Looks into a copy of this network."""

    def __init__(self, network: Sequential, calibration: Calibration) -> None:
        self.network = build_cnn(dtype=network.dtype)
        self.network.parameters[:] = network.parameters
        self.network.layers[0].needs_dx = True  # here somebody wants dL/dimage
        self.calibration = calibration

    def look(self, frame: ndarray, digit: int | None = None) -> Look:
        """A frame (28, 28) of bytes, and what is inside; saliency of the likeliest digit, or of this."""
        x = image = to_input(frame[np.newaxis], self.network.dtype)
        layers: dict[str, Values] = {}
        last = ""
        for name, layer in zip(self.network.names, self.network.layers, strict=True):
            y = layer.forward(x)
            if isinstance(layer, (Conv2D, Dense)):
                last = name
                W = layer.params["W"]
                # Flatten has put the last maps in one row: seen as maps, dense1 spans all of them.
                source = np.atleast_3d(x[0]) if isinstance(layer, Conv2D) else self._as_maps(x)
                shape = (*W.shape,) if W.ndim == 4 else (*source.shape, W.shape[1])
                z = y[0].reshape((1, 1, -1) if W.ndim == 2 else y[0].shape)
                layers[name] = Values(source, W.reshape(shape), layer.params["b"], z, z)
            elif isinstance(layer, ReLU):
                layers[last] = layers[last]._replace(y=y[0].reshape(layers[last].z.shape))
            x = y
        probabilities = self.calibration.probabilities(x)[0]
        digit = int(probabilities.argmax()) if digit is None else digit
        saliency = self._saliency(digit, x.shape[1]) * image[0, ..., 0]
        return Look(frame, layers, probabilities, digit, saliency)

    def _as_maps(self, x: ndarray) -> ndarray:
        """The input (1, D) of a dense layer as (H, W, C)."""
        before = self.network.shapes[self.network.names.index("flatten1")]
        return x[0].reshape(before) if x.size == np.prod(before) else x[0].reshape(1, 1, -1)

    def _saliency(self, digit: int, classes: int) -> ndarray:
        """The gradient (28, 28) of this digit's logit less the mean of all ten, after a forward.

        Times the input it says how much each pixel gives: Shrikumar, Greenside, Shcherbina and Kundaje,
        "Not Just a Black Box: Learning Important Features Through Propagating Activation Differences"
        (2016), section 2.
        """
        dy: ndarray = np.full((1, classes), -1 / classes, self.network.dtype)
        dy[0, digit] += 1
        for layer in reversed(self.network.layers):
            dx = layer.backward(dy)
            assert dx is not None  # the first layer has been told that it is needed
            dy = dx
        return dy[0, ..., 0]


def corrupted(frame: ndarray, rotation: float, noise: float, blur: float) -> ndarray:
    """A frame (28, 28), turned, blurred and noisy; units as in digits/data/corruption.py."""
    dataset = Dataset(frame[np.newaxis], np.zeros(1, int))
    if rotation:
        dataset = corrupt("rotation", rotation, dataset)
    if blur:
        dataset = corrupt("blur", blur, dataset)
    if noise:
        dataset = corrupt("noise", noise, dataset)
    image: ndarray = dataset.images[0]
    return image


def mosaic(maps: ndarray, columns: int) -> ndarray:
    """Feature maps (H, W, F) ≥ 0 → bytes, `columns` maps a row, each with a line of 0 to its right and
    below; the largest value of all is 255."""
    H, W, F = maps.shape
    rows = -(-F // columns)
    padded = np.zeros((rows * columns, H + 1, W + 1), np.float32)
    padded[:F, :H, :W] = maps.transpose(2, 0, 1)
    tiles = padded.reshape(rows, columns, H + 1, W + 1).transpose(0, 2, 1, 3)
    scaled = tiles.reshape(rows * (H + 1), columns * (W + 1)) * (255 / max(float(maps.max()), 1e-9))
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


def _pooling(y: ndarray, place: Place) -> Pooling | None:
    """The 2×2 window with this value, as MaxPool2D has it; None where its row or column is left out."""
    i, j, f = place
    window = y[i // 2 * 2 : i // 2 * 2 + 2, j // 2 * 2 : j // 2 * 2 + 2, f]
    if window.shape != (2, 2):
        return None
    pool = MaxPool2D(2)
    pool.build((2, 2, 1), np.random.default_rng(0), window.dtype)
    pool.forward(window.reshape(1, 2, 2, 1))
    row, column = divmod(int(pool.argmax[0, 0, 0, 0]), 2)
    return Pooling(window, (row, column), (i % 2, j % 2))
