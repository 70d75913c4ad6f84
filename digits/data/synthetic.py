"""Digits in hands that MNIST lacks, drawn by the project itself with the window's own pen.

MNIST's writers were Americans: their 1 is a bare stroke. Elsewhere the 1 has a flag, the 7 a bar
through its middle, the 0 a slash, some 4s are open, some 5s have no bar, some 0s have corners, and
some pens are very broad.

Each digit is a list of strokes through a few points; every drawing moves the points a little, bends
the lines, and takes another pen. augment.py does the rest. All numbers were set by hand, after
looking at drawings that were misread.
"""

import numpy as np

from digits.data.dataset import Digits
from digits.ink.drawing import Drawing, Stroke, curve
from digits.ink.framing import frame

PAPER = 112  # pixels: enough for a frame of 28

# Digits as they are written elsewhere than in MNIST, but for the 1, which is _one: the ways to write
# each, its strokes, and their points (x, y), both from 0 to 8, y downwards.
DIGITS = {
    0: [
        ["40 12 16 48 76 72 40", "81 07"],
        ["40 12 16 48 76 72 40", "71 17"],
        ["60 22 14 38 67 64 41 12"],
        ["42 12 15 38 57 64 61 40 23"],
        ["20 13 16 38 67 73 51"],
        ["20 18 57 64 52 20"],
        ["11 17 68 70 11"],
        ["50 12 05 17 48 76 83 61 40"],
    ],
    2: [
        ["12 30 61 63 08 88"],
        ["12 40 62 27 16 37 78"],
        ["13 42 63 25 06 86"],
        ["22 51 63 35 16 46 86"],
        ["02 41 62 34 16 15 46 87"],
    ],
    3: [["10 60 33 64 66 48 17"], ["11 40 62 34 66 48 17"]],
    4: [
        ["30 05 85", "52 58"],
        ["40 05 75", "63 57"],
        ["20 05 75", "60 58"],
        ["50 05 75", "50 58"],
        ["40 15 65", "53 48"],
        ["30 15 35 64", "53 48"],
        ["10 14 54", "50 48"],
        ["20 15 45 63", "42 48"],
        ["10 13 15 55 65", "40 58"],
        ["40 23 15 75", "44 48"],
    ],
    5: [
        ["70 20 14 54 67 48 07"],
        ["20 14 54 67 48 07", "20 80"],
        ["61 31 23 54 66 48 17"],
        ["51 21 24 53 65 48 17"],
        ["30 24 54 65 58 28", "30 60"],
        ["72 42 23 54 66 47 06"],
        ["20 14 44 65 58 28", "20 50"],
    ],
    6: [
        ["60 23 16 48 66 44 15"],
        ["50 23 17 38 56 45 26"],
        ["40 22 16 38 67 65 44 26"],
    ],
    7: [
        ["10 70 38", "24 64"],
        ["12 10 70 48", "25 65"],
        ["02 11 31 60 44 28", "14 54"],
        ["02 11 22 50 43 38", "14 64"],
        ["02 20 41 52 34 28", "05 75"],
        ["03 11 40 62 44 28", "06 75"],
    ],
    8: [
        ["62 40 22 44 66 48 26 44 62"],
        ["70 30 12 44 66 48 16 44 70"],
        ["51 20 22 44 57 38 26 44 62 51"],
        ["61 40 21 33 65 67 38 17 35 62"],
    ],
    9: [
        ["62 40 12 34 62 65 48 17"],
        ["62 40 12 34 62 58"],
        ["61 20 02 33 61 64 28"],
        ["51 31 12 23 43 51 64 56 38 17"],
        ["53 31 12 24 53 66 48 06"],
        ["41 20 12 23 42 45 48 27 07"],
        ["51 30 12 33 51 55 48 27 36 54"],
    ],
}


def strokes_of(texts):
    """["10 70 38", …]: the points of each stroke → arrays (M, 2), 8 becoming 1."""
    return [np.array([[int(x), int(y)] for x, y in text.split()], float) / 8 for text in texts]


DIGITS = {digit: [strokes_of(texts) for texts in ways] for digit, ways in DIGITS.items()}


