"""Where the ink of an image is: on paper of one value, or as the ink network sees it at several sizes.

One cannot always tell what is paper and what is ink, nor how large a picture's digits are. So a picture
can be seen in several ways, and who reads it takes the one in which most can be read.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike
from scipy.ndimage import find_objects, label

from digits.ink.cell import ink_of_cell
from digits.ink.colour import MIN_CLEAN_BORDER, MIN_CLEAN_SHARE
from digits.ink.parts import CONNECTING
from digits.ink.resizing import shrunk

MIN_PHOTO_SIDE = 64  # pixels; a smaller picture may be a scan of a single digit, cut out
# Longer sides at which the ink network looks at a picture. It has learned to find digits of 16 to 80
# pixels (digits/data/scenes.py): so any that takes 1.6 % of the picture's side, and most at two sizes.
SIDES = (64, 128, 256, 512, 1024)
FAINT = 0.1  # coverage: what is less connects nothing, …
MAX_HEIGHT = 80  # pixels: what is higher is seen better at a smaller size, or is no writing
SURE = 0.5  # mean coverage where a component connects: of less ink the network is in doubt
MAX_SCAN_SIDE = 2200  # pixels: larger ink is scaled down to this
MIN_CONTRAST = 0.1  # of the strongest ink: what is fainter counts only beside what is not
LEAST_CONTRAST = 0.08  # from black to white: less is no ink

Coverage = Callable[[ndarray], ndarray]  # grey (H, W) of 0 to 1 → how much of each pixel is ink


class Ink(NamedTuple):
    """The part of an image that has any ink."""

    values: ndarray  # (H, W) float32, from 0 (paper) to 1; (0, 0) where there is no ink
    top: int  # where it begins in the image, in the image's pixels
    left: int
    pixel: float  # how many of the image's pixels one of these is wide
    is_one_line: bool = False  # of a form's cell, with whatever else is printed there


def ink_of_drawing(image: ndarray, paper: float) -> Ink:
    """The ink of an image (H, W), bytes or floats from 0 to 1, whose paper has this value."""
    return _ink_of_scan(np.asarray(image), paper, max(image.shape))


def is_small(image: ndarray) -> bool:
    """Whether a picture (H, W) may be a scan of a digit, or the cell of a form, rather than a photo."""
    return min(image.shape) < MIN_PHOTO_SIDE or max(image.shape) < 4 * MIN_PHOTO_SIDE


def inks_of_picture(image: ndarray, coverage: Coverage) -> Iterator[Ink]:
    """The ink of a picture (H, W), bytes or floats from 0 to 1, in all ways that it can be seen."""
    image = np.asarray(image)
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    paper = np.median(border)
    grey = as_share(image, image.dtype)
    if is_small(image):
        if max(np.mean(image == value) for value in (image.min(), image.max())) >= MIN_CLEAN_SHARE:
            yield _ink_of_scan(image, paper)
        yield Ink(ink_of_cell(grey), 0, 0, 1.0, is_one_line=True)
        return
    if np.mean(border == paper) >= MIN_CLEAN_BORDER and np.mean(image == paper) >= MIN_CLEAN_SHARE:
        yield _ink_of_scan(image, paper)
    for side in SIDES:
        small = shrunk(grey, side)
        yield _without_specks(_sure(coverage(small)), 0, 0, max(grey.shape) / max(small.shape))
        if max(grey.shape) <= side:
            return


def _sure(ink: ndarray) -> ndarray:
    """Ink (H, W) without the components that the network doubts, or that are too high."""
    labels, count = label(ink >= FAINT, np.ones((3, 3)))
    pixels = np.bincount(labels.ravel(), ink.ravel() >= CONNECTING, count + 1)
    covered = np.bincount(labels.ravel(), np.where(ink >= CONNECTING, ink, 0).ravel(), count + 1)
    is_sure = covered >= SURE * np.maximum(pixels, 1)
    heights = [rows.stop - rows.start for rows, _ in find_objects(labels)]
    is_sure[1:] &= np.array(heights, int) <= MAX_HEIGHT
    is_sure[0] = True  # faint edges
    return np.where(is_sure[labels], ink, np.float32(0))


def _ink_of_scan(image: ndarray, paper: float, side: int = MAX_SCAN_SIDE) -> Ink:
    rows, columns = _box(image != paper)
    ink = _ink_on_even_paper(image[rows, columns], paper)
    if not ink.size:
        return Ink(ink, 0, 0, 1.0)
    small = shrunk(ink, side)
    return _without_specks(small, rows.start, columns.start, max(ink.shape) / max(small.shape))


def _ink_on_even_paper(image: ndarray, paper: float) -> ndarray:
    """Ink is on the side, darker or brighter, that there is more of."""
    grey = as_share(image, image.dtype)
    grey_of_paper = as_share(paper, image.dtype)
    darker = np.maximum(grey_of_paper - grey, 0)
    brighter = np.maximum(grey - grey_of_paper, 0)
    is_dark = darker.sum() > brighter.sum()
    ink = darker if is_dark else brighter
    strongest = np.max(ink, initial=0)
    if strongest < LEAST_CONTRAST:
        return np.zeros((0, 0), np.float32)
    return ink / strongest


def as_share(values: ndarray | float, dtype: DTypeLike) -> ndarray:
    """Values of an image of this dtype: bytes → 0 to 1; floats are that already."""
    white = 255 if np.issubdtype(dtype, np.integer) else 1
    return np.asarray(np.float32(values) / np.float32(white))


def _box(wanted: ndarray) -> tuple[slice, slice]:
    """The rows and the columns, as slices, of the smallest part that has all wanted places (H, W)."""
    rows, columns = (np.flatnonzero(wanted.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _without_specks(ink: ndarray, top: int, left: int, pixel: float) -> Ink:
    """Cropped to the ink; what is fainter than MIN_CONTRAST counts only beside what is not."""
    box = _box(ink >= MIN_CONTRAST)
    longest = max(side.stop - side.start for side in box)
    if not longest:
        return Ink(ink[:0, :0], 0, 0, pixel)
    margin = 2 + longest // 20
    rows, columns = (slice(max(0, side.start - margin), side.stop + margin) for side in box)
    near = ink[rows, columns]
    inner_rows, inner_columns = _box(near > 0)
    top += round((rows.start + inner_rows.start) * pixel)
    left += round((columns.start + inner_columns.start) * pixel)
    return Ink(near[inner_rows, inner_columns], top, left, pixel)
