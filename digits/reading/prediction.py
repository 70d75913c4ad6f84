"""Predictions for one digit, a number, and all lines of a picture."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from digits.model import CHARACTERS, OTHER

LIKELY = 0.5  # from here on a digit is more likely than all others together
# Threshold within a number, where a digit is expected. Nine in ten of the rejected digits of pendigits
# reach it, and three in four of these are right; one in four of the rejected letters does.
LIKELY_IN_NUMBER = 0.2
REJECTED = "?"  # stands for a rejected character


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


class Glance(NamedTuple):
    """What one output of the line network says, where it sees a character rather than a blank."""

    x: float  # the middle of what it sees, in pixels
    character: str
    probability: float


class Digit(NamedTuple):
    """A digit, or what else stands in a number, and its place: left, top, width, height in pixels."""

    prediction: Prediction
    box: tuple[float, float, float, float]
    sign: int | None = None  # POINT, MINUS, SLASH or OTHER, if it is no digit
    glances: Sequence[Glance] = ()  # of the line network, from the left to the right

    @property
    def is_digit(self) -> bool:
        return self.prediction.is_digit and self.sign is None

    def text(self, likely: float = LIKELY) -> str:
        """'3' or '.'; '?' for what is neither, unless it is a digit with this probability."""
        if self.sign is not None:
            return CHARACTERS[self.sign]
        is_likely = self.prediction.is_digit or self.prediction.confidence >= likely
        return str(self.prediction.digit) if is_likely else REJECTED


class Number(NamedTuple):
    """Digits that stand side by side."""

    digits: Sequence[Digit]

    @property
    def text(self) -> str:
        """'42', '−7', '12.5'; '?5' where something else stands before the 5."""
        return "".join(self.characters)

    @property
    def characters(self) -> list[str]:
        """What each digit is read as."""
        likely = LIKELY if len(self.digits) == 1 else LIKELY_IN_NUMBER
        return [digit.text(likely) for digit in self.digits]

    @property
    def confidence(self) -> float:
        """The probability that all its digits are right. What is no digit does not count.

        1 where there is none.
        """
        pairs = zip(self.digits, self.characters, strict=True)
        return float(np.prod([digit.prediction.confidence for digit, text in pairs if text.isdecimal()]))

    def placed(self, left: float, top: float, scale: float) -> "Number":
        """This number with its boxes in a larger image."""

        def place(digit: Digit) -> Digit:
            x, y, width, height = digit.box
            box = left + scale * x, top + scale * y, scale * width, scale * height
            glances = [glance._replace(x=left + scale * glance.x) for glance in digit.glances]
            return digit._replace(box=box, glances=glances)

        return Number([place(digit) for digit in self.digits])


class Reading(NamedTuple):
    """Lines from top to bottom, each with its numbers from left to right; at least one."""

    lines: Sequence[Sequence[Number]]

    def grown(self, pixels: float) -> "Reading":
        """The same with larger boxes, by this much on each side."""

        def grown(digit: Digit) -> Digit:
            x, y, width, height = digit.box
            return digit._replace(box=(x - pixels, y - pixels, width + 2 * pixels, height + 2 * pixels))

        def of_line(line: Sequence[Number]) -> list[Number]:
            return [Number([grown(digit) for digit in number.digits]) for number in line]

        return Reading([of_line(line) for line in self.lines])

    def rejected(self) -> "Reading":
        """The same with none of it taken for a digit."""

        def rejected(digit: Digit) -> Digit:
            return digit._replace(prediction=digit.prediction._replace(is_digit=False), sign=OTHER)

        return Reading(
            [
                [Number([rejected(digit) for digit in number.digits]) for number in line]
                for line in self.lines
            ]
        )

    @property
    def numbers(self) -> list[Number]:
        return [number for line in self.lines for number in line]

    @property
    def digits(self) -> list[Digit]:
        return [digit for number in self.numbers for digit in number.digits]

    @property
    def accepted(self) -> int:
        """How many look like digits."""
        return sum(digit.is_digit for digit in self.digits)

    @property
    def single(self) -> Prediction | None:
        """The prediction, if there is exactly one digit; else None."""
        return self.digits[0].prediction if len(self.digits) == 1 else None
