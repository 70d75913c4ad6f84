"""Synthetic handwriting: strokes through a few points, as one person of many might write them.

Each time the points are moved a little, lines are bent, the paper is turned and slanted, and another
pen is taken, so that no two images are alike. What is written is in synthetic.py and ood.py.
"""

import numpy as np
from numpy import ndarray

from digits.ink.drawing import Drawing, Stroke, spline
from digits.ink.framing import frame

CANVAS_SIZE = 112  # pixels: enough for a frame of 28
COARSE_CANVAS_SIZE = 32  # as of a coarse scanner
WRITING_SPAN = 0.7  # share of the canvas that the longer side of the writing takes
MIN_PEN_WIDTH = 0.045  # share of the canvas; MNIST's pens are about 0.09
MANY_POINTS = 20  # of a stroke that is fine enough as it is
STROKE_GRID = 8  # digits in the texts of strokes count eighths


def parse_strokes(texts: list[str]) -> list[ndarray]:
    """["10 70 38", …]: the points of each stroke, x and y → arrays (M, 2), 8 becoming 1."""
    points = [[list(map(int, pair)) for pair in text.split()] for text in texts]
    return [np.array(stroke, float) / STROKE_GRID for stroke in points]


def rotation(angle: float) -> ndarray:
    """The matrix R (2, 2) that turns points, as rows, by this angle: points @ R."""
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def write_by_hand(
    strokes: list[ndarray],
    rng: np.random.Generator,
    wobble: float,
    max_pen_width: float = 0.13,
    curved_share: float = 0.6,
    widened: float = 1,
    coarse_share: float = 0,
) -> ndarray:
    """Strokes, each (M, 2) in a box of about 1×1, as some person might write them: (28, 28) bytes.

    Points move by `wobble` (a standard deviation). Pens are up to `max_pen_width` of the canvas, lines
    bent into curves in `curved_share` of all cases, and images as ragged as a coarse scanner's in
    `coarse_share`. At last the image is made `widened` times as wide, pen and all, as scans with fixed
    sides are.
    """
    slant = np.array([[1, 0], [-rng.uniform(-0.15, 0.3), 1]])
    lean = slant @ rotation(rng.normal(0, 0.06))
    is_curved = rng.random() < curved_share
    is_coarse = rng.random() < coarse_share
    moved = [(s + rng.normal(0, wobble, s.shape)) @ lean for s in strokes]
    finer = spline if is_curved else _subdivide
    moved = [_unsteady(finer(s) if len(s) < MANY_POINTS else s, rng) for s in moved]
    everything = np.concatenate(moved)
    low = everything.min(axis=0)
    high = everything.max(axis=0)
    scale = WRITING_SPAN / max(np.max(high - low), 1e-6)  # a dot has no size
    width = rng.uniform(MIN_PEN_WIDTH, max_pen_width)
    drawing = Drawing(COARSE_CANVAS_SIZE if is_coarse else CANVAS_SIZE)
    for stroke in moved:
        points = 0.5 + (stroke - (low + high) / 2) * scale
        drawing.add(Stroke(width, points=list(map(tuple, points))))
    ink = np.uint8(255) * (drawing.ink > 127) if is_coarse else drawing.ink
    columns = (np.arange(round(len(ink) * widened)) / widened).astype(int)
    image = frame(ink[:, columns], paper=0, min_strength=0)
    assert image is not None  # there is ink
    return image


def _subdivide(points: ndarray, pieces: int = 6) -> ndarray:
    """Points (M, 2) → more points on the same straight lines, each cut into pieces."""
    at = np.linspace(0, len(points) - 1, pieces * (len(points) - 1) + 1)
    return np.stack([np.interp(at, np.arange(len(points)), side) for side in points.T], axis=1)


def _unsteady(points: ndarray, rng: np.random.Generator) -> ndarray:
    """Points (M, 2) Smooth random displacement of the points."""
    for _ in range(2):
        direction = rng.normal(0, 1.0, 2)
        phase = rng.uniform(0, 2 * np.pi)
        amplitude = rng.normal(0, 0.02, 2)
        wave = np.sin(2 * np.pi * (points @ direction)[:, np.newaxis] + phase)
        points = points + amplitude * wave
    return points
