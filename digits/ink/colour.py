"""A picture in colour → grey, along the axis of colour on which ink and paper differ most.

Red on green or yellow on white is plain to the eye, and hardly there in the usual grey. What is left of
the colours without their surroundings is ink: its principal axis is where to look. (Pearson, "On Lines
and Planes of Closest Fit to Systems of Points in Space" (1901).)
"""

import numpy as np
from numpy import ndarray

from digits.ink.photo import box_mean

LUMINANCE = np.array([0.299, 0.587, 0.114])  # the usual grey (ITU-R BT.601)
SIDE = 320  # pixels: enough to see colours
REACH = 0.05  # share of the longer side in which a pixel's surroundings lie
BETTER = 1.5  # times the contrast of the usual grey: from here on the axis is taken


def grey_of_colours(colours: ndarray) -> ndarray:
    """Colours (H, W, 3) → grey (H, W), bytes."""
    axis = _axis(colours)
    lowest = 255 * axis[axis < 0].sum()
    grey = colours.astype(np.float32) @ axis.astype(np.float32) - lowest
    return np.rint(np.clip(grey, 0, 255)).astype(np.uint8)


def _axis(colours: ndarray) -> ndarray:
    """The weights (3,) of the colours: their sizes add up to 1. (What is dark may become bright.)"""
    step = max(1, max(colours.shape) // SIDE)
    few = colours[::step, ::step].astype(np.float32)
    reach = max(2, round(REACH * max(few.shape)))
    rest = np.stack([few[..., k] - box_mean(few[..., k], reach) for k in range(3)], axis=-1)
    rest = rest.reshape(-1, 3)
    squares = np.sum(rest**2, axis=1)
    moments = (rest * squares[:, np.newaxis]).T @ rest  # what stands out farthest counts most
    _, axes = np.linalg.eigh(moments)
    axis = axes[:, -1] / np.abs(axes[:, -1]).sum()
    contrast, usual = (np.sqrt(weights @ moments @ weights) for weights in (axis, LUMINANCE))
    return axis if contrast > BETTER * usual else LUMINANCE
