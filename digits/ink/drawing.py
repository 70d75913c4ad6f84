"""A drawing is the list of what was done to the paper; the ink is what that leaves.

Positions and widths are shares of the paper's side (0 to 1), so that the same drawing can be
rendered at any size; undo takes the last thing from the list and renders anew.
"""

from dataclasses import dataclass, field

import numpy as np

from digits.kernels import draw_line

PAPER = 560  # pixels: the side of every measured drawing's paper; the window's opens with about that
SPAN = 0.6  # share of the paper's side that a digit of normal size takes
# Such a digit comes out 20 pixels high in the frame, where the pens of MNIST's writers are about
# 2.7 pixels wide.
PEN_WIDTH = 2.7 * SPAN / 20
SOFTNESS = 0.3  # share of the pen's radius over which its edge fades


@dataclass
class Stroke:
    """A pen or eraser moved through points (x, y), joined by straight lines."""

    width: float
    erases: bool = False
    points: list = field(default_factory=list)
    new_paper = False  # what was there before can still be seen

    def render(self, ink, first=0):
        """Draw on ink (S, S) bytes, from point number `first` on."""
        size = len(ink)
        points = np.array(self.points[first:], np.float32) * size
        if len(points) == 1:
            points = np.concatenate([points, points])
        radius = max(0.5, self.width * size / 2)
        draw_line(points, radius, max(1.0, SOFTNESS * radius), self.erases, ink)


@dataclass
class Picture:
    """New paper, and on it a small image (H, W) of bytes, enlarged, with its middle at (x, y).

    `height` is the share of the paper's side that the whole image takes.
    """

    image: np.ndarray
    label: int | None = None  # which digit it is, where that is known
    x: float = 0.5
    y: float = 0.5
    height: float = 0.84  # MNIST's 28 pixels; the digit itself then takes 60 %
    new_paper = True

    def render(self, ink):
        """Draw on ink (S, S) bytes: whole pixels become whole squares; what is outside is lost."""
        size, (H, W) = len(ink), self.image.shape
        scale = max(1, round(self.height * size / H))
        large = self.image.repeat(scale, axis=0).repeat(scale, axis=1)
        top, left = (round(place * size - n * scale / 2) for place, n in ((self.y, H), (self.x, W)))
        from_top, from_left = max(0, -top), max(0, -left)
        part = large[from_top : max(0, size - top), from_left : max(0, size - left)]
        top, left = max(0, top), max(0, left)
        ink[:] = 0
        ink[top : top + part.shape[0], left : left + part.shape[1]] = part


class Clear:
    """A new sheet of paper: a step like any other, so that it can be undone."""

    new_paper = True

    def render(self, ink):
        ink[:] = 0


class Drawing:
    """What was done so far, and its ink: (size, size) bytes, 255 where the ink is full."""

    def __init__(self, size=PAPER):
        self.steps, self.undone = [], []
        self.resize(size)

    def resize(self, size):
        """Render at another size in pixels."""
        self.ink = np.zeros((size, size), np.uint8)
        self._render()

    def add(self, step):
        """Do one more thing. What had been undone is gone."""
        self.undone.clear()
        self.steps.append(step)
        step.render(self.ink)

    def extend(self, x, y):
        """Go on with the last step, a stroke, to one more point."""
        stroke = self.steps[-1]
        stroke.points.append((x, y))
        stroke.render(self.ink, first=len(stroke.points) - 2)

    def undo(self):
        """Take the last step back, if there is one."""
        if self.steps:
            self.undone.append(self.steps.pop())
            self._render()

    def redo(self):
        """Do again what was undone last."""
        if self.undone:
            self.steps.append(self.undone.pop())
            self._render()

    def clear(self):
        """Take new paper, unless this one is blank."""
        if self.ink.any():
            self.add(Clear())

    def _render(self):
        self.ink[:] = 0
        # What lies under the last new paper is left out: after a long sitting that is nearly all.
        first = max((k for k, step in enumerate(self.steps) if step.new_paper), default=0)
        for step in self.steps[first:]:
            step.render(self.ink)


def draw(strokes):
    """Strokes, each (M, 2) of x and y at any scale → the ink (S, S) of the drawing in the window.

    Its longer side spans 60 % of the paper, in the middle.
    """
    strokes = [np.asarray(stroke, float) for stroke in strokes if len(stroke)]
    drawing = Drawing()
    if strokes:
        everything = np.concatenate(strokes)
        low, high = everything.min(axis=0), everything.max(axis=0)
        scale = SPAN / (np.max(high - low) or 1)
        for stroke in strokes:
            place = 0.5 + (stroke - (low + high) / 2) * scale
            drawing.add(Stroke(PEN_WIDTH, points=list(map(tuple, place))))
    return drawing.ink


def curve(points, steps=6):
    """A Catmull-Rom spline through the points (M, 2): the line a hand would make of them."""
    p = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, np.newaxis]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - 3 * c + d - a) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*pieces, p[-2:-1]])
