"""Ink → its parts, which are connected ink, and lines of them. Dirt is left out.

Dirt is what is small, or a thin shred beside a digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from scipy.ndimage import find_objects, label

CONNECTING = 0.3  # of full ink: what is fainter connects nothing
MAX_PARTS = 512  # more is no writing but a pattern
SPECK = 0.1  # share of the largest part's height: what is smaller both ways is dirt
THIN = 0.85  # share of a part's pen: what is thinner, or fainter, beside it is a shred, and dirt, …
SHORT = 0.65  # … if it has at most this share of its height
CLOSE = 0.1  # heights of that part: a shred is no farther away
TALL = 0.5  # share of the tallest part's height: what is lower stands in no line of its own
SAME_LINE = 0.35  # share of the lower one's height in which neighbours of a line overlap
BROKEN = 1.4  # times the tallest part's height: so high are two halves of a digit at most
NEAR = 1.0  # heights: what is low and farther from all that is tall is dirt
FAR = 4.0  # heights: farther apart nothing is a neighbour


@dataclass(frozen=True)
class Part:
    """A component or several: the box in pixels, bottom and right one beyond, and their labels."""

    top: int
    left: int
    bottom: int
    right: int
    labels: tuple[int, ...]

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.right)


def without_frames(parts: Sequence[Part], shape: tuple[int, int]) -> list[Part]:
    """The parts of a cell (H, W) without the box around it, and without scraps of its neighbours.

    All of them where there is nothing else: a digit that was cut out tight.
    """
    return [part for part in parts if not _is_frame(part, *shape)] or list(parts)


def _is_frame(part: Part, H: int, W: int) -> bool:
    """Whether this is a box, a side of it, or a scrap at the border."""
    contacts = (part.top == 0) + (part.left == 0) + (part.bottom == H) + (part.right == W)
    is_rule = part.width > 0.6 * W and part.height < 0.3 * H
    is_side = contacts > 0 and part.height > 0.8 * H and part.width < 0.12 * W
    is_scrap = contacts > 0 and (part.height < 0.25 * H or part.width < 3)
    return contacts > 2 or is_rule or is_side or is_scrap


def join(parts: Sequence[Part]) -> Part:
    """All these as one part."""
    return Part(
        min(part.top for part in parts),
        min(part.left for part in parts),
        max(part.bottom for part in parts),
        max(part.right for part in parts),
        tuple(label for part in parts for label in part.labels),
    )


def find_parts(ink: ndarray) -> tuple[ndarray, list[Part]]:
    """Ink (H, W) → labels (H, W), 0 on paper, and the parts that they number, dirt left out."""
    labels, count = label(ink >= CONNECTING, np.ones((3, 3)))
    if not 0 < count <= MAX_PARTS:
        return labels, []
    parts = [
        Part(rows.start, columns.start, rows.stop, columns.stop, (number,))
        for number, (rows, columns) in enumerate(find_objects(labels), start=1)
    ]
    least = SPECK * max(part.height for part in parts)
    writing = [part for part in parts if max(part.height, part.width) >= least]
    shreds = _shreds(writing, ink, labels)
    return labels, [part for part in writing if part not in shreds]


def _shreds(parts: Sequence[Part], ink: ndarray, labels: ndarray) -> list[Part]:
    """Thin pieces close beside taller parts: the edges of neighbours that were cut away."""
    shreds = []
    for one in parts:
        beside = [
            part
            for part in parts
            if part.height <= SHORT * one.height
            and one.top < part.bottom
            and part.top < one.bottom
            and 0 <= max(part.left - one.right, one.left - part.right) <= CLOSE * one.height
        ]
        if beside:
            least = THIN * _pen_width(one, labels) * _mean_ink(one, ink, labels)
            shreds += [
                part
                for part in beside
                if min(part.height, part.width) * _mean_ink(part, ink, labels) < least
            ]
    return shreds


def _pen_width(part: Part, labels: ndarray) -> float:
    """Pixels: twice the area, divided by the perimeter."""
    mine = np.pad(has(labels[part.rows, part.columns], part.labels), 1)
    perimeter = np.sum(mine[:, 1:] != mine[:, :-1]) + np.sum(mine[1:] != mine[:-1])
    return float(2 * mine.sum() / perimeter)


def _mean_ink(part: Part, ink: ndarray, labels: ndarray) -> float:
    mine = has(labels[part.rows, part.columns], part.labels)
    return float(ink[part.rows, part.columns].mean(where=mine))


def has(labels: ndarray, wanted: tuple[int, ...]) -> ndarray:
    """Where labels (H, W) are any of those wanted. (np.isin takes three times as long.)"""
    is_wanted = np.zeros(max(int(labels.max(initial=0)), *wanted) + 1, bool)
    is_wanted[list(wanted)] = True
    result: ndarray = is_wanted[labels]
    return result


def find_lines(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts → lines from top to bottom, each from left to right. A line may rise or fall."""
    wholes = sorted(parts, key=_middle)
    tall = TALL * max((whole.height for whole in wholes), default=0)
    lines: list[list[Part]] = []
    for whole in wholes:
        if whole.height >= tall:
            overlaps = [_belongs(line, whole, tall / TALL) for line in lines]
            if max(overlaps, default=0) >= SAME_LINE:
                lines[int(np.argmax(overlaps))].append(whole)
            else:
                lines.append([whole])
    tall_ones = [(line, whole) for line in lines for whole in line]
    for whole in wholes:
        if whole.height < tall:
            line, nearest = min(tall_ones, key=lambda pair: _distance(pair[1], whole))
            if _distance(nearest, whole) < NEAR * nearest.height:
                line.append(whole)
    lines.sort(key=lambda line: float(np.mean([whole.top + whole.bottom for whole in line])))
    return [sorted(line, key=_middle) for line in lines]


def _middle(part: Part) -> int:
    return part.left + part.right


def _belongs(line: Sequence[Part], whole: Part, tallest: float) -> float:
    """The share of the height in which this is beside a line's last; 1 where both are halves of a digit.

    A digit may be broken in the middle: one half over the other, both no higher than a digit.
    """
    for one in line:
        both = join([one, whole])
        if both.width < one.width + whole.width and both.height <= BROKEN * tallest:
            return 1.0
    return _overlap(line[-1], whole)


def _overlap(a: Part, b: Part) -> float:
    """The share of the lower one's height in which both are; 0 where they are far apart."""
    if b.left - a.right > FAR * max(a.height, b.height):
        return 0.0
    return (min(a.bottom, b.bottom) - max(a.top, b.top)) / min(a.height, b.height)


def _distance(a: Part, b: Part) -> float:
    dx = max(a.left - b.right, b.left - a.right, 0)
    dy = max(a.top - b.bottom, b.top - a.bottom, 0)
    return float(np.hypot(dx, dy))
