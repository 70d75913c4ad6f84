"""Ink of a small picture, the cell of a form or an amount on a cheque, relative to its own contrast.

Such a picture shows one line. Its paper may be grey, printed with waves, or framed by a box; its ink may
be hardly darker. What is broad is taken away (a top-hat filter), and what is left is measured by the
threshold that divides it best into two kinds (Otsu, "A Threshold Selection Method from Gray-Level
Histograms" (1979)). Weaker marks stay: the line network has learned to read among them.
"""

import numpy as np
from numpy import ndarray
from scipy.ndimage import find_objects, gaussian_filter, grey_opening, label

from digits.ink.parts import CONNECTING

BROAD = 1 / 3  # of the shorter side: what is broader than this is no stroke
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
    ink = np.clip(above * (CONNECTING / max(threshold, 1e-3)), 0, 1).astype(np.float32)
    return without_frame(ink)


def without_frame(ink: ndarray) -> ndarray:
    """Ink (H, W) without the box around a cell, and without what neighbours have left at the border."""
    labels, _ = label(ink >= CONNECTING, np.ones((3, 3)))
    places = find_objects(labels)
    frames = [number for number, place in enumerate(places, 1) if _is_frame(place, ink.shape)]
    if len(frames) == len(places):  # a digit that was cut out tight
        return ink
    return np.where(np.isin(labels, frames), np.float32(0), ink)


def _is_frame(place: tuple[slice, slice], shape: tuple[int, ...]) -> bool:
    """Whether a component is a box, a side of it, or a scrap at the border."""
    (H, W), (rows, columns) = shape, place
    height, width = rows.stop - rows.start, columns.stop - columns.start
    contacts = (rows.start == 0) + (columns.start == 0) + (rows.stop == H) + (columns.stop == W)
    is_rule = width > 0.6 * W and height < 0.3 * H
    is_side = contacts > 0 and height > 0.8 * H and width < 0.12 * W
    return contacts > 2 or is_rule or is_side or (contacts > 0 and (height < 0.25 * H or width < 3))


def otsu(values: ndarray) -> float:
    """The threshold between two kinds of values at which their means differ most, weighted."""
    counts, edges = np.histogram(values, BINS)
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * centres)
    above = values.size - below
    between = (sums[-1] * below / values.size - sums[:-1]) ** 2 / np.maximum(below * above, 1)
    return float(np.median(centres[:-1][between >= 0.99 * between.max()]))
