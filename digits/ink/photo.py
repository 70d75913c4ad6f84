"""Ink on a photo: what is narrow, and darker or brighter than the paper right beside it.

Light is uneven, paper is grainy, a shadow falls across it, rules are printed on it and a table shows
beside it. What is broad is no line, however dark; what is ruled is no writing; and what ink is does not
depend on how much of it there is.
"""

from typing import Any

import numpy as np
from numpy import ndarray
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import find_objects, label

from digits.ink.resizing import resized, shrunk
from digits.ink.rules import without_rules

MIN_CONTRAST = 0.1  # ink must differ by this much from the paper, on a scale from black to white
MIN_LIGHT = 0.2  # share of full light; where there is less, contrast is not made up for any further
# All of the following were set by hand, on photos of digits (benchmarks/photos.py).
SMALL_SIDE = 320  # pixels: enough to see paper, which is broad
PAPER_REACHES = (0.03, 0.15)  # shares of the longer side in which a pixel's paper is looked for
PLAIN = 0.3  # how skewed what stands out from it is, from −1 to 1, if ink is plainly on one side
NOISE_MARGIN = 5  # standard deviations of the noise: nearer to the paper is no ink
MIN_NEIGHBOURS = 4  # of the 3×3 pixels around it with ink: with fewer it is dirt
STRONG_OF_INK = 80  # percentile that stands for the strongest ink
FAINT_RULE = 0.5  # of the least contrast of ink: a rule is so faint here and there
WEAK_INK = 0.3  # share of the strongest: weaker is no ink
MAD_TO_DEVIATION = 1.4826  # from the median absolute deviation of normal numbers to the standard one

MAX_PARTS = 4096
EDGE_REACH = 2  # pixels of the small picture, …
MAX_EDGE = 0.12  # … within which the paper differs by more: a part there is the edge of something broad
LEAST_INSIDE = 0.04  # share of the picture's longer side: less, inside, does not make the rest a table
MAX_CONTACT = 0.4  # share of a side of the picture: what touches more of it lies beside the paper
AT_BORDER = 0.5  # share of the largest part's side that a part at the border has if it is writing, …
STRONG_AT_BORDER = 0.7  # … and of the strongest part's mean
SMALL_PART = 0.15  # share of the largest part's side: a smaller one is no measure of strength
WEAK_PART = 0.5  # share of the strongest part's mean: a weaker part is an edge of what was left out
SPECK = 0.1  # share of the largest part's side: a smaller one is dirt


def is_bright_on_dark(grey: ndarray) -> bool:
    """Whether ink is brighter than the paper of this photo (H, W).

    What is left of it without its surroundings is cubed: then an edge of a table or of a shadow, as much
    brighter on its one side as it is darker on the other, says nothing, and lines say much. Near by
    nothing broad says anything, as the corner of a shadow might; if no line does either, all are broad.
    """
    skew = 0.0
    for reach in PAPER_REACHES:
        rest = grey - box_mean(grey, max(1, round(reach * max(grey.shape))))
        skew = np.sum(rest**3) / max(np.sum(np.abs(rest) ** 3), 1e-9)
        if abs(skew) >= PLAIN:
            break
    return bool(skew > 0)


def ink_of_photo(grey: ndarray, side: int, line_width: float, part: float = 1.0) -> ndarray:
    """Bright ink on dark paper (H, W), of 0 to 1 → how much ink is where: 0 to 1, float32.

    The result's longer side is `side` pixels at most. `line_width` and `part` are shares of it: of the
    broadest line that there may be, and of the largest digit. Where something larger is written there
    is no ink: its pieces were read as digits.
    """
    grey = shrunk(grey, side)
    H, W = grey.shape
    small = shrunk(grey, SMALL_SIDE)
    small_paper = _without_lines(small, max(3, round(line_width * max(small.shape))))
    paper = resized(small_paper, H, W)
    light = np.maximum(1 - paper, MIN_LIGHT)  # where light is weak, so is the contrast
    above = (grey - paper) / light
    above -= np.median(above)
    noise = MAD_TO_DEVIATION * np.median(np.abs(np.diff(grey, axis=1, append=0))) / np.sqrt(2)
    least = np.maximum(NOISE_MARGIN * noise / light, MIN_CONTRAST)
    is_faint, is_ink = (
        (np.sum(neighbours(above > share * least), axis=0) >= MIN_NEIGHBOURS) & (above > 0)
        for share in (FAINT_RULE, 1)
    )
    is_ink &= without_rules(is_faint, above)
    edges = resized(_local_range(small_paper, EDGE_REACH), H, W)
    ink = np.where(is_ink, np.clip(above, 0, 1), 0).astype(np.float32)
    ink = _writing(ink, edges, part * max(H, W))
    if not ink.any():
        return ink
    strongest = np.percentile(ink[ink > 0], STRONG_OF_INK)
    threshold = np.maximum(least, WEAK_INK * strongest)
    share = (ink - threshold) / np.maximum(strongest - threshold, MIN_CONTRAST)
    return np.clip(share, 0, 1).astype(np.float32)


