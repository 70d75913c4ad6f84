"""Rules, squares and frames on the paper: thin straight lines from one side of the picture to the other.

A rule is where ink is dense along a line of some slope (the Hough transform: Duda and Hart, "Use of the
Hough Transformation to Detect Lines and Curves in Pictures" (1972); here with strips of the picture for
points). It is taken away but where something crosses it: where it is thicker or darker than elsewhere.
"""

import numpy as np
from numpy import ndarray

STRIPS = 24  # into which a picture is cut across, …
LEAST_STRIP = 4  # … each at least so many pixels wide
DENSE = 0.6  # of a strip's columns with ink: there the line goes on
MIN_STRIPS = 0.8  # share of the strips in which a rule is seen
MAX_SLOPE = 0.08  # pixels up or down for each to the side
MAX_THICKNESS = 0.025  # share of the picture's longer side, …
LEAST_THICKNESS = 2.5  # … but so many pixels a rule may always have
NEAR = 3  # pixels by which a rule may be off the line that was found
CROSSED = 1.6  # times its usual thickness, …
MARGIN = 2  # … or so many pixels more: there something crosses a rule
DARKER = 1.35  # times its usual strength: the same, …
BETWEEN = 0.5  # … if it is so far from that to the strongest ink: some pieces of a rule are darker
STRONGEST = 99.7  # percentile of the ink's strength


def without_rules(is_ink: ndarray, strength: ndarray) -> ndarray:
    """Ink (H, W) bool and its strength → bool, the ink without the rules on the paper."""
    result = is_ink.copy()
    ruled = np.zeros_like(is_ink)  # where rules from left to right are
    most = max(LEAST_THICKNESS, MAX_THICKNESS * max(is_ink.shape))
    strongest = float(np.percentile(strength[is_ink], STRONGEST)) if is_ink.any() else 0.0
    for turned in (False, True):  # from left to right, and from top to bottom
        mask, strong, rest, crossings = (a.T if turned else a for a in (is_ink, strength, result, ruled))
        thick = _runs(rest)  # of squares, where the other rules are gone already
        votes, slopes = _votes(mask)
        while (found := _best(votes, slopes)) is not None:
            row, slope = found
            usual = _remove(row, slope, mask, thick, strong, rest, crossings, most, strongest)
            reach = NEAR + int(usual)
            votes[:, max(0, row - reach) : row + reach + 1] = 0
    return result


def _runs(mask: ndarray) -> ndarray:
    """For each pixel with ink (H, W), how many are above and below it without a gap; else 0."""
    H = len(mask)
    rows = np.arange(H)[:, np.newaxis]
    last_paper = np.maximum.accumulate(np.where(mask, -1, rows), axis=0)
    next_paper = np.minimum.accumulate(np.where(mask, H, rows)[::-1], axis=0)[::-1]
    return np.where(mask, next_paper - last_paper - 1, 0)


def _votes(mask: ndarray) -> tuple[ndarray, ndarray]:
    """The share of strips that show a line of each slope and row in the middle (S, H); slopes (S,)."""
    H, W = mask.shape
    strips = max(1, min(STRIPS, W // LEAST_STRIP))
    ends = np.linspace(0, W, strips + 1).astype(int)
    near = np.pad(mask, ((1, 1), (0, 0)))
    near = near[:-2] | near[1:-1] | near[2:]
    sums = np.add.reduceat(near, ends[:-1], axis=1, dtype=np.int32)
    dense = np.float32(sums >= DENSE * np.diff(ends)) / strips
    reach = int(MAX_SLOPE * W / 2)
    padded = np.pad(dense, ((reach, reach), (0, 0)))
    slopes = np.arange(-reach, reach + 1) / (W / 2)
    votes = np.zeros((len(slopes), H), np.float32)
    for vote, slope in zip(votes, slopes, strict=True):
        for strip, middle in enumerate((ends[:-1] + ends[1:] - W) / 2):
            first = reach + round(slope * middle)
            vote += padded[first : first + H, strip]
    return votes, slopes


def _best(votes: ndarray, slopes: ndarray) -> tuple[int, float] | None:
    """The line that most strips show: its row in the middle, and its slope; None if no rule is left."""
    best = votes.max(axis=0)
    row = last = int(best.argmax())
    if best[row] < MIN_STRIPS:
        return None
    while last + 1 < len(best) and best[last + 1] == best[row]:
        last += 1
    row = (row + last) // 2  # the middle of those that see it as well
    ties = np.flatnonzero(votes[:, row] == best[row])
    return row, float(slopes[ties[len(ties) // 2]])


def _remove(
    row: int,
    slope: float,
    mask: ndarray,
    thick: ndarray,
    strength: ndarray,
    result: ndarray,
    ruled: ndarray,
    most: float,
    strongest: float,
) -> float:
    """Take a line away from the result (H, W), unless it is thicker than `most`. Returns its thickness.

    `ruled` (H, W) says where there are rules already: that a place is darker says nothing there.
    """
    H, W = mask.shape
    columns = np.arange(W)
    rows = np.clip(np.rint(row + slope * (columns - (W - 1) / 2)).astype(int), 0, H - 1)
    for step in sorted(range(-NEAR, NEAR + 1), key=abs):  # the nearest ink in each column
        near = np.clip(rows + step, 0, H - 1)
        rows = np.where(~mask[rows, columns] & mask[near, columns], near, rows)
    here = mask[rows, columns]
    there = thick[rows, columns]
    if not (here & (there > 0)).any():
        return 0.0
    usual = float(np.median(there[here & (there > 0)]))
    if usual > most:
        return usual
    dark = np.median(strength[rows, columns][here])
    darkest = max(DARKER * dark, dark + BETWEEN * (strongest - dark))
    thickest = max(usual + MARGIN, CROSSED * usual)
    for step in range(-int(thickest), int(thickest) + 1):
        at = np.clip(rows + step, 0, H - 1)
        is_rule = (strength[at, columns] <= darkest) | ruled[at, columns]
        gone = here & (thick[at, columns] <= thickest) & is_rule
        result[at[gone], columns[gone]] = False
        ruled[at[here], columns[here]] = True
    return usual
