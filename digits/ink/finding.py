"""Where the ink of an image is. A drawing's paper has one value; a photo's has many.

One cannot always tell what is paper and what is ink: the border of a form's cell shows its frame, and
a rule may be the bar of a 7. So an image can be seen in several ways, and who reads it tries the next
where one shows nothing that could be read.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from digits.ink.cell import ink_of_cell
from digits.ink.parts import find_parts, has, join, without_frames
from digits.ink.photo import MIN_CONTRAST, SMALL_SIDE, ink_of_photo, is_bright_on_dark
from digits.ink.resizing import shrunk
from digits.ink.rules import MIN_STRIPS, without_rules

MIN_PHOTO_SIDE = 64  # pixels; a smaller picture may be a scan of a single digit, cut out
# In a drawing at least so much of the border, and of all, has just the paper's value. In a photo it
# is far less; in a scan with a black margin it is the margin that the border shows.
MIN_CLEAN_BORDER = 0.4
MIN_CLEAN_SHARE = 0.25
LARGE = 0.35  # share of a photo's side: a larger part is nothing to look at more closely, …
FEW_PARTS = 2  # … if there are no more than these
# At which size in pixels a photo is looked at, and which share of that the broadest line and the largest
# part may have: for a digit that fills it, for one that does not, and for a whole page.
PHOTO_SCALES = ((SMALL_SIDE, 0.2, 1.0), (800, 0.06, LARGE), (1600, 0.05, LARGE))
MAX_SCAN_SIDE = 2200  # pixels: larger ink is scaled down to this
LEAST_CONTRAST = 0.08  # from black to white: less is no ink
SHEET = 0.9  # share of its box that ink fills if it is no writing, but a sheet on the paper


class Ink(NamedTuple):
    """The part of an image that has any ink."""

    values: ndarray  # (H, W) float32, from 0 (paper) to 1; (0, 0) where there is no ink
    top: int  # where it begins in the image, in the image's pixels
    left: int
    pixel: float  # how many of the image's pixels one of these is wide
    is_one_line: bool = False  # of a form's cell, with whatever else is printed there

    def within(self, top: int, left: int) -> "Ink":
        """The same, as part of a larger image in which its image begins here."""
        return self._replace(top=self.top + top, left=self.left + left)


def find_ink(image: ndarray, paper: float | None = None) -> Ink:
    """A grey image (H, W), bytes or floats from 0 to 1 → how much ink is where, as is likeliest."""
    return next(find_inks(image, paper))


def find_inks(image: ndarray, paper: float | None = None) -> Iterator[Ink]:
    """The ink of an image in all ways that it can be seen.

    Paper may be darker or brighter than ink. Unless it is given, it is what most of the border shows, or
    this is a photo. The likeliest comes first.
    """
    image = np.asarray(image)
    if paper is not None:
        yield _ink_of_scan(image, paper, max(image.shape))
        return
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    paper = np.median(border)
    grey = as_share(image, image.dtype)
    if min(image.shape) < MIN_PHOTO_SIDE or max(image.shape) < 4 * MIN_PHOTO_SIDE:
        yield from _inks_of_small_picture(image, grey, paper)
        return
    if np.mean(border == paper) < MIN_CLEAN_BORDER or np.mean(image == paper) < MIN_CLEAN_SHARE:
        yield from _inks_of_photo(grey)
        return
    ink = _ink_of_scan(image, paper)
    unruled = _without_rules(ink, *image.shape)
    yield unruled
    if unruled is not ink:
        yield ink
    if ink.values.size and np.mean(ink.values > 0) >= SHEET:
        H, W = (round(n * ink.pixel) for n in ink.values.shape)
        sheet = grey[ink.top : ink.top + H, ink.left : ink.left + W]
        yield from (found.within(ink.top, ink.left) for found in _inks_of_photo(sheet))


def _inks_of_small_picture(image: ndarray, grey: ndarray, paper: float) -> Iterator[Ink]:
    """The ways to see a picture of one line; `paper` is what the border shows."""
    shares = {value: np.mean(image == value) for value in (image.min(), image.max())}
    if max(shares.values()) >= MIN_CLEAN_SHARE:
        main = max(shares, key=lambda value: shares[value])
        border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        if main != paper and (border == paper).all():  # a box
            ink = _ink_on_even_paper(image, main)
            labels, parts = find_parts(ink)
            if parts:
                inside = join(without_frames(parts, ink.shape))
                is_inside = (labels == 0) | has(labels, inside.labels)
                yield _without_specks(np.where(is_inside, ink, np.float32(0)), 0, 0, 1.0)
        yield _ink_of_scan(image, paper)
    yield Ink(ink_of_cell(grey), 0, 0, 1.0, is_one_line=True)


def _inks_of_photo(grey: ndarray) -> Iterator[Ink]:
    """The ways to see a photo (H, W): at each scale."""
    large = shrunk(grey, max(side for side, *_ in PHOTO_SCALES))
    if not is_bright_on_dark(shrunk(large, SMALL_SIDE)):
        large = 1 - large
    for side, line_width, part in PHOTO_SCALES:
        ink = ink_of_photo(large, side, line_width, part)
        yield _without_specks(ink, 0, 0, max(grey.shape) / max(ink.shape))
        if max(large.shape) <= side or _is_one_thing(ink):
            break


def _is_one_thing(ink: ndarray) -> bool:
    """Whether a large part is all that there is: a closer look would find pieces of it, no digits."""
    _, parts = find_parts(ink)
    largest = max((max(part.height, part.width) for part in parts), default=0)
    return len(parts) <= FEW_PARTS and largest > LARGE * max(ink.shape)


def _ink_of_scan(image: ndarray, paper: float, side: int = MAX_SCAN_SIDE) -> Ink:
    rows, columns = _box(image != paper)
    ink = _ink_on_even_paper(image[rows, columns], paper)
    if not ink.size:
        return Ink(ink, 0, 0, 1.0)
    small = shrunk(ink, side)
    return _without_specks(small, rows.start, columns.start, max(ink.shape) / max(small.shape))


def _without_rules(ink: Ink, H: int, W: int) -> Ink:
    """The ink of an image (H, W) without the rules on the paper; the same object if there are none."""
    top, left, H, W = (round(n / ink.pixel) for n in (ink.top, ink.left, H, W))
    height, width = ink.values.shape
    if height < MIN_STRIPS * H and width < MIN_STRIPS * W:
        return ink
    below, right = max(0, H - top - height), max(0, W - left - width)
    whole = np.pad(ink.values, ((top, below), (left, right)))
    is_ink = whole >= MIN_CONTRAST
    unruled = without_rules(is_ink, whole)
    if (unruled == is_ink).all():
        return ink
    return _without_specks(np.where(unruled, whole, np.float32(0)), 0, 0, ink.pixel)


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
