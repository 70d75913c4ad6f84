"""Ink → whole numbers: of all ways to divide a line into digits, the one that is likeliest as a whole.

Each run of neighbouring parts may be a digit: how likely, the network says. How likely neighbours belong
together, their places say. The best way through a line is found by dynamic programming. (LeCun, Bottou,
Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition" (1998), section V.) Costs
are in nats: −log of how likely something is.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy import ndarray

from digits.ink.framing import frame_ink
from digits.ink.parts import Part, find_parts, ink_of, join
from digits.ink.segmentation import cut, find_lines, one_digit_logit
from digits.reading.prediction import Digit, Number, Prediction

# All chosen with benchmarks/strings.py.
LOW = 0.35  # share of the line's height: what is lower is a sign
SIGN_COST = 0.7  # of a low part that stands alone
REJECTED_COST = 0.7  # of a part that hardly looks like a digit, besides that of its answer
MAX_COST = 5.0  # of any part: it may be a letter
DOUBTFUL = 0.2  # from this cost on a part may be two digits that touch
MIN_CUT_WIDTH = 0.6  # heights of the line; narrower ink is not cut
NARROW = 0.35  # heights of the line
NARROW_COST = 4.0  # of what is cut out and narrower: any upright stroke of a letter looks like a 1
LONE_LOGIT = 2.0  # more, at each cut, where there is nothing else in the line: it may be any sign
MAX_WIDTH = 1.5  # heights: no slices are put together that are wider
MAX_PARTS = 4  # of one digit, however many slices they are cut into
NEVER = -6.0  # logit: below it two neighbours are not tried as one digit; above 6 they always are one
LINE_COST = 2.0  # of each line, where all ink might be one digit
MAIN_SHARE = 0.88  # of the ink: what is less beside a digit may be scraps
MAIN_CONFIDENCE = 0.95
SPACE = 0.9  # heights of the line: a wider gap is one between two numbers
LEAST_SPACE = 0.45  # heights: so may be one that is so wide and SPACE_TIMES as wide as the others
SPACE_TIMES = 3

Read = Callable[[ndarray], Sequence[Prediction]]  # frames (N, 28, 28) → N predictions


class _Reader:
    """What the network makes of any part of this ink: each is read once."""

    def __init__(self, ink: ndarray, whole: ndarray, read: Read, owner: ndarray | None) -> None:
        self.ink = self.all_ink = ink
        self.labels, self.parts = find_parts(ink, owner)
        self.read = read
        self.whole = whole
        self.everything = {label for part in self.parts for label in part.labels}
        if 0 < len(self.everything) < self.labels.max():  # some of the ink is dirt, and no part
            self.all_ink = ink_of(join(self.parts), ink, self.labels)
            self.whole = frame_ink(self.all_ink)
        # By the labels of a part. (When it has been cut these are no longer in self.labels.)
        self.known: dict[tuple[int, ...], Prediction] = {}
        self.masses: dict[tuple[int, ...], float] = {}  # how much ink it has

    def read_all(self, parts: Sequence[Part]) -> None:
        """Those of these that have not been read yet, in one batch."""
        new = {part.labels: part for part in parts if part.labels not in self.known}
        if new:
            frames = np.array([self._frame(part) for part in new.values()])
            self.known.update(zip(new, self.read(frames), strict=True))

    def _frame(self, part: Part) -> ndarray:
        is_all = self.everything.issubset(part.labels)
        ink = self.all_ink if is_all else ink_of(part, self.ink, self.labels)
        self.masses[part.labels] = float(ink.sum())
        return self.whole if is_all else frame_ink(ink)

    def cost(self, part: Part, height: int) -> float:
        """Of taking this part for one digit, or else for a sign, in a line of this height."""
        if part.height < LOW * height:
            return SIGN_COST
        prediction = self.known[part.labels]
        cost = -math.log(max(prediction.confidence, 1e-9))
        return min(cost + (0 if prediction.is_digit else REJECTED_COST), MAX_COST)


def read_lines(
    ink: ndarray, whole: ndarray, read: Read, owner: ndarray | None = None
) -> list[list[Number]]:
    """Ink (H, W) → lines from top to bottom, each with its numbers from left to right.

    `whole` is the frame of all the ink, should it be one digit. `owner`: see
    find_parts in digits/ink/parts.py.
    """
    reader = _Reader(ink, whole, read, owner)
    found = [_divide(line, reader) for line in find_lines(reader.parts)]
    if len(found) > 1 and len(reader.parts) <= MAX_PARTS:  # an 8 may be broken in the middle
        one = join(reader.parts)
        reader.read_all([one])
        if reader.cost(one, one.height) < sum(cost + LINE_COST for cost, _ in found) - LINE_COST:
            found = [(0.0, [one])]
    digits = [part for _, line in found for part in line]
    if 1 < len(digits) <= MAX_PARTS and _is_one_with_scraps(digits, reader):
        found = [(0.0, [join(reader.parts)])]
    return [_numbers(line, reader) for _, line in found]


def _is_one_with_scraps(digits: Sequence[Part], reader: _Reader) -> bool:
    """Whether one of these has nearly all the ink, and reads the same together with the rest.

    As where a picture is cut out of others, and has scraps of its neighbours.
    """
    masses = [reader.masses[part.labels] for part in digits]
    if max(masses) < MAIN_SHARE * sum(masses):
        return False
    one = join(reader.parts)
    reader.read_all([one])
    alone, together = (reader.known[part.labels] for part in (digits[int(np.argmax(masses))], one))
    is_sure = together.is_digit and together.confidence >= MAIN_CONFIDENCE
    return is_sure and together.digit == alone.digit


def _divide(line: Sequence[Part], reader: _Reader) -> tuple[float, list[Part]]:
    """A line's parts → (the cost of the best way to divide them into digits, those digits)."""
    height = max(part.height for part in line)
    atoms = _certain(line, height, reader)
    reader.read_all(atoms)
    lone = LONE_LOGIT if len(atoms) == 1 else 0.0
    between = [one_digit_logit(a, b, height, reader.labels) for a, b in pairwise(atoms)]
    pieces: list[Part] = []
    logits: list[float] = []  # of each two neighbours among the pieces
    uncut: dict[tuple[int, int], Part] = {}  # the atom that these pieces, first to last, are of
    for k, atom in enumerate(atoms):
        first = len(pieces)
        pieces += (
            cut(atom, height, reader.ink, reader.labels) if _may_touch(atom, height, reader) else [atom]
        )
        uncut[first, len(pieces) - 1] = atom
        logits += between[k - 1 : k] if k else []
        logits += [lone + (piece.cut_logit or 0.0) for piece in pieces[first + 1 :]]

    n = len(pieces)
    firsts = {first for first, _ in uncut} | {n}
    runs: dict[tuple[int, int], Part] = {}
    for i in range(n):
        for j in range(i, n):
            if j > i and logits[j - 1] < NEVER:
                break
            run = pieces[i : j + 1]
            if sum(piece.cut_logit is None for piece in run) > MAX_PARTS:
                break
            part = uncut.get((i, j)) or join(run)
            is_whole = i in firsts and j + 1 in firsts  # nothing is cut at its ends
            if is_whole or part.width <= MAX_WIDTH * height:
                runs[i, j] = part
    reader.read_all(list(runs.values()))

    costs = [0.0] + [np.inf] * n  # of the first k pieces
    starts = [0] * (n + 1)  # of the last digit among these
    for (i, j), part in sorted(runs.items(), key=lambda run: run[0][1]):
        cost = costs[i] + reader.cost(part, height)
        cost += sum(
            _minus_log_sigmoid(logits[k]) for k in range(i, j) if pieces[k + 1].cut_logit is None
        )
        if i:
            cost += _minus_log_sigmoid(-logits[i - 1])
        if (i not in firsts or j + 1 not in firsts) and part.width < NARROW * height:
            cost += NARROW_COST
        if cost < costs[j + 1]:
            costs[j + 1] = cost
            starts[j + 1] = i
    digits = []
    end = n
    while end:
        digits.append(runs[starts[end], end - 1])
        end = starts[end]
    return costs[n], digits[::-1]


