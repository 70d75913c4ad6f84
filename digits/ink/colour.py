"""A picture in colour → grey: how far each colour is from the paper's, so that ink stands out.

Red on green or yellow on white is plain to the eye, and hardly there in the usual grey. On clean paper
of one colour the distance from that is ink. On a photo, what is left of the colours without their
surroundings is ink: its principal axis is where to look. (Pearson, "On Lines and Planes of Closest Fit
to Systems of Points in Space" (1901).)
"""

import numpy as np
from numpy import ndarray
from scipy.ndimage import uniform_filter

LUMINANCE = np.array([0.299, 0.587, 0.114])  # the usual grey (ITU-R BT.601)
SIDE = 320  # pixels: enough to see colours
REACH = 0.05  # share of the longer side in which a pixel's surroundings lie
# In a drawing at least so much of the border, and of all, has just the paper's colour.
MIN_CLEAN_BORDER = 0.4
MIN_CLEAN_SHARE = 0.25
BETTER = 1.5  # times the contrast of the usual grey: from here on the axis is taken


def grey_of_colours(colours: ndarray) -> ndarray:
    """Colours (H, W, 3) → grey (H, W), bytes."""
    if (colours == colours[..., :1]).all():
        return np.ascontiguousarray(colours[..., 0])
    paper = _paper(colours)
    if paper is not None:
        distance = np.sqrt(sum((colours[..., k] - paper[k]) ** 2 for k in range(3)) / 3)
        is_bright = paper @ LUMINANCE > 127
        return np.rint(255 - distance if is_bright else distance).astype(np.uint8)
    axis = _axis(colours)
    lowest = 255 * axis[axis < 0].sum()
    grey = sum(colours[..., k] * np.float32(axis[k]) for k in range(3)) - np.float32(lowest)
    return np.rint(np.clip(grey, 0, 255)).astype(np.uint8)


def _paper(colours: ndarray) -> ndarray | None:
    """The colour (3,) of clean paper, of which nearly all pixels are the same; else None."""
    border = np.concatenate([colours[0], colours[-1], colours[:, 0], colours[:, -1]])
    kinds, counts = np.unique(border, axis=0, return_counts=True)
    paper = kinds[counts.argmax()].astype(np.float32)
    is_clean = counts.max() >= MIN_CLEAN_BORDER * len(border)
    return paper if is_clean and np.mean((colours == paper).all(axis=2)) >= MIN_CLEAN_SHARE else None


def _axis(colours: ndarray) -> ndarray:
    """The weights (3,) of the colours: their sizes add up to 1. (What is dark may become bright.)"""
    step = max(1, max(colours.shape) // SIDE)
    few = colours[::step, ::step].astype(np.float32)
    reach = max(2, round(REACH * max(few.shape)))
    rest = np.stack(
        [few[..., k] - uniform_filter(few[..., k], 2 * reach + 1) for k in range(3)], axis=-1
    )
    rest = rest.reshape(-1, 3)
    squares = np.sum(rest**2, axis=1)
    moments = (rest * squares[:, np.newaxis]).T @ rest  # what stands out farthest counts most
    _, axes = np.linalg.eigh(moments)
    axis = axes[:, -1] / np.abs(axes[:, -1]).sum()
    contrast, usual = (np.sqrt(weights @ moments @ weights) for weights in (axis, LUMINANCE))
    return axis if contrast > BETTER * usual else LUMINANCE
