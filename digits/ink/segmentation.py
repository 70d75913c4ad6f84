"""Ink of several digits → lines of parts, and how likely neighbours are one digit by their places alone.

A part is connected ink or, in a drawing, what one stroke has of it. Parts beside each other may be one
digit (the bar of a 5) or two (the 1 and the 0 of 10), and connected ink may be two digits that touch.
Places say much; the network says the rest (digits/numbers.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy import ndarray
from numpy.lib.stride_tricks import sliding_window_view

from digits.kernels import label_components

CONNECTING = 0.3  # of full ink: what is fainter connects nothing
MAX_PARTS = 512  # more is no writing but a pattern
SPECK = 0.1  # share of the largest part's height: what is smaller both ways is dirt
FAINT = 0.75  # share of the mean ink of the part with most ink: what is fainter is dirt, too, …
THIN = 0.65  # … and so is what is thinner than this share of that part's pen, …
SCRAP = 0.1  # … if it has less than this share of that part's ink: an edge of what was cut away
TALL = 0.5  # share of the tallest part's height: what is lower makes no line of its own
SAME_LINE = 0.35  # share of the lower one's height in which neighbours of a line overlap
BROKEN = 1.4  # times the tallest part's height: so high are two halves of a digit at most
FLAT = 0.25  # share of the tallest part's height: an underline is no higher, …
WIDE = 0.7  # … and no narrower than this
FAR = 4.0  # heights: farther apart nothing is a neighbour

# Logits of two neighbours being one digit, chosen with benchmarks/strings.py. Of the digits of four sets
# from elsewhere hardly any has a gap in it.
GAP_LOGIT = -0.7  # beside each other, just apart
GAP_SLOPE = -40.0  # for each height of the line between them
OVERLAP_LOGIT = -1.5  # one above the other in part
OVERLAP_SLOPE = 10.0  # for the whole width of the narrower
TOUCHING_LOGIT = 2.5  # more where they touch
BAR_LOGIT = 8.0  # likewise, where one is low: the bar of a 5 or a 7
LOOSE_BAR_LOGIT = 4.0  # more where one is low and at the top of its left neighbour: the bar of a 5 again
TOP = 0.35  # share of the height
CUT_LOGIT = -1.0  # on either side of a cut through ink that is as wide as two digits
CUT_SLOPE = 10.0  # more for each height of the line by which it is narrower than that
TWO_DIGITS = 1.2  # heights of the line
SLICES = 8  # into which ink is cut, for each height of the line


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
    is_small = masses < SCRAP * masses[most]
    is_faint = masses / areas < FAINT * masses[most] / areas[most]
    if is_small.any():
        lengths = [max(part.height, part.width) for part in parts]
        is_faint |= areas / lengths < THIN * _pen_width(parts[most], labels)
    is_scrap = is_small & is_faint
    least = SPECK * max(part.height for part in parts)
    writing = [
        part
        for part, scrap in zip(parts, is_scrap, strict=True)
        if max(part.height, part.width) >= least and not scrap
    ]
    return labels, [part for part in writing if not _is_underline(part, writing)]


def _pen_width(part: Part, labels: ndarray) -> float:
    """Pixels: twice the area, divided by the perimeter."""
    box = labels[part.top : part.bottom, part.left : part.right]
    mine = np.pad(_has(box, part.labels), 1)
    perimeter = np.sum(mine[:, 1:] != mine[:, :-1]) + np.sum(mine[1:] != mine[:-1])
    return float(2 * mine.sum() / perimeter)


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
    mine = np.where((near == 0) | _has(near, part.labels), ink[rows, columns], np.float32(0))
    filled_rows, filled_columns = (np.flatnonzero(mine.any(axis=axis)) for axis in (1, 0))
    return mine[filled_rows[0] : filled_rows[-1] + 1, filled_columns[0] : filled_columns[-1] + 1]


def _has(labels: ndarray, wanted: tuple[int, ...]) -> ndarray:
    """Where labels (H, W) are any of those wanted. (np.isin takes three times as long.)"""
    is_wanted = np.zeros(max(int(labels.max(initial=0)), *wanted) + 1, bool)
    is_wanted[list(wanted)] = True
    result: ndarray = is_wanted[labels]
    return result


def find_lines(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts → lines from top to bottom, each from left to right. A line may rise or fall."""
    components: dict[int, list[Part]] = {}
    for part in parts:
        components.setdefault(part.component, []).append(part)
    wholes = sorted((join(members) for members in components.values()), key=_middle)
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
            line, _ = min(tall_ones, key=lambda pair: _distance(pair[1], whole))
            line.append(whole)
    lines.sort(key=lambda line: float(np.mean([whole.top + whole.bottom for whole in line])))
    return [
        sorted((part for one in line for part in components[one.component]), key=_middle)
        for line in lines
    ]


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