def rare_digits(count, rng):
    """`count` digits in hands that MNIST lacks, a third of them a 1. Digits, with labels."""
    labels = rng.choice(10, count, p=[0.08, 0.36, 0.05, 0.05, 0.11, 0.11, 0.03, 0.1, 0.04, 0.07])
    images = []
    for label in labels:
        if label == 1:
            widened = np.exp(rng.uniform(0, 0.9)) if rng.random() < 0.35 else 1
            strokes = [stroke / [widened, 1] for stroke in _one(rng)]
            images.append(
                draw_strokes(strokes, rng, 0.02, widest=0.18, bent=0.4, widened=widened, ragged=0.4)
            )
        else:
            ways = DIGITS[label]
            strokes = [stroke * [rng.uniform(0.5, 1.1), 1] for stroke in ways[rng.integers(len(ways))]]
            images.append(draw_strokes(strokes, rng, 0.04, widest=0.2, bent=0.8, ragged=0.2))
    return Digits(np.array(images), labels.astype(np.uint8))


def _one(rng):
    """A stroke with a flag that falls from its top, straight or bent, and sometimes a foot."""
    top = np.array([rng.uniform(-0.1, 0.55), 0.0])
    stem = [[rng.uniform(-0.06, 0.06) + top[0] / 2, 0.5], [0.0, 1.0]]
    kind = rng.random()
    if kind < 0.2:  # the pen leaves to one side
        stem.append([rng.uniform(-0.4, 0.15), rng.uniform(0.85, 1.0)])
    foot = []
    if kind > 0.75:
        left, right = rng.uniform(0.05, 0.45, 2)
        foot = [np.array([[-left, 1], [right, 1]])]
    if rng.random() < 0.15:
        return [np.array([top, *stem]), *foot]  # no flag

    # Mostly long, but the steeper the longer, and none nearly level: else it is a 7.
    angle = np.radians(36 + 39 * rng.random() ** 1.6)
    length = 0.15 + (0.35 + 0.55 * np.sin(angle)) * np.sqrt(rng.random())
    start = top + length * np.array([-np.cos(angle), np.sin(angle)])
    flag = [start, (start + top) / 2 + rng.normal(0, 0.03, 2), top]
    if rng.random() < 0.5:  # the pen comes from the side before it rises
        flag = [start + rng.uniform([-0.35, -0.12], [0.0, 0.1]), *flag]
    return [np.array([*flag, *stem]), *foot]


def rotation(angle):
    """The matrix R (2, 2) that turns points, as rows, by this angle: points @ R."""
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def draw_strokes(strokes, rng, wobble, widest=0.13, bent=0.6, widened=1, ragged=0):
    """Strokes, each (M, 2) in a box of about 1×1, drawn by one hand of many: (28, 28) bytes.

    Pens are up to `widest` of the paper, lines `bent` into curves in that share of all cases, and
    pictures `ragged`, as by a coarse scanner, in that one. At last the picture is made wider, pen and
    all, as scans with fixed sides are.
    """
    lean = np.array([[1, 0], [-rng.uniform(-0.15, 0.3), 1]]) @ rotation(rng.normal(0, 0.06))
    bend, is_ragged = rng.random() < bent, rng.random() < ragged
    moved = [(s + rng.normal(0, wobble, s.shape)) @ lean for s in strokes]
    finer = curve if bend else _subdivide
    moved = [_waves(finer(s) if len(s) < 20 else s, rng) for s in moved]
    everything = np.concatenate(moved)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale, width = 0.7 / max(np.max(high - low), 1e-6), rng.uniform(0.045, widest)
    drawing = Drawing(32 if is_ragged else PAPER)
    for stroke in moved:
        points = 0.5 + (stroke - (low + high) / 2) * scale
        drawing.add(Stroke(width, points=list(map(tuple, points))))
    ink = np.uint8(255) * (drawing.ink > 127) if is_ragged else drawing.ink
    wide = ink[:, (np.arange(round(len(ink) * widened)) / widened).astype(int)]
    return frame(wide, paper=0, weakest=0)


def _subdivide(points, steps=6):
    """More points on the same straight lines."""
    at = np.linspace(0, len(points) - 1, steps * (len(points) - 1) + 1)
    return np.stack([np.interp(at, np.arange(len(points)), side) for side in points.T], axis=1)


def _waves(points, rng):
    """An unsteady hand: the paper is moved a little, here more, there less."""
    for _ in range(2):
        way, phase, height = rng.normal(0, 1.0, 2), rng.uniform(0, 2 * np.pi), rng.normal(0, 0.02, 2)
        points = points + height * np.sin(2 * np.pi * (points @ way)[:, np.newaxis] + phase)
    return points