def _certain(line: Sequence[Part], height: int, reader: _Reader) -> list[Part]:
    """The parts of a line, where neighbours that are certainly one digit are joined."""
    groups = [[line[0]]]
    for a, b in pairwise(line):
        if one_digit_logit(a, b, height, reader.labels) > -NEVER:
            groups[-1].append(b)
        else:
            groups.append([b])
    return [join(group) for group in groups]


def _may_touch(part: Part, height: int, reader: _Reader) -> bool:
    """Whether this may be two digits that touch. Nobody draws two in one stroke."""
    if part.is_stroke or part.height < LOW * height or part.width < MIN_CUT_WIDTH * height:
        return False
    return reader.cost(part, height) > DOUBTFUL


def _minus_log_sigmoid(logit: float) -> float:
    """−log p, where logit is log(p / (1 − p))."""
    return float(np.logaddexp(0, -logit))


def _numbers(line: Sequence[Part], reader: _Reader) -> list[Number]:
    """A line's digits, divided where there is space."""
    height = max(part.height for part in line)
    gaps = [(b.left - a.right) / height for a, b in pairwise(line)]
    usual = float(np.median(gaps)) if len(gaps) > 2 else SPACE
    space = min(SPACE, max(LEAST_SPACE, SPACE_TIMES * usual))
    numbers: list[list[Digit]] = []
    for k, part in enumerate(line):
        if not k or gaps[k - 1] > space:
            numbers.append([])
        box = (part.left, part.top, part.width, part.height)
        numbers[-1].append(Digit(reader.known[part.labels], box, part.height < LOW * height))
    return [Number(digits) for digits in numbers]
