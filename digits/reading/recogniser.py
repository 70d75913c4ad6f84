"""From ink to an answer, for the window, for pictures and for whole sets."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray
from threadpoolctl import ThreadpoolController

from digits.data.dataset import to_input
from digits.ink.drawing import draw_strokes
from digits.ink.finding import Ink, ink_of_drawing, inks_of_picture, is_small
from digits.ink.framing import NEIGHBOURS, apply_domain_offset, frame_ink, moved
from digits.ink.pixels import coverage
from digits.model import load_cnn, load_ink_network, load_line_network
from digits.paths import project_path
from digits.reading.calibration import Calibration
from digits.reading.lines import read_lines
from digits.reading.prediction import Prediction, Reading
from digits.reading.texts import Networks
from nn.ctc import log_softmax

if TYPE_CHECKING:
    from digits.reading.inside import Inside, Look

GOOD = -0.6  # nats a character: what is read with so much probability is not looked at in another way
DOUBTFUL = -3.5  # likewise: what is read with less in a photo is rejected
# Pixels: lower digits of a picture are seen better at its next size. The ink network finds those of 16.
LARGE = 32
MAX_BATCH = 128  # frames at once: a picture full of parts would take hundreds of megabytes
AUGMENT_BELOW = 0.95  # confidence below which test-time augmentation is used: mean of five shifts
DRAWING_SIDE = 600  # pixels: a larger drawing is divided into digits at a half or less of its size


class Recogniser:
    """A trained network that reads single images. UserError where its weights cannot be read.

    `plain` runs the reference layers, nn/layers.py, instead of their fast twins.
    """

    def __init__(self, weights_file: Path, plain: bool = False) -> None:
        self.network, self.record = load_cnn(weights_file, plain)
        self.line_network, _ = load_line_network(_beside(weights_file, "line.npz"), plain)
        self.ink_network, _ = load_ink_network(_beside(weights_file, "ink.npz"), plain)
        self.calibration = Calibration.from_record(self.record, weights_file)
        self._networks = Networks(self._read_frames, self._read_line)
        self._libraries = ThreadpoolController()
        self._inside: Inside | None = None  # made when somebody first looks

    def read(self, image: ndarray, paper: float | None = None) -> Prediction | None:
        """A grey image (H, W) of one digit, ink bright or dark → what it shows, or None without ink.

        It may have any size. The paper's value is found by itself where it is not given; see finding.py.
        """
        ink, reading = self.see(image, paper)
        if reading and reading.single:
            return reading.single
        with self._one_thread():
            return self._read_frames(frame_ink(ink.values)[np.newaxis])[0] if ink.values.any() else None

    def read_numbers(self, image: ndarray, paper: float | None = None) -> Reading | None:
        """Read an image of any number of digits, in lines; boxes are in the image's pixels."""
        return self.see(image, paper)[1]

    def see(self, image: ndarray, paper: float | None = None) -> tuple[Ink, Reading | None]:
        """Return the best ink mask and its reading."""
        best: tuple[bool, float, Ink, Reading] | None = None
        with self._one_thread():
            inks = self._inks(image) if paper is None else [ink_of_drawing(image, paper)]
            for ink in inks:
                score, reading = self._read_ink(ink, is_drawing=paper is not None)
                if not reading or not reading.digits:
                    continue
                height = max(digit.box[3] for digit in reading.digits)
                is_large = ink.pixel <= 1 or height >= LARGE * ink.pixel
                if best is None or (is_large, score) > best[:2]:
                    best = is_large, score, ink, reading
                if is_large and score > GOOD * len(reading.digits):
                    break
        if best is None:
            return ink, None
        _, score, ink, reading = best
        is_doubtful = score < DOUBTFUL * len(reading.digits)
        is_photo = paper is None and not is_small(image)
        return ink, reading.rejected() if is_photo and is_doubtful else reading

    def _inks(self, picture: ndarray) -> Iterator[Ink]:
        return inks_of_picture(picture, lambda grey: coverage(grey, self.ink_network))

    def _read_ink(self, ink: Ink, is_drawing: bool) -> tuple[float, Reading | None]:
        """What ink is read as, and a log probability in nats."""
        if not ink.values.any():
            return -np.inf, None
        H, W = ink.values.shape
        step = max(1, max(H, W) // DRAWING_SIDE)
        small = ink.values[::step, ::step]
        whole = frame_ink(ink.values) if is_drawing else None
        score, lines = read_lines(small, whole, self._networks, ink.is_one_line, not is_drawing)
        if not lines:
            return score, None
        scale = step * ink.pixel
        return score, Reading(
            [[number.placed(ink.left, ink.top, scale) for number in line] for line in lines]
        )

    def _one_thread(self) -> AbstractContextManager[Any]:
        """One thread for the BLAS library.

        Two save no time on a single drawing, and take twenty times as long beside a busy program.
        """
        return self._libraries.limit(limits=1, user_api="blas")

    def _read_frames(self, frames: ndarray) -> list[Prediction]:
        """Frames (N, 28, 28) → what each shows."""
        shown = apply_domain_offset(frames, self.calibration.domain_offset)
        logits = self._logits(shown)
        probabilities = self.calibration.probabilities(logits)
        is_digit = self.calibration.is_digit(logits)
        return [Prediction(*row) for row in zip(shown, probabilities, is_digit.tolist(), strict=True)]

    def _read_line(self, image: ndarray) -> ndarray:
        """A line's image (28, W) → log probabilities (T, 15)."""
        logits = self.line_network.forward(image[np.newaxis, ..., np.newaxis])
        return log_softmax(logits.reshape(-1, logits.shape[-1]))

    def _logits(self, shown: ndarray) -> ndarray:
        """Frames (N, 28, 28) as the network is shown them → logits (N, 10).

        Where the confidence is low: the mean logits of five shifts by a pixel (test-time augmentation).
        Of 37,815 digits of five sets 228 are then misread instead of 284. (As in Krizhevsky, Sutskever
        and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012, sec. 4.1.)
        """
        logits = self._forward(shown)
        is_unsure = self.calibration.probabilities(logits).max(axis=1) < AUGMENT_BELOW
        if is_unsure.any():
            around = np.concatenate([moved(shown[is_unsure], *step) for step in NEIGHBOURS])
            more = self._forward(around).reshape(len(NEIGHBOURS), -1, logits.shape[1])
            logits[is_unsure] += more.sum(axis=0)
            logits[is_unsure] /= 1 + len(NEIGHBOURS)
        return logits

    def _forward(self, shown: ndarray) -> ndarray:
        """Frames (N, 28, 28) → logits (N, 10) of each just as it stands."""
        batches = np.split(to_input(shown, self.network.dtype), range(MAX_BATCH, len(shown), MAX_BATCH))
        return np.concatenate([self.network.forward(batch) for batch in batches])

    def look(self, frame: ndarray, digit: int | None = None) -> "Look":
        """What is inside the network for a frame (28, 28) of bytes, as it is shown; see inside.py."""
        from digits.reading.inside import Inside  # it has much to import, and most never look

        with self._one_thread():
            self._inside = self._inside or Inside(self.network, self.calibration)
            return self._inside.look(frame, digit)

    def warm_up(self) -> None:
        """Have numba compile every kernel that drawing and reading use (or load it from its cache)."""
        drawing = draw_strokes([np.array([[0, 0], [1, 2]])])
        self.read_numbers(drawing.ink, paper=0)


def _beside(weights_file: Path, name: str) -> Path:
    """The file of this name beside the digit network's weights, or else the one that ships."""
    beside = weights_file.with_name(name)
    return beside if beside.exists() else project_path("weights") / name
