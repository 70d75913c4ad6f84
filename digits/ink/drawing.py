"""A drawing is the list of what was done to the paper; the ink is what that leaves.

Positions and widths are shares of the paper's side (0 to 1), so that the same drawing can be
rendered at any size; undo takes the last action from the list and renders the rest anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy import ndarray

from digits.kernels import draw_line

PAPER_SIZE = 560  # pixels: the side of every measured drawing's paper; the window's has about that
DIGIT_SPAN = 0.6  # share of the paper's side that a digit of normal size takes
# Such a digit comes out 20 pixels high in the frame, where the pens of MNIST's writers are about
# 2.7 pixels wide.
PEN_WIDTH = 2.7 * DIGIT_SPAN / 20
SOFTNESS = 0.3  # share of the pen's radius over which its edge fades
MIN_SPAN = 1e-30  # of any scale; below it is a dot
MNIST_HEIGHT = DIGIT_SPAN * 28 / 20  # share of the paper's side for a whole image of MNIST's


@dataclass
class Stroke:
    """A pen or eraser moved through points (x, y), joined by straight lines."""

    width: float
    erases: bool = False
    points: list[tuple[float, float]] = field(default_factory=list)
    new_paper: ClassVar[bool] = False  # what was there before can still be seen

    def render(self, ink: ndarray, owner: ndarray, number: int, first: int = 0) -> None:
        """Draw on ink (S, S) bytes, from point number `first` on; owner (S, S) gets this number."""
        size = len(ink)
        points = np.array(self.points[first:], np.float32) * size
        if len(points) == 1:
            points = np.concatenate([points, points])
        radius = max(0.5, self.width * size / 2)
        draw_line(points, radius, max(1.0, SOFTNESS * radius), self.erases, ink, owner, number)


@dataclass
class PlacedImage:
    """New paper, and on it a small image (H, W) of bytes, enlarged, with its middle at (x, y).

    `height` is the share of the paper's side that the whole image takes.
    """

    image: ndarray
    label: int | None = None  # which digit it is, where that is known
    x: float = 0.5
    y: float = 0.5
    height: float = MNIST_HEIGHT
    new_paper: ClassVar[bool] = True

    def render(self, ink: ndarray, owner: ndarray, number: int) -> None:
        """Draw on ink (S, S) bytes: whole pixels become whole squares; what is outside is lost."""
        size = len(ink)
        H, W = self.image.shape
        scale = max(1, round(self.height * size / H))
        large = self.image.repeat(scale, axis=0).repeat(scale, axis=1)
        top, left = (round(place * size - n * scale / 2) for place, n in ((self.y, H), (self.x, W)))
        visible = large[max(0, -top) : max(0, size - top), max(0, -left) : max(0, size - left)]
        height, width = visible.shape
        top = max(0, top)
        left = max(0, left)
        ink[:] = 0
        owner[:] = number
        ink[top : top + height, left : left + width] = visible


class Clear:
    """A new sheet of paper: an action like any other, so that it can be undone."""

    new_paper: ClassVar[bool] = True

    def render(self, ink: ndarray, owner: ndarray, number: int) -> None:
        ink[:] = 0
        owner[:] = number


Action = Stroke | PlacedImage | Clear


class Drawing:
    """The actions so far, and the ink they leave: (size, size) bytes, 255 where it is full.

    `owner`, of the same shape, says of each pixel which action has drawn it last.
    """

    def __init__(self, size: int = PAPER_SIZE) -> None:
        self.actions: list[Action] = []
        self.undone: list[Action] = []
        self.resize(size)

    def resize(self, size: int) -> None:
        """Render at another size in pixels."""
        self.ink = np.zeros((size, size), np.uint8)
        self.owner = np.zeros((size, size), np.int32)
        self._render()

    def add(self, action: Action) -> None:
        """Do one more thing. What had been undone is gone."""
        self.undone.clear()
        self.actions.append(action)
        action.render(self.ink, self.owner, len(self.actions))

    def extend(self, x: float, y: float) -> None:
        """Go on with the last action, a stroke, to one more point."""
        stroke = self.actions[-1]
        assert isinstance(stroke, Stroke)
        stroke.points.append((x, y))
        stroke.render(self.ink, self.owner, len(self.actions), first=len(stroke.points) - 2)

    def undo(self) -> None:
        """Take the last action back, if there is one."""
        if self.actions:
            self.undone.append(self.actions.pop())
            self._render()

    def redo(self) -> None:
        """Do again what was undone last."""
        if self.undone:
            self.actions.append(self.undone.pop())
            self._render()

    def clear(self) -> None:
        """Take new paper, unless this one is blank."""
        if self.ink.any():
            self.add(Clear())

    def _render(self) -> None:
        self.ink[:] = 0
        # What lies under the last new paper is left out: after a long sitting that is nearly all.
        first = max((k for k, action in enumerate(self.actions) if action.new_paper), default=0)
        for number, action in enumerate(self.actions[first:], start=first + 1):
            action.render(self.ink, self.owner, number)


def render_strokes(strokes: Iterable[ndarray]) -> ndarray:
    """Strokes, each (M, 2) of x and y at any scale → the ink (S, S) they leave in the window."""
    return draw_strokes(strokes).ink


def draw_strokes(strokes: Iterable[ndarray]) -> Drawing:
    """The same as a Drawing.

    The longer side of the drawing spans 60 % of the paper, in the middle.
    """
    strokes = [np.asarray(stroke, float) for stroke in strokes if len(stroke)]
    drawing = Drawing()
    if strokes:
        everything = np.concatenate(strokes)
        low = everything.min(axis=0)
        high = everything.max(axis=0)
        span = np.max(high - low)
        scale = DIGIT_SPAN / (span if span > MIN_SPAN else 1)
        for stroke in strokes:
            place = 0.5 + (stroke - (low + high) / 2) * scale
            drawing.add(Stroke(PEN_WIDTH, points=list(map(tuple, place))))
    return drawing


def spline(points: ndarray, pieces: int = 6) -> ndarray:
    """A Catmull-Rom spline through points (M, 2) → ((M − 1)·pieces + 1, 2) of its points.

    The line that a hand would make of them. (Catmull and Rom, "A class of local interpolating splines"
    (1974).)
    """
    p = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, pieces, endpoint=False)[:, np.newaxis]
    spans = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - 3 * c + d - a) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*spans, p[-2:-1]])
