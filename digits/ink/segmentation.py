"""Ink of several digits → lines of parts, and how likely neighbours are one digit by their places alone.

A part is connected ink or, in a drawing, what one stroke has of it. Parts beside each other may be one
digit (the bar of a 5) or two (the 1 and the 0 of 10), and connected ink may be two digits that touch.
Places say much; the network says the rest (digits/reading/numbers.py).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy import ndarray
from numpy.lib.stride_tricks import sliding_window_view

from digits.ink.parts import TALL, Part, has, join

SAME_LINE = 0.35  # share of the lower one's height in which neighbours of a line overlap
BROKEN = 1.4  # times the tallest part's height: so high are two halves of a digit at most
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
        mine = has(labels[rows, part.left : part.right], part.labels)
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
    rows, columns = part.rows, part.columns
    mine = has(labels[rows, columns], part.labels)
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
