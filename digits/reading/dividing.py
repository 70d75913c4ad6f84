"""A line's ink → the ink of each of its characters, when it is known about where they are.

Where there are as many components as characters, and tall ones for the digits, each has one. Else a
component goes to the character that it is nearest to. Where several characters are in one component,
they touch, and it is cut between them, at the column with the least ink.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from digits.ink.parts import Part, has

ALL = -1  # the part of a character that hangs together with a rule: whatever is in its columns
FAR = 0.3  # heights of the line: so far from every part is no character but such a one
TALL = 0.6  # heights of the line: a lower component may be dirt, whoever it belongs to
SIDEWAYS = 0.3  # of two components over a character's middle, the one that it is in the middle of


class Line(NamedTuple):
    """A line's ink (H, W), which part each of its pixels is of, and where it begins in the whole ink.

    `height` of its digits, and the row `middle`, around which they stand, are in pixels.
    """

    ink: ndarray
    labels: ndarray
    parts: Sequence[Part]
    top: int
    left: int
    height: float
    middle: float
    is_printed: bool  # there may be more on it than ink: rules, boxes, waves


class Segment(NamedTuple):
    """One of a line's parts (its number, or ALL), from column `start` to before `stop`."""

    part: int
    start: int
    stop: int


class Division(NamedTuple):
    """Which segments each character has, and what is odd about that."""

    segments: list[tuple[Segment, ...]]
    cuts: int  # through connected ink
    unread: int  # tall components that have no character of their own
    left_out: int  # small ones


class Piece(NamedTuple):
    """The ink (H, W) of one character, cropped, and its box in the whole ink."""

    ink: ndarray
    box: tuple[float, float, float, float]  # left, top, width, height


def divide(line: Line, text: Sequence[int], centres: Sequence[float]) -> Division:
    """Who has which ink; the text's characters have their middles at about these columns."""
    middles = np.array([(part.left + part.right) / 2 - line.left for part in line.parts])
    halves = np.array([part.width / 2 for part in line.parts])
    far = np.abs(middles - np.array(centres)[:, np.newaxis])
    nearest = np.argmin(np.maximum(far - halves, 0) + SIDEWAYS * far, axis=1)  # part of each character
    order = np.argsort(middles)
    is_clear = len(text) == len(order) and all(
        label > 9 or line.parts[k].height >= TALL * line.height
        for label, k in zip(text, order.tolist(), strict=True)
    )
    if is_clear:  # where they are is known only roughly; in which order, surely
        nearest = order
    segments: list[list[Segment]] = [[] for _ in centres]
    cuts = unread = left_out = 0
    width = line.ink.shape[1]
    if line.is_printed:
        is_far = np.min(far - halves, axis=1) > FAR * line.height
        between = [
            (a + b) / 2
            for a, b in pairwise([centres[0] - line.height, *centres, centres[-1] + line.height])
        ]
        is_far &= not is_clear
        for n in np.flatnonzero(is_far).tolist():
            segments[n].append(Segment(ALL, max(0, int(between[n])), int(between[n + 1]) + 1))
            nearest[n] = ALL
    for k, part in enumerate(line.parts):
        owners = np.flatnonzero(nearest == k).tolist()
        if not len(owners):
            segments[int(np.argmin(far[:, k]))].append(Segment(k, 0, width))
            if not _is_stacked(part, line.parts):
                unread += part.height >= TALL * line.height
                left_out += part.height < TALL * line.height
            continue
        bounds = [0, *_cuts(line, part, [centres[n] for n in owners]), width]
        cuts += len(owners) - 1
        for n, (start, stop) in zip(owners, pairwise(bounds), strict=True):
            segments[n].append(Segment(k, start, stop))
    return Division([tuple(some) for some in segments], cuts, unread, left_out)


def _is_stacked(part: Part, parts: Sequence[Part]) -> bool:
    """Whether this stands above or below another, as both halves of a broken digit do."""
    return any(
        2 * (min(part.right, other.right) - max(part.left, other.left)) > min(part.width, other.width)
        for other in parts
        if other is not part
    )


def _cuts(line: Line, part: Part, centres: Sequence[float]) -> list[int]:
    """Between two characters of a part: the column with the least ink in the middle."""
    if len(centres) == 1:
        return []
    mass = np.sum(line.ink, axis=0, where=has(line.labels, part.labels))
    found = []
    for left, right in pairwise(centres):
        first = int(left + 0.25 * (right - left))
        last = max(first + 1, int(np.ceil(left + 0.75 * (right - left))))
        first, last = (int(np.clip(at, 0, len(mass) - 1)) for at in (first, last))
        found.append(first + int(np.argmin(mass[first : last + 1])))
    return found


def piece(line: Line, segments: Sequence[Segment], centre: float) -> Piece:
    """The ink of a character with its faint edges; where that is nothing, a dot."""
    if any(one.part == ALL for one in segments):
        return _column(line, segments[0])
    parts = [line.parts[one.part] for one in segments]
    top, bottom = min(part.top for part in parts) - line.top, max(p.bottom for p in parts) - line.top
    left, right = min(part.left for part in parts) - line.left, max(p.right for p in parts) - line.left
    rows = slice(max(0, top - 1), bottom + 1)
    columns = slice(max(0, left - 1), right + 1)
    labels = line.labels[rows, columns]
    mine = np.zeros(labels.shape, bool)
    for one, part in zip(segments, parts, strict=True):
        within = slice(max(0, one.start - columns.start), max(0, one.stop - columns.start))
        mine[:, within] |= has(labels[:, within], part.labels)
    used_rows, used_columns = (np.flatnonzero(mine.any(axis=axis)) for axis in (1, 0))
    if not len(used_rows):
        x = float(np.clip(centre, 0, line.ink.shape[1] - 1))
        return Piece(np.ones((1, 1), np.float32), (line.left + x, line.top + line.middle, 1.0, 1.0))
    y, x = rows.start + int(used_rows[0]), columns.start + int(used_columns[0])
    height, width = (int(used[-1] - used[0]) + 1 for used in (used_rows, used_columns))
    near = tuple(slice(max(0, used[0] - 1), used[-1] + 2) for used in (used_rows, used_columns))
    ink = np.where(mine[near] | (labels[near] == 0), line.ink[rows, columns][near], np.float32(0))
    box = float(line.left + x), float(line.top + y), float(width), float(height)
    return Piece(_cropped(ink), box)


def _column(line: Line, segment: Segment) -> Piece:
    """All ink in some columns."""
    columns = slice(segment.start, segment.stop)
    ink = line.ink[:, columns]
    if not ink.any():
        ink = np.ones((1, 1), np.float32)
    box = float(line.left + segment.start), float(line.top), float(ink.shape[1]), float(len(ink))
    return Piece(_cropped(ink), box)


def _cropped(ink: ndarray) -> ndarray:
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
