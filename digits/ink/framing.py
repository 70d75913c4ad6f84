"""Any drawing, scan or photo of one digit → the 28×28 frame in which MNIST shows its digits.

A network reads best what looks like what it learned from, so this repeats MNIST's own making
(LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition"
(1998), section III-A): the digit is scaled, keeping its aspect, until its longer side is 20 pixels,
and then moved by whole pixels until its centre of mass is in the middle of the frame. What a thin
pen has left, as MNIST's pens never did, is strengthened. Last, when the network is shown it, it
is moved by the domain offset, which says that it is not MNIST's.
"""

from typing import NamedTuple

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from digits.ink.photo import MIN_CONTRAST, ink_of_page, ink_of_photo

FRAME_SIZE = 28  # pixels
BOX_SIZE = 20  # pixels: the longer side of a digit in its frame
CENTRE = 14.0  # index of the pixel that MNIST's centres of mass lie nearest to: not 13.5
DOMAIN_OFFSET = 2  # pixels, unless a training chose otherwise; more than augmentation shifts digits
MAX_DOMAIN_OFFSET = 4  # pixels; a few digits lose a little ink by 2 already, many by 4

MIN_PHOTO_SIDE = 64  # pixels; below this a picture is taken for a scan on clean paper
MAX_PHOTO_SIDE = 320  # pixels; larger photos are scaled down to this
MAX_PAGE_SIDE = 1600  # pixels; and those of whole pages to this
MIN_STRENGTH = 0.7  # share of full ink: for what is weaker, see frame
# In a drawing at least so much of the border, and of all, has just the paper's value. In a photo it
# is far less; in a scan with a black margin it is the margin that the border shows.
MIN_CLEAN_BORDER = 0.4
MIN_CLEAN_SHARE = 0.25


def frame(
    image: ndarray, paper: float | None = None, min_strength: float = MIN_STRENGTH
) -> ndarray | None:
    """A grey image (H, W), ink bright or dark → its frame (28, 28) of bytes, or None without ink.

    Bytes, or floats from 0 to 1. `paper` is the value that paper has; None: it is found (find_ink).

    A pen that is thin beside its digit leaves a line of grey pixels in the frame, and so does a faint
    one. Ink whose mean is below `min_strength` is made stronger: of pendigits drawn with a pen of 0.5
    pixels 98 % are then read right instead of 91, with one of 0.1 pixels 97 % instead of 23. It changes
    one of MNIST's digits in 460.
    """
    ink = find_ink(image, paper).values
    return frame_ink(ink, min_strength) if ink.size else None


def frame_ink(ink: ndarray, min_strength: float = MIN_STRENGTH) -> ndarray:
    """Ink (H, W) of 0 to 1, cropped to one digit → its frame (28, 28) of bytes, as `frame` makes it."""
    longest = max(ink.shape)
    height, width = (max(1, round(side * BOX_SIZE / longest)) for side in ink.shape)
    small = resampling(height, ink.shape[0]) @ ink @ resampling(width, ink.shape[1]).T
    strength = np.sum(small**2) / np.sum(small)  # the mean over the ink, not over the paper
    small *= max(1, min_strength / strength)

    top = _place(small.sum(axis=1))
    left = _place(small.sum(axis=0))
    result = np.zeros((FRAME_SIZE, FRAME_SIZE), np.uint8)
    result[top : top + height, left : left + width] = np.rint(255 * np.clip(small, 0, 1))
    return result


def apply_domain_offset(frames: ndarray, pixels: int = DOMAIN_OFFSET) -> ndarray:
    """Frames (…, 28, 28) → the same as the network is shown them, moved up and to the left.

    One and the same shape may be a 7 of MNIST's, whose writers were Americans, and a 1 with a flag
    elsewhere: no network can tell without knowing which domain it comes from. So the position tells it:
    MNIST's digits stand in the middle, those that anyone draws, scans or photographs are moved.
    """
    moved = np.zeros_like(frames)
    end = FRAME_SIZE - pixels
    moved[..., :end, :end] = frames[..., pixels:, pixels:]
    return moved


