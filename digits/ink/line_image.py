"""A line of ink → the image in which the line network reads it, 28 pixels high, its digits about 20."""

import numpy as np
from numpy import ndarray

from digits.ink.resizing import resampling

LINE_HEIGHT = 28  # pixels
DIGIT_HEIGHT = 20  # pixels, as in the digit network's frames
MARGIN = 14  # pixels of paper at both ends, so that each output of the network sees a whole window
MAX_WIDTH = 3000  # pixels: longer lines are squeezed, so that no picture takes for ever
STRONG = 99  # percentile that stands for full ink


def line_image(ink: ndarray, height: float, middle: float) -> tuple[ndarray, float]:
    """Ink (H, W), whose digits are `height` high around the row `middle` → (image (28, W'), scale).

    Column x of the ink is column MARGIN + scale · x of the image.
    """
    H, W = ink.shape
    scale = DIGIT_HEIGHT / height
    width = int(np.clip(round(W * scale), 1, MAX_WIDTH))
    rows = max(1, round(H * scale))
    small = resampling(rows, H) @ ink @ resampling(width, W).T
    top = round(middle * rows / H) - LINE_HEIGHT // 2
    image = np.zeros((LINE_HEIGHT, width + 2 * MARGIN), np.float32)
    first, last = max(0, top), min(rows, top + LINE_HEIGHT)
    image[first - top : last - top, MARGIN:-MARGIN] = small[first:last]
    return image, width / W


def normalised(lines: ndarray) -> ndarray:
    """Lines (…, H, W) of any contrast, ink bright → paper 0 and strong ink 1."""
    flat = lines.reshape(*lines.shape[:-2], -1)
    paper = np.median(flat, axis=-1)[..., np.newaxis, np.newaxis]
    above = lines - paper
    strong = np.percentile(above.reshape(flat.shape), STRONG, axis=-1)[..., np.newaxis, np.newaxis]
    result: ndarray = np.clip(above / np.maximum(strong, 1e-3), 0, 1.5).astype(np.float32)
    return result
