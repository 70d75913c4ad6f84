"""Any drawing, scan or photo of one digit → the 28×28 frame in which MNIST shows its digits.

A network reads best what looks like what it learned from, so this repeats MNIST's own making
(LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition"
(1998), section III-A): the digit is scaled, keeping its aspect, until its longer side is 20 pixels,
and then moved by whole pixels until its centre of mass is in the middle of the frame. What a thin
pen has left, as MNIST's pens never did, is strengthened. Last, when the network is shown it, it
is moved by the domain offset, which says that it is not MNIST's.
"""

import numpy as np
from numpy import ndarray

from digits.ink.finding import find_ink
from digits.ink.resizing import resized

FRAME_SIZE = 28  # pixels
BOX_SIZE = 20  # pixels: the longer side of a digit in its frame
CENTRE = 14.0  # index of the pixel that MNIST's centres of mass lie nearest to: not 13.5
DOMAIN_OFFSET = 2  # pixels, unless a training chose otherwise; more than augmentation shifts digits
MAX_DOMAIN_OFFSET = 4  # pixels; a few digits lose a little ink by 2 already, many by 4

MIN_STRENGTH = 0.7  # share of full ink: for what is weaker, see frame


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
    small = resized(ink, height, width).copy()
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
    return moved(frames, -pixels, -pixels)


def moved(frames: ndarray, down: int, right: int) -> ndarray:
    """Frames (…, 28, 28), moved by these pixels; what leaves the frame is lost, and paper comes in."""
    result = np.zeros_like(frames)
    rows, columns = (slice(max(0, step), FRAME_SIZE + min(0, step)) for step in (down, right))
    from_rows, from_columns = (slice(max(0, -step), FRAME_SIZE - max(0, step)) for step in (down, right))
    result[..., rows, columns] = frames[..., from_rows, from_columns]
    return result


def _place(mass: ndarray) -> int:
    """Where ink of this mass (n,), by row or column, has to begin for its middle to be right."""
    centre = mass @ np.arange(len(mass)) / mass.sum()
    return int(np.clip(round(CENTRE - centre), 0, FRAME_SIZE - len(mass)))
