"""Synthetic digits, in handwriting styles that MNIST lacks.

MNIST's writers were Americans: their 1 is a bare stroke. Elsewhere the 1 has a flag, the 7 a bar
through its middle, the 0 a slash, some 4s are open, some 5s have no bar, some 0s have corners, and
some pens are very broad.

Each digit is a list of strokes through a few points; handwriting.py writes them, and augmentation.py
does the rest. All numbers were set by hand, after looking at drawings that were misread.
"""

import numpy as np
from numpy import ndarray

from digits.data.dataset import Dataset
from digits.data.handwriting import parse_strokes, write_by_hand

# Digits as they are written elsewhere than in MNIST, but for the 1, which is _one: the ways to write
# each, its strokes, and their points (x, y), both from 0 to 8, y downwards.
STROKE_TEXTS = {
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

STYLES = {digit: [parse_strokes(texts) for texts in ways] for digit, ways in STROKE_TEXTS.items()}
# How often each digit is drawn: most often those that are written most differently elsewhere.
SHARES = [0.08, 0.36, 0.05, 0.05, 0.11, 0.11, 0.03, 0.1, 0.04, 0.07]
WIDENED_SHARE = 0.35  # of the 1s
MAX_WIDENING = 0.9  # its logarithm: some scans show a 1 two and a half times as wide as it was

# How they are written; see write_by_hand.
STYLE_OF_ONES = {"wobble": 0.02, "max_pen_width": 0.18, "curved_share": 0.4, "coarse_share": 0.4}
STYLE_OF_OTHERS = {"wobble": 0.04, "max_pen_width": 0.2, "curved_share": 0.8, "coarse_share": 0.2}


def synthetic_digits(count: int, rng: np.random.Generator) -> Dataset:
    """`count` digits in styles that MNIST lacks, a third of them a 1."""
    labels = rng.choice(10, count, p=SHARES)
    images = []
    for label in labels:
        if label == 1:
            widened = np.exp(rng.uniform(0, MAX_WIDENING)) if rng.random() < WIDENED_SHARE else 1
            strokes = [stroke / [widened, 1] for stroke in _one(rng)]
            images.append(write_by_hand(strokes, rng, widened=widened, **STYLE_OF_ONES))
        else:
            ways = STYLES[label]
            strokes = [stroke * [rng.uniform(0.5, 1.1), 1] for stroke in ways[rng.integers(len(ways))]]
            images.append(write_by_hand(strokes, rng, **STYLE_OF_OTHERS))
    return Dataset(np.array(images), labels.astype(np.uint8))


def _one(rng: np.random.Generator) -> list[ndarray]:
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
