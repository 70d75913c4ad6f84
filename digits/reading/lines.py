"""Ink → whole numbers: the line network says which characters there are and where; both networks decide.

The ink's components are grouped into lines. Each line is scaled so that its digits are about 20 pixels
high, and read by the line network (digits/model.py), which was trained with CTC (nn/ctc.py) and so says
roughly where each character is. Its likeliest texts are compared: the ink of every character is shown to
the digit network, too, and the text wins of which both together make most. Scores are in nats.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from digits.ink.framing import frame_ink
from digits.ink.line_image import MARGIN, line_image, normalised
from digits.ink.parts import Part, find_lines, find_parts, has, join
from digits.model import OTHER
from digits.reading.prediction import Digit, Number, Prediction
from nn.ctc import Character, align, beam_search, ctc_loss
from nn.losses import softmax

BEAMS = 6
LEAST = 4.0  # nats: texts that are less likely than the best by more are not compared
STRIDE = 2  # columns of the line's image from one output of the line network to the next
FIRST = 13.5  # column in the middle of what the first output sees
# DIGIT_WEIGHT, REJECTED and CUT_COST were compared on composed lines, of MNIST's training digits and of
# the people of pendigits who are held out; PRINTED_WEIGHT on real forms. The rest is set by hand.
DIGIT_WEIGHT = 1.0  # of the digit network's log probability, beside the line network's
PRINTED_WEIGHT = 0.4  # likewise, where each character's ink has remains of rules and waves in it
REJECTED = 1.0  # nats that a digit costs where the digit network takes it for none
SIGN_COST = 0.7  # nats for each sign, of which the digit network says nothing
OTHER_COST = 3.0  # nats for each character that is none
FEW = 12  # parts: of more, not all are one line
LIKELY_LINE = -0.5  # nats: so likely, a line is not read at another height
CUT_COST = 1.5  # nats for each cut through connected ink
UNREAD_COST = 4.0  # nats for each tall component in which no character is
MAX_DIGIT_WIDTH = 1.5  # heights of the line: what is wider is no single digit
TALL = 0.6  # heights of the line
SPACE = 0.9  # heights of the line: a wider gap is one between two numbers
LEAST_SPACE = 0.45  # heights: so may be one that is so wide and SPACE_TIMES as wide as the others
SPACE_TIMES = 3

Read = Callable[[ndarray], Sequence[Prediction]]  # frames (N, 28, 28) → N predictions
ReadLine = Callable[[ndarray], ndarray]  # a line's image (28, W) → log probabilities (T, 15)


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


class Piece(NamedTuple):
    """The ink (H, W) of one character, cropped, and its box in the whole ink."""

    ink: ndarray
    box: tuple[float, float, float, float]  # left, top, width, height


class LineReading(NamedTuple):
    """What a line is read as, and how likely that is: a log probability in nats."""

    score: float
    numbers: list[Number]


def read_lines(
    ink: ndarray, whole: ndarray | None, read: Read, read_line: ReadLine, is_one_line: bool = False
) -> tuple[float, list[list[Number]]]:
    """Ink (H, W) → (score, lines from top to bottom, each with its numbers from left to right).

    `whole` is the frame of all the ink, should it be one digit: then the digit network alone says which,
    as it does of a drawing. With `is_one_line` there is no more than a line, among whatever is printed
    on the paper.
    """
    labels, parts = find_parts(ink)
    if not parts:
        return -np.inf, []
    groupings = [[parts]]
    if not is_one_line:
        found = find_lines(parts)
        if len(found) > 1:
            groupings = [found, [parts]] if len(parts) <= FEW else [found]
    best: tuple[float, list[list[Number]]] = (-np.inf, [])
    for grouping in groupings:
        score = 0.0
        numbers = []
        for group in grouping:
            candidates = _cut_out(group, ink, labels, is_one_line)
            alone = whole if len(grouping) == 1 and not is_one_line else None
            one = LineReading(-np.inf, [])
            for line in candidates:
                one = max(one, _read_one(line, alone, read, read_line), key=_score)
                if one.score > LIKELY_LINE:
                    break
            score += one.score
            numbers.append(one.numbers)
        if score > best[0]:
            best = score, numbers
    return best


def _score(reading: LineReading) -> float:
    return reading.score


def _cut_out(parts: Sequence[Part], ink: ndarray, labels: ndarray, is_one_line: bool) -> list[Line]:
    """The ink of these parts alone, with its faint edges; as a line of one height or another."""
    box = join(parts)
    top, left, bottom, right = max(0, box.top - 1), max(0, box.left - 1), box.bottom + 1, box.right + 1
    if is_one_line:
        top, left, (bottom, right) = 0, 0, ink.shape
    near = labels[top:bottom, left:right]
    is_mine = (near == 0) | has(near, box.labels)
    mine = np.where(is_mine, ink[top:bottom, left:right], np.float32(0))
    own = np.where(is_mine, near, 0)
    heights = np.sort([part.height for part in parts])
    median = float(heights[np.searchsorted(np.cumsum(heights), heights.sum() / 2)])
    tall = [part for part in parts if part.height >= 0.5 * median]
    middle = float(np.mean([(part.top + part.bottom) / 2 for part in tall])) - top
    lines = [Line(mine, own, parts, top, left, median, middle, is_one_line)]
    all_tall = join([part for part in parts if part.height >= 0.4 * heights[-1]])
    if all_tall.height != median and (is_one_line or all_tall.height < 2 * median):
        lines.append(
            lines[0]._replace(
                height=float(all_tall.height), middle=(all_tall.top + all_tall.bottom) / 2 - top
            )
        )
    return lines


def _read_one(line: Line, whole: ndarray | None, read: Read, read_line: ReadLine) -> LineReading:
    """The likeliest of the line network's texts, with the digit network's word on each character."""
    image, scale = line_image(line.ink, line.height, line.middle)
    logp = read_line(normalised(image))
    texts = beam_search(logp, BEAMS)
    likely = {text: score for text, score in texts if text and score > texts[0][1] - LEAST}
    if line.ink.shape[1] < MAX_DIGIT_WIDTH * line.height:  # it may be one digit
        digit = int(logp[:, :10].max(axis=0).argmax())
        loss, _ = ctc_loss(logp[np.newaxis], np.array([[digit]]))
        likely.setdefault((digit,), -float(loss[0]))
    candidates = []
    for text, score in likely.items():
        places = align(logp, text)
        centres = [
            (STRIDE * (place.start + place.stop - 1) / 2 + FIRST - MARGIN) / scale for place in places
        ]
        pieces, unread = _divide(line, centres)
        cuts = max(0, len(places) - len(line.parts))
        score -= UNREAD_COST * unread + CUT_COST * cuts
        candidates.append((score, places, pieces))
    if not candidates:
        return LineReading(-np.inf, [])
    frames = [
        whole if whole is not None and len(pieces) == 1 else frame_ink(piece.ink)
        for _, _, pieces in candidates
        for piece in pieces
    ]
    predictions = iter(read(np.array(frames)))
    best = LineReading(-np.inf, [])
    for score, places, pieces in candidates:
        digits = []
        for place, piece in zip(places, pieces, strict=True):
            alone = next(predictions)
            label, gain, prediction = _decide(
                logp, place, alone, PRINTED_WEIGHT if line.is_printed else DIGIT_WEIGHT
            )
            score += gain
            if whole is not None and len(places) == 1:
                prediction = alone
            digits.append(Digit(prediction, piece.box, label if label >= 10 else None))
        if score > best.score:
            best = LineReading(float(score), _numbers(digits, line.height))
    return best


def _decide(
    logp: ndarray, place: Character, prediction: Prediction, weight: float
) -> tuple[int, float, Prediction]:
    """(what a character is, nats that this is better than what the line network said, prediction).

    A character's log probability is the line network's at its place and, of digits, `weight` times the
    digit network's.
    """
    by_line = logp[place.start : place.stop, :-1].max(axis=0)
    total = by_line.copy()
    by_digit = np.log(np.maximum(prediction.probabilities, 1e-6))
    total[:10] += weight * (by_digit - (0 if prediction.is_digit else REJECTED))
    total[10:] -= SIGN_COST
    total[OTHER] -= OTHER_COST
    label = int(total.argmax())
    both = softmax((by_line[:10] + by_digit)[np.newaxis] / 2)[0]
    return label, float(total[label] - by_line[place.label]), prediction._replace(probabilities=both)


def _divide(line: Line, centres: Sequence[float]) -> tuple[list[Piece], int]:
    """(the ink of each character, how many tall components have none).

    The characters' middles are at about these columns, from left to right.

    A component goes to the character that it is nearest to. Where several are in one, it is cut between
    them, at the column with the least ink.
    """
    parts = line.parts
    middles = np.array([(part.left + part.right) / 2 - line.left for part in parts])
    halves = np.array([part.width / 2 for part in parts])
    owners: list[list[int]] = [[] for _ in parts]  # the characters in each part
    for k, centre in enumerate(centres):
        far = np.abs(middles - centre)
        nearest = int(np.argmin(np.maximum(far - halves, 0) + 0.3 * far))
        owners[nearest].append(k)
    masks = [np.zeros(line.ink.shape, bool) for _ in centres]
    columns = np.arange(line.ink.shape[1])
    unread = 0
    for part, owned, middle in zip(parts, owners, middles, strict=True):
        mine = has(line.labels, part.labels)
        if not owned:
            masks[int(np.argmin(np.abs(np.array(centres) - middle)))] |= mine
            unread += part.height >= TALL * line.height
            continue
        mass = np.sum(line.ink, axis=0, where=mine)
        cuts = [_cut(mass, centres[a], centres[b]) for a, b in pairwise(owned)]
        bounds = [0, *cuts, len(columns)]
        for k, (start, stop) in zip(owned, pairwise(bounds), strict=True):
            masks[k] |= mine & (columns >= start) & (columns < stop)
    pieces = [_piece(line, mask, centre) for mask, centre in zip(masks, centres, strict=True)]
    return pieces, unread


def _cut(mass: ndarray, left: float, right: float) -> int:
    """The column with the least ink in the middle between two characters."""
    first = int(left + 0.25 * (right - left))
    last = max(first + 1, int(np.ceil(left + 0.75 * (right - left))))
    first, last = (int(np.clip(at, 0, len(mass) - 1)) for at in (first, last))
    return first + int(np.argmin(mass[first : last + 1]))


def _piece(line: Line, mask: ndarray, centre: float) -> Piece:
    """What a mask has of the line's ink; where that is nothing, a dot."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        x = float(np.clip(centre, 0, line.ink.shape[1] - 1))
        return Piece(np.ones((1, 1), np.float32), (line.left + x, line.top + line.middle, 1.0, 1.0))
    box = (
        float(line.left + columns[0]),
        float(line.top + rows[0]),
        float(columns[-1] + 1 - columns[0]),
        float(rows[-1] + 1 - rows[0]),
    )
    near = slice(max(0, rows[0] - 1), rows[-1] + 2), slice(max(0, columns[0] - 1), columns[-1] + 2)
    ink = np.where(mask[near] | (line.labels[near] == 0), line.ink[near], np.float32(0))
    return Piece(_cropped(ink), box)


def _cropped(ink: ndarray) -> ndarray:
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


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