def _place(mass: ndarray) -> int:
    """Where ink of this mass (n,), by row or column, has to begin for its middle to be right."""
    centre = mass @ np.arange(len(mass)) / mass.sum()
    return int(np.clip(round(CENTRE - centre), 0, FRAME_SIZE - len(mass)))


class Ink(NamedTuple):
    """The part of an image that has any ink."""

    values: ndarray  # (H, W) float32, from 0 (paper) to 1; (0, 0) where there is no ink
    top: int  # where it begins in the image, in the image's pixels
    left: int
    pixel: float  # how many of the image's pixels one of these is wide


def find_ink(image: ndarray, paper: float | None = None, is_page: bool = False) -> Ink:
    """A grey image (H, W) → how much ink is where.

    Unless given, paper is what most of the border shows; ink may be darker or brighter. A photo of a
    whole page is looked at more closely than one of a digit that fills it.
    """
    image = np.asarray(image)
    if paper is None:
        border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        paper = np.median(border)
        clean_border = np.mean(border == paper) >= MIN_CLEAN_BORDER
        is_clean = clean_border and np.mean(image == paper) >= MIN_CLEAN_SHARE
        if min(image.shape) >= MIN_PHOTO_SIDE and not is_clean:
            if is_page:
                return _ink_of_page(as_share(image, image.dtype))
            grey = _shrunk(as_share(image, image.dtype), MAX_PHOTO_SIDE)
            return _without_specks(ink_of_photo(grey), 0, 0, max(image.shape) / max(grey.shape))
    rows, columns = _box(image != paper)
    ink = _ink_on_even_paper(image[rows, columns], paper)
    return _without_specks(ink, rows.start, columns.start, 1.0)


def _ink_on_even_paper(image: ndarray, paper: float) -> ndarray:
    """Ink is on the side, darker or brighter, that there is more of."""
    grey = as_share(image, image.dtype)
    grey_of_paper = as_share(paper, image.dtype)
    darker = np.maximum(grey_of_paper - grey, 0)
    brighter = np.maximum(grey - grey_of_paper, 0)
    is_dark = darker.sum() > brighter.sum()
    ink, most = (darker, grey_of_paper) if is_dark else (brighter, 1 - grey_of_paper)
    return ink / most if np.max(ink, initial=0) >= MIN_CONTRAST else np.zeros((0, 0), np.float32)


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


def _ink_of_page(image: ndarray) -> Ink:
    grey = _shrunk(image, MAX_PAGE_SIDE)
    small = _shrunk(grey, MAX_PHOTO_SIDE)
    H, W = grey.shape
    rows, columns = resampling(H, small.shape[0]), resampling(W, small.shape[1]).T
    ink = ink_of_page(grey, small, lambda paper: rows @ paper @ columns)
    return _without_specks(ink, 0, 0, max(image.shape) / max(H, W))


def _shrunk(grey: ndarray, most: int) -> ndarray:
    """Grey (H, W), its longer side at most `most` pixels: fine grain averages out."""
    shrink = min(1, most / max(grey.shape))
    height, width = (max(1, round(side * shrink)) for side in grey.shape)
    return resampling(height, grey.shape[0]) @ grey @ resampling(width, grey.shape[1]).T


def resampling(new: int, old: int) -> ndarray:
    """(new, old) float32 weights: each new pixel as an average over the old ones it covers.

    When enlarging, a straight line between the two nearest old pixels instead.
    """
    if new > old:
        centres = (np.arange(new) + 0.5) * old / new - 0.5
        columns = np.eye(old)
        weights = [np.interp(centres, np.arange(old), column) for column in columns]
        return np.array(weights, np.float32).T
    edges = np.linspace(0, old, new + 1)
    begin = edges[:-1, np.newaxis]
    end = edges[1:, np.newaxis]
    pixel = np.arange(old)
    covered = np.clip(np.minimum(end, pixel + 1) - np.maximum(begin, pixel), 0, None)
    return (covered * new / old).astype(np.float32)
