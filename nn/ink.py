"""Any drawing, scan or photo of one digit → the 28×28 frame in which MNIST shows its digits.

A network reads best what looks like what it learned from, so this repeats MNIST's own making
(LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition"
(1998), section III-A): the digit is scaled, keeping its aspect, until its longer side is 20 pixels,
and then moved by whole pixels until its centre of mass is in the middle of the frame. What a thin
pen has left, as MNIST's pens never did, is strengthened. Last, when the network is shown it, it
stands a little aside, which says that it is not MNIST's.
"""

import numpy as np

FRAME, BOX = 28, 20
MIDDLE = 14.0  # index of the pixel that MNIST's centres of mass lie nearest to: not 13.5
ASIDE = 2  # pixels, unless a training chose otherwise; more than it shifts digits (augment.py)
FARTHEST = 4  # pixels; a little of the ink of a few digits is lost by 2 already, of many by 4

PHOTO_SIDE = 64  # pixels; below this a picture is taken for a scan on clean paper
WEAKEST = 0.7  # share of full ink: for what is weaker, see frame
CLEAN_SHARE = 0.4  # of the border has just the paper's value in a drawing; far less in a photo
FAINTEST = 0.1  # ink must differ by this much from the paper, on a scale from black to white


def frame(image, paper=None, weakest=WEAKEST):
    """A grey image (H, W), ink bright or dark → its frame (28, 28) of bytes, or None without ink.

    Bytes, or floats from 0 to 1. Where it is known what value paper has, it need not be found.

    A pen that is thin beside its digit leaves a line of grey pixels in the frame, and so does a faint
    one. Where ink is weaker than `weakest` there is made more of it: of pendigits drawn by a pen of
    half a pixel 98 % are then read instead of 91, of a tenth 97 instead of 23. It changes one of
    MNIST's digits in 460.
    """
    ink = find_ink(image, paper)
    if not ink.size:
        return None
    longest = max(ink.shape)
    height, width = (max(1, round(side * BOX / longest)) for side in ink.shape)
    small = _resampling(height, ink.shape[0]) @ ink @ _resampling(width, ink.shape[1]).T
    strength = np.sum(small**2) / np.sum(small)  # the mean over the ink, not over the paper
    small *= max(1, weakest / strength)

    top, left = _place(small.sum(axis=1)), _place(small.sum(axis=0))
    result = np.zeros((FRAME, FRAME), np.uint8)
    result[top : top + height, left : left + width] = np.rint(255 * np.clip(small, 0, 1))
    return result


def aside(frames, pixels=ASIDE):
    """Frames (…, 28, 28) → the same as the network is shown them, moved up and to the left.

    One and the same shape may be a 7 of MNIST's, whose writers were Americans, and a 1 with a flag
    elsewhere: no network can tell without knowing where it comes from. So it is told, by the place:
    MNIST's digits stand in the middle, those that anyone draws, scans or photographs stand aside.
    """
    moved = np.zeros_like(frames)
    moved[..., : FRAME - pixels, : FRAME - pixels] = frames[..., pixels:, pixels:]
    return moved


def _place(mass):
    """Where ink of this mass (n,), by row or column, has to begin for its middle to be right."""
    centre = mass @ np.arange(len(mass)) / mass.sum()
    return int(np.clip(round(MIDDLE - centre), 0, FRAME - len(mass)))


def find_ink(image, paper=None):
    """A grey image (H, W) → how much ink is where: 0 (paper) to 1, float32, the part with any ink.

    Unless given, paper is what most of the border shows; ink may be darker or brighter. Without ink
    the shape is (0, 0).
    """
    image = np.asarray(image)
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    is_known, paper = paper is not None, np.median(border) if paper is None else paper
    if is_known or min(image.shape) < PHOTO_SIDE or np.mean(border == paper) >= CLEAN_SHARE:
        ink = _ink_on_even_paper(image[_box(image != paper)], paper)
    else:
        ink = _ink_of_photo(_as_share(image), _as_share(paper, image.dtype))
    return _without_specks(ink)


def _ink_on_even_paper(image, paper):
    """Ink is on the side, darker or brighter, that there is more of."""
    grey, paper = _as_share(image), _as_share(paper, image.dtype)
    darker, brighter = np.maximum(paper - grey, 0), np.maximum(grey - paper, 0)
    ink, most = (darker, paper) if darker.sum() > brighter.sum() else (brighter, 1 - paper)
    return ink / most if np.max(ink, initial=0) >= FAINTEST else np.zeros((0, 0), np.float32)


