"""A drawing as it is read: with a pen that fits its digits' height, whatever pen one has drawn it with.

Whoever writes a number takes the pen that is there, and with it small digits become blots that touch.
Their strokes are still known, and are drawn anew for reading, thinner; what one sees stays as it is. Of
100 numbers by DigiLeTs' writers 99 are read with each of four pens, from 0.03 of the paper to 0.081; of
the ink as it is, from 96 down to 18.
"""

from dataclasses import replace

import numpy as np
from numpy import ndarray

from digits.ink.drawing import Action, Drawing, Stroke

PEN_SHARE = 0.1  # of a digit's height: the widest pen that fits
STEP = 1.12  # from one width to the next: few changes mean that strokes are drawn anew


class FittedPen:
    """Draws a drawing's strokes anew, after each change only what is new."""

    def __init__(self) -> None:
        self._drawing = Drawing(1)
        self._drawn: list[tuple[Action, int]] = []  # with how many points
        self._width = 0.0

    def ink(self, drawing: Drawing) -> tuple[ndarray, float]:
        """(ink (S, S) of bytes, how many pixels beyond it the visible ink reaches).

        It is the drawing's own where no stroke is too wide.
        """
        first = max((k for k, action in enumerate(drawing.actions) if action.new_paper), default=0)
        actions = drawing.actions[first:]
        strokes = [action for action in actions if isinstance(action, Stroke) and not action.erases]
        width = _width(strokes)
        widest = max((stroke.width for stroke in strokes), default=0.0)
        if widest <= width:
            return drawing.ink, 0.0
        size = len(drawing.ink)
        if width != self._width or size != len(self._drawing.ink) or not self._goes_on(actions):
            self._drawing, self._drawn, self._width = Drawing(size), [], width
        for action, count in self._drawn[-1:]:
            self._extend(action, count)
        for action in actions[len(self._drawn) :]:
            self._add(action)
        self._drawn = [(action, len(_points(action))) for action in actions]
        return self._drawing.ink, float(widest - width) * size / 2

    def _goes_on(self, actions: list[Action]) -> bool:
        """Whether these actions begin with those that are drawn, the last of which may be longer now."""
        if len(actions) < len(self._drawn):
            return False
        counts = [len(_points(action)) for action in actions]
        same = [
            drawn is action and count == now
            for (drawn, count), action, now in zip(self._drawn, actions, counts, strict=False)
        ]
        return all(same[:-1]) and (not same or self._drawn[-1][0] is actions[len(same) - 1])

    def _add(self, action: Action) -> None:
        if not isinstance(action, Stroke):
            self._drawing.add(action)
            return
        width = action.width if action.erases else min(action.width, self._width)
        self._drawing.add(replace(action, width=width, points=action.points[:1]))
        self._extend(action, 1)

    def _extend(self, action: Action, count: int) -> None:
        for point in _points(action)[count:]:
            self._drawing.extend(*point)


def _points(action: Action) -> list[tuple[float, float]]:
    return action.points if isinstance(action, Stroke) else []


def _width(strokes: list[Stroke]) -> float:
    """The widest pen that fits, a share of the paper's side. Where there is nothing but dots, any does.

    The height is that of which half of all that is written, stroke upon stroke, has no more.
    """
    heights = np.sort([np.ptp([y for _, y in stroke.points]) for stroke in strokes])
    if not heights.sum():
        return np.inf
    height = heights[np.searchsorted(np.cumsum(heights), heights.sum() / 2)]
    return float(STEP ** round(np.log(PEN_SHARE * height) / np.log(STEP)))
