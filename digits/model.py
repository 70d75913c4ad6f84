"""The digit network: 28×28 grey pixels in, ten logits out, 93,322 parameters between."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from nn.errors import UserError
from nn.fast import accelerate
from nn.layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU
from nn.network import Sequential
from nn.weights import load_weights

# The shipped weights are below 2. Up to this no sum can overflow, whatever the image: five layers with
# sums of 9, 288, 576, 576 and 64 products give at most 10²⁶, where float32 reaches 10³⁸.
MAX_WEIGHT = 1000.0


def build_cnn(seed: int = 0, dtype: DTypeLike = np.float32) -> Sequential:
    """The network with random weights."""
    layers = [
        *(Conv2D(32, 3), ReLU(), MaxPool2D(2)),
        *(Conv2D(64, 3), ReLU(), MaxPool2D(2)),
        *(Conv2D(64, 3), ReLU(), Flatten()),
        # Small weights at the end, so that initial predictions are close to uniform.
        *(Dense(64), ReLU(), Dense(10, initial_scale=0.1)),
    ]
    return Sequential(layers, input_shape=(28, 28, 1), seed=seed, dtype=dtype)


def load_cnn(weights_file: Path, plain: bool = False) -> tuple[Sequential, dict[str, Any]]:
    """The network with trained weights, accelerated unless `plain`, and their record.

    UserError where they cannot be read.
    """
    network = build_cnn() if plain else accelerate(build_cnn())
    try:
        record = load_weights(weights_file, network)
    except FileNotFoundError as error:
        message = f"there is no weights file {weights_file}: python train.py makes one"
        raise UserError(message) from error
    largest = float(np.max(np.abs(network.parameters)))
    if largest > MAX_WEIGHT:
        raise UserError(f"{weights_file} has weights of up to {largest:g}: no training makes such")
    return network, record
