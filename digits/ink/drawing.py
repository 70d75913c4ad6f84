"""A drawing is the list of what was done to the paper; the ink is what that leaves.

Positions and widths are shares of the paper's side (0 to 1), so that the same drawing can be
rendered at any size; undo takes the last action from the list and renders the rest anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy import ndarray

from digits.ink.resizing import resized
from digits.kernels import draw_line

Box = tuple[slice, slice]  # rows and columns

PAPER_SIZE = 560  # pixels: the side of every measured drawing's paper; the window's has about that
DIGIT_SPAN = 0.6  # share of the paper's side that a digit of normal size takes
# Such a digit comes out 20 pixels high in the frame, where the pens of MNIST's writers are about
# 2.7 pixels wide.
PEN_WIDTH = 2.7 * DIGIT_SPAN / 20
SOFTNESS = 0.3  # share of the pen's radius over which its edge fades
CURVE_STEP = 4  # pixels of a smooth stroke that are straight
MAX_PIECES = 12  # of it between two points
PICTURE_SPAN = 0.9  # share of the paper's side that a picture's ink takes, unless it is a single digit's
MAX_PAPERS = 100  # that are kept to be undone, the present one left out
MIN_SPAN = 1e-30  # of any scale; below it is a dot
MNIST_HEIGHT = DIGIT_SPAN * 28 / 20  # share of the paper's side for a whole image of MNIST's


@dataclass
class Stroke:
    """A pen or eraser moved through points (x, y), joined by straight lines or by a smooth curve."""

    width: float
    erases: bool = False
    points: list[tuple[float, float]] = field(default_factory=list)
    is_smooth: bool = False
    new_paper: ClassVar[bool] = False  # what was there before can still be seen

    def render(self, ink: ndarray) -> None:
        """Draw on ink (S, S) bytes."""
        for span in range(max(1, len(self.points) - 1)):
            self.render_span(ink, span)

    def render_span(self, ink: ndarray, span: int) -> None:
        """Draw what lies between two points, `span` and the next; or a dot if there is but one."""
        size = len(ink)
        radius, softness = self._pen(size)
        draw_line(self._path(span, size), radius, softness, self.erases, ink)

    def box(self, span: int, size: int) -> Box:
        """All pixels that render_span may change."""
        path = self._path(span, size)
        reach = sum(self._pen(size)) + 2
        low = np.clip(path.min(axis=0) - reach, 0, size).astype(int)
        high = np.clip(path.max(axis=0) + reach + 1, 0, size).astype(int)
        return slice(low[1], high[1]), slice(low[0], high[0])

    def _pen(self, size: int) -> tuple[float, float]:
        """Radius and softness in pixels."""
        radius = max(0.5, self.width * size / 2)
        return radius, max(1.0, SOFTNESS * radius)

    def _path(self, span: int, size: int) -> ndarray:
        """Points (M, 2) in pixels from one point to the next."""
        first = max(0, span - 1) if self.is_smooth else span
        points = np.array(self.points[first : span + 3], np.float32) * size
        if len(self.points) == 1:
            return np.concatenate([points, points])
        if not self.is_smooth:
            return points[:2]
        ends = points[span - first : span - first + 2]
        pieces = int(np.clip(np.hypot(*(ends[1] - ends[0])) / CURVE_STEP, 1, MAX_PIECES))
        before = points[0] if span > 0 else ends[0]
        after = points[-1] if span + 2 < len(self.points) else ends[1]
        return _spline_span(before, ends[0], ends[1], after, pieces, with_end=True)


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

    def render(self, ink: ndarray) -> None:
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
        ink[top : top + height, left : left + width] = visible


@dataclass
class Picture:
    """New paper, and on it the ink (H, W) of a picture, bytes, scaled to fit, in the middle."""

    image: ndarray
    new_paper: ClassVar[bool] = True

    def render(self, ink: ndarray) -> None:
        """Draw on ink (S, S) bytes."""
        size = len(ink)
        H, W = self.image.shape
        span = DIGIT_SPAN if W <= H else PICTURE_SPAN
        scale = span * size / max(H, W)
        height, width = (max(1, round(side * scale)) for side in (H, W))
        scaled = resized(self.image.astype(np.float32), height, width)
        top, left = (size - height) // 2, (size - width) // 2
        ink[:] = 0
        ink[top : top + height, left : left + width] = np.rint(np.clip(scaled, 0, 255))


class Clear:
    """A new sheet of paper: an action like any other, so that it can be undone."""

    new_paper: ClassVar[bool] = True

    def render(self, ink: ndarray) -> None:
        ink[:] = 0


Action = Stroke | PlacedImage | Picture | Clear


class Drawing:
    """The actions so far, and the ink they leave: (size, size) bytes, 255 where it is full."""

    def __init__(self, size: int = PAPER_SIZE) -> None:
        self.actions: list[Action] = []
        self.undone: list[Action] = []
        # The last span of a smooth stroke bends once the next point is known: what lies below it.
        self._below: tuple[Box, ndarray] | None = None
        self._changed: list[Box] = []
        self.resize(size)

    def resize(self, size: int) -> None:
        """Render at another size in pixels."""
        self.ink = np.zeros((size, size), np.uint8)
        self._render()

    def take_changes(self) -> list[Box]:
        """The parts of the ink that have changed since this was asked last."""
        changed, self._changed = self._changed, []
        return changed

    def add(self, action: Action) -> None:
        """Do one more thing. What had been undone is gone."""
        self.undone.clear()
        if action.new_paper:
            self._forget()
        self.actions.append(action)
        self._below = None
        if isinstance(action, Stroke) and len(action.points) == 1:
            self._draw_last(action, 0)
        else:
            action.render(self.ink)
            self._changed = [self._everything()]

    def extend(self, x: float, y: float) -> None:
        """Go on with the last action, a stroke, to one more point."""
        stroke = self.actions[-1]
        assert isinstance(stroke, Stroke)
        stroke.points.append((x, y))
        last = len(stroke.points) - 2
        if stroke.is_smooth and self._below:
            box, ink = self._below
            self.ink[box] = ink
            self._changed.append(box)
            if last:
                self._draw(stroke, last - 1)
        self._draw_last(stroke, last)

    def _draw(self, stroke: Stroke, span: int) -> None:
        stroke.render_span(self.ink, span)
        self._changed.append(stroke.box(span, len(self.ink)))

    def _draw_last(self, stroke: Stroke, span: int) -> None:
        """The same, and keep what is below."""
        box = stroke.box(span, len(self.ink))
        self._below = (box, self.ink[box].copy())
        self._draw(stroke, span)

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

    def _forget(self) -> None:
        """Keep what can be undone from growing for ever: the oldest papers, which nobody sees, go."""
        papers = [k for k, action in enumerate(self.actions) if action.new_paper]
        if len(papers) >= MAX_PAPERS:
            del self.actions[: papers[-MAX_PAPERS + 1]]

    def _everything(self) -> Box:
        return slice(0, len(self.ink)), slice(0, len(self.ink))

    def _render(self) -> None:
        self._below = None
        self._changed = [self._everything()]
        self.ink[:] = 0
        # What lies under the last new paper is left out: after a long sitting that is nearly all.
        first = max((k for k, action in enumerate(self.actions) if action.new_paper), default=0)
        for action in self.actions[first:]:
            action.render(self.ink)


def render_strokes(strokes: Iterable[ndarray]) -> ndarray:
    """Strokes, each (M, 2) of x and y at any scale → the ink (S, S) they leave in the window."""
    return draw_strokes(strokes).ink


def draw_strokes(
    strokes: Iterable[ndarray], width: float = PEN_WIDTH, size: int = PAPER_SIZE
) -> Drawing:
    """Strokes as a Drawing of `size` pixels a side; the pen's width is a share of that.

    The longer side of the drawing spans 60 % of the paper, in the middle.
    """
    strokes = [np.asarray(stroke, float) for stroke in strokes if len(stroke)]
    drawing = Drawing(size)
    if strokes:
        everything = np.concatenate(strokes)
        low = everything.min(axis=0)
        high = everything.max(axis=0)
        span = np.max(high - low)
        scale = DIGIT_SPAN / (span if span > MIN_SPAN else 1)
        for stroke in strokes:
            place = 0.5 + (stroke - (low + high) / 2) * scale
            drawing.add(Stroke(width, points=list(map(tuple, place))))
    return drawing


def spline(points: ndarray, pieces: int = 6) -> ndarray:
    """A Catmull-Rom spline through points (M, 2) → ((M − 1)·pieces + 1, 2) of its points.

    The line that a hand would make of them. (Catmull and Rom, "A class of local interpolating splines"
    (1974).)
    """
    p = np.concatenate([points[:1], points, points[-1:]])
    spans = [_spline_span(*four, pieces) for four in zip(p, p[1:], p[2:], p[3:], strict=False)]
    return np.concatenate([*spans, p[-2:-1]])


def _spline_span(
    a: ndarray, b: ndarray, c: ndarray, d: ndarray, pieces: int, with_end: bool = False
) -> ndarray:
    """Points (pieces, 2) of the curve from b to c, where a comes before and d after; and c itself."""
    count = pieces + 1 if with_end else pieces
    t = np.linspace(0, 1, count, endpoint=with_end, dtype=a.dtype)[:, np.newaxis]
    curve: ndarray = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - 3 * c + d - a) * t**3
    )
    return curve
