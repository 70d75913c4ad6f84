"""Ink in, answer out: the same few steps for the window, for pictures and for whole sets."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from digits.calibration import Calibration
from digits.data.dataset import to_input
from digits.ink.drawing import render_strokes
from digits.ink.framing import apply_domain_offset, frame
from digits.model import load_cnn


class Prediction(NamedTuple):
    """What the network makes of one image: the 28×28 bytes that it was given and ten probabilities.

    They say which digit it is if it is one; `is_digit` says whether it looks like one.
    """

    network_input: ndarray  # the frame, moved by the domain offset
    probabilities: ndarray
    is_digit: bool

    @property
    def digit(self) -> int:
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        return float(self.probabilities.max())

    @property
    def runner_up(self) -> int:
        """The second most likely digit."""
        return int(self.probabilities.argsort()[-2])


class Recogniser:
    """A trained network that reads single images. UserError where its weights cannot be read.

    fused=False runs nn/layers.py as it stands; see nn.network.Sequential.
    """

    def __init__(self, weights_file: Path, fused: bool = True) -> None:
        self.network, record = load_cnn(weights_file, fused)
        self.calibration = Calibration.from_record(record, weights_file)

    def read(self, image: ndarray, paper: float | None = None) -> Prediction | None:
        """A grey image (H, W) of any size, ink bright or dark → what it shows, or None without ink.

        The paper's value is found by itself where it is not given; see framing.py.
        """
        framed = frame(image, paper)
        if framed is None:
            return None
        shown = apply_domain_offset(framed, self.calibration.domain_offset)
        logits = self.network.forward(to_input(shown[np.newaxis], self.network.dtype))
        probabilities = self.calibration.probabilities(logits)[0]
        return Prediction(shown, probabilities, bool(self.calibration.is_digit(logits)[0]))

    def warm_up(self) -> None:
        """Have numba compile every kernel that drawing and reading use (or load it from its cache)."""
        self.read(render_strokes([np.array([[0, 0], [1, 2]])]))