def _as_share(values, dtype=None):
    """Bytes → 0 to 1; floats are that already."""
    whole = np.issubdtype(dtype or values.dtype, np.integer)
    return np.float32(values) / np.float32(255 if whole else 1)


def _box(wanted):
    """The rows and the columns, as slices, of the smallest part that has all wanted places (H, W)."""
    places = [np.flatnonzero(wanted.any(axis=axis)) for axis in (1, 0)]
    return tuple(slice(p[0], p[-1] + 1) if len(p) else slice(0, 0) for p in places)


def _without_specks(ink):
    """Cropped to the ink: what is fainter than FAINTEST counts near what is not, as its blurred edge."""
    box = _box(ink >= FAINTEST)
    longest = max(side.stop - side.start for side in box)
    if not longest:
        return ink[:0, :0]
    margin = 2 + longest // 20
    near = ink[tuple(slice(max(0, side.start - margin), side.stop + margin) for side in box)]
    return near[_box(near > 0)]


def _ink_of_photo(grey, paper):
    """Ink on paper whose brightness varies and that is full of noise.

    Ink is on the side, darker or brighter, that stands out farther; what does by more than the noise
    is ink, the strongest of it being 1.
    """
    H, W = grey.shape
    shrink = min(1, 320 / max(H, W))  # a photo's fine grain averages out
    H, W = max(1, round(H * shrink)), max(1, round(W * shrink))
    grey = _resampling(H, grey.shape[0]) @ grey @ _resampling(W, grey.shape[1]).T
    darkest, brightest = np.percentile(grey - _local(grey, 50, 50), [2, 98])
    doubt = 1.2 if paper > 0.5 else 1 / 1.2  # if it is much the same: bright paper, dark ink
    if brightest < doubt * -darkest:
        grey = 1 - grey  # from here on paper is dark and ink is bright
    paper = _local(grey, 10, 25)
    above = (grey - paper) / np.maximum(1 - paper, 0.05)  # where light is weak, so is the contrast

    noise = 1.4826 * np.median(np.abs(above - np.median(above)))  # robust standard deviation
    strongest = np.percentile(above, 99.5)
    threshold = np.median(above) + max(4 * noise, 0.3 * strongest)
    if strongest < max(FAINTEST, threshold):
        return grey[:0, :0]
    ink = np.clip((above - threshold) / (strongest - threshold), 0, 1)
    neighbours = np.pad(ink > 0, 1).astype(int)
    count = sum(neighbours[i : i + H, j : j + W] for i in range(3) for j in range(3))
    return np.where(count >= 4, ink, 0).astype(np.float32)  # lone specks are dirt


def _local(grey, percent, of_neighbours):
    """This percentile of the pixels around each pixel (H, W), smoothed: (H, W).

    Around it are nine cells of a coarse grid: the percentile in each, and then one of the nine, so
    that a cell full of ink follows its neighbours.
    """
    H, W = grey.shape
    rows, columns = min(H, 10), min(W, 10)  # a coarse grid; a cell is wider than any pen
    coarse = np.array(
        [
            [np.percentile(cell, percent) for cell in np.array_split(band, columns, axis=1)]
            for band in np.array_split(grey, rows, axis=0)
        ],
        np.float32,
    )
    padded = np.pad(coarse, 1, mode="edge")
    neighbours = [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    coarse = np.percentile(neighbours, of_neighbours, axis=0)
    return _resampling(H, rows) @ coarse.astype(np.float32) @ _resampling(W, columns).T


def _resampling(new, old):
    """(new, old) float32 weights: each new pixel as an average over the old ones it covers.

    When enlarging, a straight line between the two nearest old pixels instead.
    """
    if new > old:
        centres = (np.arange(new) + 0.5) * old / new - 0.5
        columns = np.eye(old)
        weights = [np.interp(centres, np.arange(old), column) for column in columns]
        return np.array(weights, np.float32).T
    edges = np.linspace(0, old, new + 1)
    begin, end = edges[:-1, np.newaxis], edges[1:, np.newaxis]
    pixel = np.arange(old)
    covered = np.clip(np.minimum(end, pixel + 1) - np.maximum(begin, pixel), 0, None)
    return (covered * new / old).astype(np.float32)
