"""Ink → its parts: connected ink or, in a drawing, what one stroke has of it. Dirt is left out.

Dirt is what is small, or faint, or a thin shred beside a digit, or a line below one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from digits.kernels import label_components

CONNECTING = 0.3  # of full ink: what is fainter connects nothing
MAX_PARTS = 512  # more is no writing but a pattern
SPECK = 0.1  # share of the largest part's height: what is smaller both ways is dirt
FAINT = 0.75  # share of the mean ink of the part with most ink: what is fainter is dirt, too, …
SCRAP = 0.1  # … if it has less than this share of that part's ink: an edge of what was cut away
THIN = 0.85  # share of a part's pen: what is thinner, or fainter, beside it is a shred, and dirt, …
SHORT = 0.65  # … if it has at most this share of its height
CLOSE = 0.1  # heights of that part: a shred is no farther away
TALL = 0.5  # share of the tallest part's height: what is lower stands in no line of its own
FLAT = 0.25  # share of the tallest part's height: an underline is no higher, …
WIDE = 0.7  # … and no narrower than this


@dataclass(frozen=True)
class Part:
    """A piece of ink: its box in pixels, bottom and right one beyond, and the labels of its pixels."""

    top: int
    left: int
    bottom: int
    right: int
    labels: tuple[int, ...]
    component: int  # which connected ink it is of
    is_stroke: bool = False  # drawn by one stroke, or by a few
    # Where its left side is a cut: the logit of its being one digit with what is beyond.
    cut_logit: float | None = None

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


def join(parts: Sequence[Part]) -> Part:
    """All these as one part."""
    if len(parts) == 1:
        return parts[0]
    return Part(
        min(part.top for part in parts),
        min(part.left for part in parts),
        max(part.bottom for part in parts),
        max(part.right for part in parts),
        tuple(label for part in parts for label in part.labels),
        parts[0].component,
        any(part.is_stroke for part in parts),
        parts[0].cut_logit,
    )


def find_parts(ink: ndarray, owner: ndarray | None = None) -> tuple[ndarray, list[Part]]:
    """Ink (H, W) → labels (H, W), 0 on paper, and the parts that they number, dirt left out.

    `owner` (H, W) says which stroke has drawn each pixel, 0 where nobody knows; None: nowhere.
    """
    labels = np.empty(ink.shape, np.int32)
    boxes = np.empty((MAX_PARTS, 6), np.int32)
    amounts = np.empty((MAX_PARTS, 2), np.float32)
    owner = np.zeros(ink.shape, np.int32) if owner is None else owner
    count = label_components(ink, owner, np.float32(CONNECTING), labels, boxes, amounts)
    parts = []
    for k, box in enumerate(boxes[:count].tolist(), start=1):
        top, left, bottom, right, component, stroke = box
        parts.append(Part(top, left, bottom, right, (k,), component, stroke > 0))
    if not parts:
        return labels, parts
    areas, masses = amounts[:count].T
    most = masses.argmax()
    is_scrap = (masses < SCRAP * masses[most]) & (masses / areas < FAINT * masses[most] / areas[most])
    least = SPECK * max(part.height for part in parts)
    writing = [
        part
        for part, scrap in zip(parts, is_scrap, strict=True)
        if max(part.height, part.width) >= least and not scrap
    ]
    shreds = _shreds(writing, ink, labels)
    return labels, [part for part in writing if part not in shreds and not _is_underline(part, writing)]


def _shreds(parts: Sequence[Part], ink: ndarray, labels: ndarray) -> list[Part]:
    """Thin pieces close beside taller parts: the edges of neighbours that were cut away."""
    shreds = []
    for one in parts:
        beside = [
            part
            for part in parts
            if not part.is_stroke  # nobody draws one
            and part.height <= SHORT * one.height
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


def _is_underline(part: Part, parts: Sequence[Part]) -> bool:
    """Whether this is a line below all that stands over it, apart from it and as wide."""
    tall = max(one.height for one in parts)
    if part.height > FLAT * tall or part.width < WIDE * tall:
        return False
    over = [
        one
        for one in parts
        if one.height >= TALL * tall
        and one.left < part.right
        and part.left < one.right
        and one.bottom <= part.top + part.height / 2
    ]
    is_apart = all(one.component != part.component for one in over)
    return bool(over) and is_apart and part.width >= max(one.width for one in over)


def ink_of(part: Part, ink: ndarray, labels: ndarray) -> ndarray:
    """What a part has of the ink (H, W), with its faint edges and without its neighbours, cropped."""
    rows = slice(max(0, part.top - 1), part.bottom + 1)
    columns = slice(max(0, part.left - 1), part.right + 1)
    near = labels[rows, columns]
    mine = np.where((near == 0) | has(near, part.labels), ink[rows, columns], np.float32(0))
    filled_rows, filled_columns = (np.flatnonzero(mine.any(axis=axis)) for axis in (1, 0))
    return mine[filled_rows[0] : filled_rows[-1] + 1, filled_columns[0] : filled_columns[-1] + 1]


def has(labels: ndarray, wanted: tuple[int, ...]) -> ndarray:
    """Where labels (H, W) are any of those wanted. (np.isin takes three times as long.)"""
    is_wanted = np.zeros(max(int(labels.max(initial=0)), *wanted) + 1, bool)
    is_wanted[list(wanted)] = True
    result: ndarray = is_wanted[labels]
    return result