def one_digit_logit(a: Part, b: Part, height: int, labels: ndarray) -> float:
    """log(p / (1 − p)), where p is how likely a and b, left and right, are one digit by their places.

    `height` is the line's, in pixels.
    """
    gap = b.left - a.right
    are_tall = min(a.height, b.height) >= TALL * height
    if are_tall:  # of slanted digits the boxes overlap: what counts is how close their ink is in any row
        gap = max(gap, _least_gap(a, b, labels, height // 20))
    if gap > 0:
        logit = GAP_LOGIT + GAP_SLOPE * gap / height
        is_bar = (
            a.height >= TALL * height and b.height < TOP * height and b.bottom < a.top + TOP * a.height
        )
        return logit + LOOSE_BAR_LOGIT * is_bar
    logit = OVERLAP_LOGIT + OVERLAP_SLOPE * max(0, a.right - b.left) / min(a.width, b.width)
    if a.component == b.component:
        logit += TOUCHING_LOGIT if are_tall else BAR_LOGIT
    return logit


def _least_gap(a: Part, b: Part, labels: ndarray, near: int) -> int:
    """Pixels from the last of a to the first of b in a row or `near` rows off, the least of all rows."""
    rows = slice(max(a.top, b.top), min(a.bottom, b.bottom))
    if rows.stop <= rows.start:
        return 0
    nowhere = 1 << 20
    ends = []
    for part in (a, b):
        mine = _has(labels[rows, part.left : part.right], part.labels)
        edge = part.width - mine[:, ::-1].argmax(axis=1) if part is a else mine.argmax(axis=1)
        edge = -part.left - edge if part is a else part.left + edge
        edge = np.pad(np.where(mine.any(axis=1), edge, nowhere), near, constant_values=nowhere)
        ends.append(sliding_window_view(edge, 2 * near + 1).min(axis=1))
    least = int(np.min(ends[0] + ends[1]))
    return least if least < nowhere // 2 else 0


def cut(part: Part, height: int, ink: ndarray, labels: ndarray) -> list[Part]:
    """Ink that may be several digits which touch → its slices from left to right.

    Each of about the same width; it is cut where the column has the least ink. `labels` is changed:
    slices have new ones. `height` is the line's.
    """
    rows = slice(part.top, part.bottom)
    columns = slice(part.left, part.right)
    mine = _has(labels[rows, columns], part.labels)
    mass = np.sum(ink[rows, columns], axis=0, where=mine)
    logit = CUT_LOGIT + CUT_SLOPE * max(0.0, TWO_DIGITS - part.width / height)
    count = max(1, round(min(SLICES * part.width / height, part.width / 2)))
    ends = np.linspace(0, part.width, 2 * count + 1).astype(int)[1::2]  # halfway between even cuts
    cuts = [start + int(mass[start:end].argmin()) for start, end in pairwise(ends)]
    slices: list[Part] = []
    for start, end in zip([0, *cuts], [*cuts, part.width], strict=True):
        inside = mine[:, start:end]
        filled = np.flatnonzero(inside.any(axis=1))
        if len(filled):
            label = int(labels.max()) + 1
            labels[rows, columns][:, start:end][inside] = label
            top, bottom = part.top + int(filled[0]), part.top + int(filled[-1]) + 1
            box = (top, part.left + start, bottom, part.left + end)
            slices.append(Part(*box, (label,), part.component, cut_logit=logit if slices else None))
    return slices
