"""The three networks: one finds ink, one reads a line of digits and signs, one reads a digit."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from digits.ink.pixels import CELL, CHANNELS, REACH
from nn.errors import UserError
from nn.fast import accelerate
from nn.layers import ANY, Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU
from nn.network import Sequential
from nn.weights import load_weights

# The shipped weights are below 2. Up to this no sum can overflow, whatever the image: five layers with
# sums of 9, 288, 576, 576 and 64 products give at most 10²⁶, where float32 reaches 10³⁸.
MAX_WEIGHT = 1000.0


# The line network's classes: ten digits, decimal point or comma, minus, slash, anything else. Behind
# them comes CTC's blank.
CHARACTERS = "0123456789.−/?"
POINT, MINUS, SLASH, OTHER = range(10, 14)


def build_cnn(seed: int = 0, dtype: DTypeLike = np.float32) -> Sequential:
    """The digit network: 28×28 grey pixels in, ten logits out, 93,322 parameters between."""
    layers = [
        *(Conv2D(32, 3), ReLU(), MaxPool2D(2)),
        *(Conv2D(64, 3), ReLU(), MaxPool2D(2)),
        *(Conv2D(64, 3), ReLU(), Flatten()),
        # Small weights at the end, so that initial predictions are close to uniform.
        *(Dense(64), ReLU(), Dense(10, initial_scale=0.1)),
    ]
    return Sequential(layers, input_shape=(28, 28, 1), seed=seed, dtype=dtype)


def build_line_network(seed: int = 0, dtype: DTypeLike = np.float32) -> Sequential:
    """The line network: an image of 28 rows and any width in, 15 logits out for every second column.

    116,063 parameters. Each output sees 28 columns; rows become fewer from layer to layer until one is
    left: 28, 26, 13, 11, 9, 4, 2, 1.
    """
    layers = [
        *(Conv2D(24, 3), ReLU(), MaxPool2D(2)),
        *(Conv2D(48, 3), ReLU()),
        *(Conv2D(48, 3), ReLU(), MaxPool2D((2, 1))),
        *(Conv2D(64, 3), ReLU()),
        *(Conv2D(64, (2, 3)), ReLU()),
        *(Conv2D(96, (1, 5)), ReLU()),
        Conv2D(len(CHARACTERS) + 1, 1),
    ]
    return Sequential(layers, input_shape=(28, ANY, 1), seed=seed, dtype=dtype)


def build_ink_network(seed: int = 0, dtype: DTypeLike = np.float32) -> Sequential:
    """The ink network: what the retina shows of a picture (H, W) in, 16 logits a cell out.

    73,576 parameters. See digits/ink/pixels.py.
    """
    layers: list[Layer] = []
    for _ in range(REACH):
        layers += [Conv2D(40, 3), ReLU()]
    layers.append(Conv2D(CELL * CELL, 1))
    return Sequential(layers, input_shape=(ANY, ANY, CHANNELS), seed=seed, dtype=dtype)


def load_cnn(weights_file: Path, plain: bool = False) -> tuple[Sequential, dict[str, Any]]:
    """The digit network with trained weights, accelerated unless `plain`, and their record.

    UserError where they cannot be read.
    """
    return _load(build_cnn(), weights_file, plain)


def load_line_network(weights_file: Path, plain: bool = False) -> tuple[Sequential, dict[str, Any]]:
    """The line network, likewise."""
    return _load(build_line_network(), weights_file, plain)


def load_ink_network(weights_file: Path, plain: bool = False) -> tuple[Sequential, dict[str, Any]]:
    """The ink network, likewise."""
    return _load(build_ink_network(), weights_file, plain)


def _load(network: Sequential, weights_file: Path, plain: bool) -> tuple[Sequential, dict[str, Any]]:
    if not plain:
        accelerate(network)
    try:
        record = load_weights(weights_file, network)
    except FileNotFoundError as error:
        message = f"there is no weights file {weights_file}: python train.py makes one"
        raise UserError(message) from error
    largest = float(np.max(np.abs(network.parameters)))
    if largest > MAX_WEIGHT:
        raise UserError(f"{weights_file} has weights of up to {largest:g}: no training makes such")
    return network, record
