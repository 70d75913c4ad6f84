"""Ink on a photo: what is narrow, and darker or brighter than the paper right beside it.

Light is uneven, paper is grainy, a shadow falls across it and a table shows beside it. What is broad
is no line, however dark; what goes on beyond the picture is no digit, if anything else is left.
"""

from collections.abc import Callable

import numpy as np
from numpy import ndarray
from numpy.lib.stride_tricks import sliding_window_view

Enlarge = Callable[[ndarray], ndarray]

MIN_CONTRAST = 0.1  # ink must differ by this much from the paper, on a scale from black to white
MAX_LINE_WIDTH = 0.2  # of the picture's longer side: no pen's line is broader
MIN_LIGHT = 0.2  # share of full light; where there is less, contrast is not made up for any further
# All of the following were set by hand, on photos of MNIST's digits (tests/digits/ink/test_photo.py).
COARSE_SIDE = 64  # pixels: enough to tell dark ink from bright
DOUBT = 1.2  # by this factor ink must stand out farther to be bright on bright paper, or dark on dark
PAPER_REACH = 0.15  # share of the longer side in which a pixel's paper is looked for
STRONGEST = 99.5  # percentile that stands for the strongest ink: single pixels may be stronger
STRONG_OF_INK = 80  # the same of what is ink, where that has been told from paper
WEAK_INK = 0.3  # share of the strongest: weaker is no ink
NOISE_MARGIN = 5  # standard deviations of the noise: nearer to the paper is no ink
MIN_NEIGHBOURS = 4  # of the 3×3 pixels around it with ink: with fewer it is dirt
MAD_TO_DEVIATION = 1.4826  # from the median absolute deviation of normal numbers to the standard one


def ink_of_photo(grey: ndarray) -> ndarray:
    """Grey (H, W) of 0 to 1 → how much ink is where: 0 to 1, float32, all 0 if there is none.

    Ink is on the side, darker or brighter, that stands out farther in the middle of the picture; where
    that is hard to say, it is dark if the paper is bright. Its strongest is 1.
    """
    if not _is_bright_on_dark(grey):
        grey = 1 - grey  # from here on paper is dark and ink is bright
    paper = _without_lines(grey, round(MAX_LINE_WIDTH * max(grey.shape)))
    above = (grey - paper) / np.maximum(1 - paper, MIN_LIGHT)  # where light is weak, so is the contrast

    noise = MAD_TO_DEVIATION * np.median(np.abs(above - np.median(above)))
    # What is fainter are edges of what was left out.
    least = max(MIN_CONTRAST, WEAK_INK * np.percentile(above, STRONGEST))
    ink = rest = _standing_out(above, noise, least)
    while rest.any():
        ink = rest
        beside = _from_border(rest > 0)
        if not beside.any():
            break
        above[beside] = 0
        rest = _standing_out(above, noise, least)
    count = np.sum(_neighbours(ink > 0), axis=0)
    return np.where(count >= MIN_NEIGHBOURS, ink, 0).astype(np.float32)


def _is_bright_on_dark(grey: ndarray) -> bool:
    """Whether ink is brighter than the paper of this photo (H, W)."""
    step = max(1, max(grey.shape) // COARSE_SIDE)
    few = grey[::step, ::step]
    middle = tuple(slice(side // 6, side - side // 6) for side in few.shape)
    darkest, brightest = np.percentile((few - _median_around(few))[middle], [2, 98])
    doubt = DOUBT if np.median(few[middle]) > 0.5 else 1 / DOUBT
    return bool(brightest >= doubt * -darkest)


def ink_of_page(grey: ndarray, small: ndarray, enlarge: Enlarge) -> ndarray:
    """The same of a photo whose digits are small: grey (H, W) is fine, `small` is the same scaled down.

    Paper is broad, so it is found in the small one and enlarged, by enlarge(small) → (H, W). What ink is
    does not depend on how much of it there is.
    """
    if not _is_bright_on_dark(small):
        grey = 1 - grey
        small = 1 - small
    paper = enlarge(_without_lines(small, round(MAX_LINE_WIDTH * max(small.shape))))
    above = (grey - paper) / np.maximum(1 - paper, MIN_LIGHT)
    middle = np.median(above)
    noise = MAD_TO_DEVIATION * np.median(np.abs(above - middle))
    least = middle + max(NOISE_MARGIN * noise, MIN_CONTRAST)
    is_ink = np.sum(_neighbours(above > least), axis=0) >= MIN_NEIGHBOURS
    is_ink &= ~_from_border(is_ink)
    if not is_ink.any():
        return np.zeros(grey.shape, np.float32)
    strongest = np.percentile(above[is_ink], STRONG_OF_INK)
    threshold = max(least, WEAK_INK * strongest)
    ink = np.clip((above - threshold) / max(strongest - threshold, MIN_CONTRAST), 0, 1)
    return np.where(is_ink, ink, 0).astype(np.float32)


def _median_around(grey: ndarray) -> ndarray:
    """The median of the pixels around each pixel (H, W): paper, as there is more of it than ink."""
    reach = round(PAPER_REACH * max(grey.shape))
    windows = sliding_window_view(np.pad(grey, reach, mode="symmetric"), [2 * reach + 1] * 2)
    return np.median(windows, axis=(2, 3))


def _without_lines(grey: ndarray, width: int) -> ndarray:
    """Grey (H, W) without what is brighter than its surroundings and narrower than `width` pixels.

    The darkest pixel of each window, and of these in each window the brightest (an "opening": Serra,
    "Image Analysis and Mathematical Morphology" (1982)). Where a shadow or a table begins, it stays.
    """
    before = width // 2
    after = width - 1 - before
    for extreme, margins in ((np.min, (before, after)), (np.max, (after, before))):
        for axis in (0, 1):
            padded = np.pad(grey, [margins if k == axis else (0, 0) for k in (0, 1)], mode="edge")
            grey = extreme(sliding_window_view(padded, width, axis), axis=-1)
    return grey


def _standing_out(above: ndarray, noise: float, least: float) -> ndarray:
    """How far pixels (H, W) are above the noise, as a share of the farthest; 0 if that is too near."""
    strongest = np.percentile(above, STRONGEST)
    threshold = np.median(above) + max(NOISE_MARGIN * noise, WEAK_INK * strongest)
    if strongest < max(least, threshold):
        return np.zeros_like(above)
    return np.clip((above - threshold) / (strongest - threshold), 0, 1)


def _from_border(mask: ndarray) -> ndarray:
    """What of this mask (H, W) hangs together with the border."""
    found = mask.copy()
    count = 0
    found[1:-1, 1:-1] = False
    while count < np.sum(found):
        count = np.sum(found)
        found = _grown(found) & mask
    return found


def _grown(mask: ndarray) -> ndarray:
    """The mask (H, W) and every pixel beside it."""
    return np.any(_neighbours(mask), axis=0)


def _neighbours(values: ndarray) -> list[ndarray]:
    """Values (H, W), moved by up to one place in each direction: nine of them."""
    H, W = values.shape
    padded = np.pad(values, 1)
    return [padded[i : i + H, j : j + W] for i in range(3) for j in range(3)]
