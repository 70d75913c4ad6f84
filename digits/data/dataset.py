"""Images and their labels, row by row."""

from typing import NamedTuple

import numpy as np


class Digits(NamedTuple):
    """Images (N, 28, 28) uint8, ink bright (255) on black paper (0), and labels (N,) uint8."""

    images: np.ndarray
    labels: np.ndarray

    def __getitem__(self, which):
        return Digits(self.images[which], self.labels[which])


def split(digits, validation, seed):
    """Set `validation` randomly chosen digits aside → (those to train on, those to validate on)."""
    order = np.random.default_rng([seed, 1]).permutation(len(digits.labels))
    return digits[order[validation:]], digits[order[:validation]]


def as_input(images, dtype=np.float32):
    """Bytes (N, 28, 28) → what the network takes: (N, 28, 28, 1), paper 0, full ink 1."""
    return np.multiply(images, 1 / 255, dtype=dtype)[..., np.newaxis]
