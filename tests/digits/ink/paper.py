"""Paper with a digit or boxes of ink on it, and how far what comes back is from a digit."""

import numpy as np


def enlarged(image, times, rng, canvas=700, margin=0):
    """An image enlarged onto a larger black canvas, anywhere but for a margin."""
    large = image.repeat(times, axis=0).repeat(times, axis=1)
    paper = np.zeros((canvas, canvas), np.uint8)
    top, left = rng.integers(margin, canvas - margin - len(large) + 1, 2)
    paper[top : top + len(large), left : left + len(large)] = large
    return paper


def difference(one, other):
    return np.abs(one.astype(float) - other).mean() / 255


def boxes(ink, shape=(100, 100)):
    """Ink (H, W) with these (top, left, bottom, right) filled."""
    result = np.zeros(shape, np.float32)
    for top, left, bottom, right in ink:
        result[top:bottom, left:right] = 1
    return result