def _writing(ink: ndarray, edges: ndarray, largest: float) -> ndarray:
    """The ink (H, W) of those parts that are writing: strong, and nothing that lies beside the paper.

    `edges` (H, W) says by how much the paper differs near each pixel; `largest` is in pixels.
    """
    H, W = ink.shape
    labels, count = label(ink > 0, np.ones((3, 3)))
    if not 0 < count <= MAX_PARTS:
        return np.zeros_like(ink)
    boxes = [(r.start, c.start, r.stop, c.stop) for r, c in find_objects(labels)]
    top, left, bottom, right = np.array(boxes).T
    side = np.maximum(bottom - top, right - left)
    pixels = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    mean = np.bincount(labels.ravel(), ink.ravel(), count + 1)[1:] / pixels
    is_edge = np.bincount(labels.ravel(), edges.ravel(), count + 1)[1:] > MAX_EDGE * pixels
    borders = [(labels[row], W) for row in (0, -1)] + [(labels[:, column], H) for column in (0, -1)]
    contacts = [np.bincount(line, minlength=count + 1)[1:] / n for line, n in borders]
    *_, second, contact = np.sort(contacts, axis=0)

    inside = (contact == 0) & ~is_edge & (side >= LEAST_INSIDE * max(H, W))
    if inside.any():
        is_large = side >= AT_BORDER * side[inside].max()
        is_strong = mean >= STRONG_AT_BORDER * mean[inside].max()
        is_spread = (bottom - top > 0.9 * H) & (right - left > 0.9 * W)
        at_border = (contact <= MAX_CONTACT) & is_large & is_strong & ~is_spread
        is_writing = ~is_edge & ((contact == 0) | at_border)
    else:
        is_writing = second <= MAX_CONTACT  # a digit cut out tight may touch much of one side
    if side[is_writing].max(initial=0) > largest or not is_writing.any():
        return np.zeros_like(ink)
    large = is_writing & (side >= SMALL_PART * side[is_writing].max())
    is_writing &= (mean >= WEAK_PART * mean[large].max()) & (side >= SPECK * side[large].max())
    return np.where(np.append(False, is_writing)[labels], ink, np.float32(0))


def box_mean(grey: ndarray, reach: int) -> ndarray:
    """The mean of the pixels (H, W) up to `reach` away, at the border of those that there are."""
    result = grey
    for axis in (0, 1):
        n = result.shape[axis]
        sums = np.cumsum(np.insert(result, 0, 0, axis=axis), axis=axis, dtype=np.float64)
        places = np.arange(n)
        first = np.maximum(places - reach, 0)
        last = np.minimum(places + reach + 1, n)
        shape = [-1 if k == axis else 1 for k in (0, 1)]
        result = (sums.take(last, axis) - sums.take(first, axis)) / (last - first).reshape(shape)
    return result.astype(grey.dtype)


def _without_lines(grey: ndarray, width: int) -> ndarray:
    """Grey (H, W) without what is brighter than its surroundings and narrower than `width` pixels.

    The darkest pixel of each window, and of these in each window the brightest (an "opening": Serra,
    "Image Analysis and Mathematical Morphology" (1982)). Where a shadow or a table begins, it stays.
    """
    before = width // 2
    after = width - 1 - before
    darkest = _extreme(np.min, grey, before, after)
    return _extreme(np.max, darkest, after, before)


def _local_range(grey: ndarray, reach: int) -> ndarray:
    """The largest of the values (H, W) within reach of each less the smallest."""
    difference: ndarray = _extreme(np.max, grey, reach, reach) - _extreme(np.min, grey, reach, reach)
    return difference


def _extreme(of: Any, values: ndarray, before: int, after: int) -> ndarray:
    """np.min or np.max of the values (H, W) in a window around each, as far as it is in the picture."""
    nothing = np.inf if of is np.min else -np.inf
    for axis in (0, 1):
        margins = [(before, after) if k == axis else (0, 0) for k in (0, 1)]
        padded = np.pad(values, margins, constant_values=nothing)
        values = of(sliding_window_view(padded, before + 1 + after, axis), axis=-1)
    return values


def neighbours(values: ndarray) -> list[ndarray]:
    """Values (H, W), moved by up to one place in each direction: nine of them."""
    H, W = values.shape
    padded = np.pad(values, 1)
    return [padded[i : i + H, j : j + W] for i in range(3) for j in range(3)]
