"""The digit network: seven layers with weights or pooling, from 28×28 grey pixels to ten logits."""

import numpy as np

from nn.layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU
from nn.network import Sequential


def build_cnn(seed=0, dtype=np.float32):
    """The digit network: 28×28 grey pixels in, ten logits out, 93,322 parameters between."""
    layers = [
        *(Conv2D(32, 3), ReLU(), MaxPool2D(2)),
        *(Conv2D(64, 3), ReLU(), MaxPool2D(2)),
        *(Conv2D(64, 3), ReLU(), Flatten()),
        # Small weights at the end: untrained, the network finds all ten about equally likely.
        *(Dense(64), ReLU(), Dense(10, initial_scale=0.1)),
    ]
    return Sequential(layers, input_shape=(28, 28, 1), seed=seed, dtype=dtype)
