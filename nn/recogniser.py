"""Ink in, answer out: the same few steps for the window, for pictures and for whole sets."""

from typing import NamedTuple

import numpy as np

from nn.data import as_input
from nn.drawing import draw
from nn.errors import UserError
from nn.ink import frame
from nn.losses import softmax
from nn.network import build_cnn
from nn.weights import load_weights


class Reading(NamedTuple):
    """What the network makes of one image: its 28×28 frame of bytes and ten probabilities.

    Below the threshold, its answer counts as "not sure".
    """

    frame: np.ndarray
    probabilities: np.ndarray
    threshold: float

    @property
    def digit(self):
        return int(self.probabilities.argmax())

    @property
    def confidence(self):
        return float(self.probabilities.max())

    @property
    def sure(self):
        return self.confidence >= self.threshold

    @property
    def second(self):
        """The second most likely digit."""
        return int(self.probabilities.argsort()[-2])


def calibration_of(record, weights_file):
    """(temperature, threshold) from weights' record; (1, 0.9) where none were fitted.

    UserError if they are no numbers that can be meant.
    """
    try:
        temperature = float(record.get("temperature", 1.0))
        threshold = float(record.get("threshold", 0.9))
    except (AttributeError, TypeError, ValueError) as error:
        raise UserError(f"{weights_file}: its temperature or threshold is no number") from error
    if not (0 < temperature < np.inf and 0 <= threshold <= 1):
        raise UserError(f"{weights_file}: its temperature or threshold is out of bounds")
    return temperature, threshold


class Recogniser:
    """A trained network that reads single images."""

    def __init__(self, weights_file):
        self.network = build_cnn()
        record = load_weights(weights_file, self.network)
        self.temperature, self.threshold = calibration_of(record, weights_file)

    def read(self, image):
        """A grey image (H, W) of any size, ink bright or dark → Reading, or None without ink."""
        framed = frame(image)
        if framed is None:
            return None
        logits = self.network.forward(as_input(framed[np.newaxis], self.network.dtype))
        return Reading(framed, softmax(logits / self.temperature)[0], self.threshold)

    def warm_up(self):
        """Have numba compile every kernel that drawing and reading use (or load it from its cache)."""
        self.read(draw([np.array([[0, 0], [1, 2]])]))
