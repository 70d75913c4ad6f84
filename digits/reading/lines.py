"""Ink → whole numbers: its components are grouped into lines, and each line is read (texts.py)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy import ndarray

from digits.ink.parts import Part, find_lines, find_parts, has, join, without_frames
from digits.reading.dividing import Line
from digits.reading.prediction import Digit, Number
from digits.reading.texts import Networks, Text, possible_texts

FEW = 12  # parts: of more, not all are one line
ALIKE = 0.1  # of a height: if two differ by less, the line is read at one of them
LIKELY = -0.5  # nats: so likely, a line is not read at another height
LEFT_OUT_COST = 3.0  # nats, of a line of a picture that is taken for no writing
SPACE = 0.9  # heights of the line: a wider gap is one between two numbers
LEAST_SPACE = 0.45  # heights: so may be one that is so wide and SPACE_TIMES as wide as the others
SPACE_TIMES = 3


def read_lines(
    ink: ndarray,
    whole: ndarray | None,
    networks: Networks,
    is_one_line: bool = False,
    may_have_clutter: bool = False,
) -> tuple[float, list[list[Number]]]:
    """Ink (H, W) → (score, lines from top to bottom, each with its numbers from left to right).

    `whole` is the frame of all the ink, should it be one digit. With `is_one_line` there is no more than
    a line, among whatever is printed on the paper. Else, where there may be clutter, lines that can
    hardly be read are left out beside one that can.
    """
    labels, parts = find_parts(ink)
    if is_one_line:
        parts = without_frames(parts, ink.shape)
    best: tuple[float, list[list[Number]]] = (-np.inf, [])
    if not parts:
        return best
    together = sorted(parts, key=lambda part: part.left + part.right)
    groupings = [[together]]
    if not is_one_line:
        found = find_lines(parts)
        if found != [together]:
            groupings = [found, [together]] if len(parts) <= FEW else [found]
    for groups in groupings:
        alone = whole if groups == [together] and not is_one_line else None
        lines = [
            read_line(cut_out(group, ink, labels, is_one_line), alone, networks) for group in groups
        ]
        scores = [text.score if text else -np.inf for text, _ in lines]
        if may_have_clutter and max(scores) > -LEFT_OUT_COST:
            lines = [line for line, score in zip(lines, scores, strict=True) if score > -LEFT_OUT_COST]
            scores = [max(score, -LEFT_OUT_COST) for score in scores]
        if sum(scores) > best[0]:
            best = sum(scores), [_numbers(text.digits, height) for text, height in lines if text]
    return best


def read_line(
    candidates: Sequence[Line], whole: ndarray | None, networks: Networks
) -> tuple[Text | None, float]:
    """The best text of a line that may have one height or another, and that height."""
    best: tuple[Text | None, float] = (None, 1.0)
    for line in candidates:
        texts = possible_texts(line, whole, networks)
        if texts and (best[0] is None or texts[0].score > best[0].score):
            best = texts[0], line.height
        if best[0] and best[0].score > LIKELY:
            break
    return best


def cut_out(parts: Sequence[Part], ink: ndarray, labels: ndarray, is_one_line: bool) -> list[Line]:
    """The ink of these parts alone, with its faint edges; as a line of one height or another."""
    box = join(parts)
    top, left, bottom, right = max(0, box.top - 1), max(0, box.left - 1), box.bottom + 1, box.right + 1
    if is_one_line:
        top, left, (bottom, right) = 0, 0, ink.shape
    near = labels[top:bottom, left:right]
    is_mine = (near == 0) | has(near, box.labels)
    own = np.where(is_mine, near, 0)
    mine = ink[top:bottom, left:right]
    if not is_one_line:  # else the line network is to see what the paper shows, too
        mine = np.where(is_mine, mine, np.float32(0))
    heights = np.sort([part.height for part in parts])
    median = float(heights[np.searchsorted(np.cumsum(heights), heights.sum() / 2)])
    tall = [part for part in parts if part.height >= 0.5 * median]
    middle = float(np.mean([(part.top + part.bottom) / 2 for part in tall])) - top
    lines = [Line(mine, own, parts, top, left, median, middle, is_one_line)]
    all_tall = join([part for part in parts if part.height >= 0.4 * heights[-1]])
    differs = abs(all_tall.height - median) > ALIKE * median
    if differs and (is_one_line or all_tall.height < 2 * median):
        middle = (all_tall.top + all_tall.bottom) / 2 - top
        lines.append(lines[0]._replace(height=float(all_tall.height), middle=middle))
    return lines


def _numbers(digits: Sequence[Digit], height: float) -> list[Number]:
    """A line's characters, divided where there is space."""
    gaps = [(b.box[0] - a.box[0] - a.box[2]) / height for a, b in pairwise(digits)]
    usual = float(np.median(gaps)) if len(gaps) > 2 else SPACE
    space = min(SPACE, max(LEAST_SPACE, SPACE_TIMES * usual))
    numbers: list[list[Digit]] = []
    for k, digit in enumerate(digits):
        if not k or gaps[k - 1] > space:
            numbers.append([])
        numbers[-1].append(digit)
    return [Number(number) for number in numbers]
