"""Ink in, answer out: the same few steps for the window, for pictures and for whole sets."""

from typing import NamedTuple

import numpy as np

from digits.calibration import likeness
from digits.data.dataset import as_input
from digits.ink.drawing import draw
from digits.ink.framing import ASIDE, FARTHEST, aside, frame
from digits.model import build_cnn
from nn.errors import UserError
from nn.losses import softmax
from nn.weights import load_weights


class Reading(NamedTuple):
    """What the network makes of one image: the 28×28 bytes that it was shown and ten probabilities.

    They say which digit it is if it is one; `is_digit` says whether it looks like one.
    """

    shown: np.ndarray
    probabilities: np.ndarray
    is_digit: bool

    @property
    def digit(self):
        return int(self.probabilities.argmax())

    @property
    def confidence(self):
        return float(self.probabilities.max())

    @property
    def second(self):
        """The second most likely digit."""
        return int(self.probabilities.argsort()[-2])


def how_to_read(record, weights_file):
    """(temperature, threshold, pixels aside) from weights' record; (1, ln 10, ASIDE) where it has none.

    UserError if they are no numbers that can be meant.
    """
    try:
        temperature = float(record.get("temperature", 1.0))
        threshold = float(record.get("threshold", np.log(10)))
        pixels = record.get("aside", ASIDE)
    except (TypeError, ValueError) as error:
        raise UserError(f"{weights_file}: its temperature or threshold is no number") from error
    if not (0 < temperature < np.inf and 0 <= threshold < np.inf):
        raise UserError(f"{weights_file}: its temperature or threshold is out of bounds")
    if not isinstance(pixels, int) or pixels not in range(FARTHEST + 1):
        raise UserError(f"{weights_file}: how far drawings stand aside is out of bounds")
    return temperature, threshold, pixels


class Recogniser:
    """A trained network that reads single images."""

    def __init__(self, weights_file):
        self.network = build_cnn()
        record = load_weights(weights_file, self.network)
        self.temperature, self.threshold, self.aside = how_to_read(record, weights_file)

    def read(self, image, paper=None):
        """A grey image (H, W) of any size, ink bright or dark → Reading, or None without ink.

        The paper's value is found by itself where it is not given; see ink.py.
        """
        framed = frame(image, paper)
        if framed is None:
            return None
        shown = aside(framed, self.aside)
        logits = self.network.forward(as_input(shown[np.newaxis], self.network.dtype))
        logits = logits / self.temperature
        is_digit = bool(likeness(logits)[0] >= self.threshold)
        return Reading(shown, softmax(logits)[0], is_digit)

    def warm_up(self):
        """Have numba compile every kernel that drawing and reading use (or load it from its cache)."""
        self.read(draw([np.array([[0, 0], [1, 2]])]))
