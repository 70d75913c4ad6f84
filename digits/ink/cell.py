"""Ink of a small picture, the cell of a form or an amount on a cheque, relative to its own contrast.

Such a picture shows one line. Its paper may be grey, printed with waves, or framed by a box; its ink may
be hardly darker. What is broad is taken away (a top-hat filter), and what is left is measured by the
threshold that divides it best into two kinds (Otsu, "A Threshold Selection Method from Gray-Level
Histograms" (1979)). Weaker marks stay: the line network has learned to read among them.
"""

import numpy as np
from numpy import ndarray
from scipy.ndimage import gaussian_filter, grey_opening

from digits.ink.parts import CONNECTING

BROAD = 1 / 2  # of the shorter side: what is broader than this is no stroke
BINS = 64
STRONG = 99  # percentile that stands for full ink
LEAST_CONTRAST = 0.04  # from black to white: less is blank paper, …
GRAIN_MARGIN = 6  # … and so is what differs by less than this many times its grain


def ink_of_cell(grey: ndarray) -> ndarray:
    """A grey picture (H, W) of 0 to 1 → how much ink is where, 0 to 1, float32.

    Otsu's threshold becomes CONNECTING, from which on ink hangs together.
    """
    middle = np.median(grey)
    bright = 1 - grey if middle - grey.min() > grey.max() - middle else grey
    size = max(5, round(BROAD * min(grey.shape)))
    padded = np.pad(bright, size, mode="edge")
    paper = gaussian_filter(grey_opening(padded, (size, size)), size / 3)
    above = np.maximum(padded - paper, 0)[size:-size, size:-size]
    grain = np.median(np.abs(np.diff(grey, axis=1, append=0)))
    if np.percentile(above, STRONG) < max(LEAST_CONTRAST, GRAIN_MARGIN * grain):
        return np.zeros_like(above, np.float32)
    threshold = otsu(above)
    return np.clip(above * (CONNECTING / max(threshold, 1e-3)), 0, 1).astype(np.float32)


def otsu(values: ndarray) -> float:
    """The threshold between two kinds of values at which their means differ most, weighted."""
    counts, edges = np.histogram(values, BINS)
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * centres)
    above = values.size - below
    between = (sums[-1] * below / values.size - sums[:-1]) ** 2 / np.maximum(below * above, 1)
    return float(np.median(centres[:-1][between >= 0.99 * between.max()]))
