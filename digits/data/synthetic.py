"""Synthetic digits, in handwriting styles that MNIST lacks.

MNIST's writers were Americans: their 1 is a bare stroke. Elsewhere the 1 has a flag, the 7 a bar
through its middle, the 0 a slash, some 4s are open, some 5s have no bar, some 9s a tail like a 3's, and
some pens are very broad.

Each digit is a list of strokes through a few points; handwriting.py writes them, and augmentation.py
does the rest. All numbers were set by hand, after looking at drawings that were misread.
"""

import numpy as np
from numpy import ndarray

from digits.data.dataset import Dataset
from digits.data.handwriting import parse_strokes, write_by_hand

# Digits as they are written elsewhere than in MNIST, but for the 1, which is _one, and the slashed 0,
# which is _slashed_zero: the ways to write each, its strokes, and their points (x, y), both from 0 to 8,
# y downwards.
STROKE_TEXTS = {
    0: [
        ["60 22 14 38 67 64 41 12"],
        ["42 12 15 38 57 64 61 40 23"],
        ["20 13 16 38 67 73 51"],
        ["20 18 57 64 52 20"],
        ["11 17 68 70 11"],
        ["50 12 05 17 48 76 83 61 40"],
        ["41 12 05 38 76 83 51 22 24 35"],
        ["34 32 50 73 65 48 17 14 31 51"],
    ],
    2: [
        ["12 30 61 63 08 88"],
        ["12 40 62 27 16 37 78"],
        ["13 42 63 25 06 86"],
        ["22 51 63 35 16 46 86"],
        ["02 41 62 34 16 15 46 87"],
        ["12 31 42 24 08 68"],
        ["22 40 52 44 18 78"],
        ["11 50 62 08", "08 78"],
        ["22 41 52 35 18 07 26 58 87"],
        ["12 40 51 43 17 16 36 47 86 74"],
        ["10 60 08 78"],
    ],
    3: [
        ["10 60 33 64 66 48 17"],
        ["11 40 62 34 66 48 17"],
        ["12 31 51 44 34 55 66 48 08"],
        ["11 60 53 44 55 38 18"],
        ["12 31 52 34 23 35 56 48 07"],
        ["10 40 33 44 46 38 08"],
        ["22 40 51 33 24 56 47 18"],
    ],
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
        ["50 14 64 38"],
        ["40 25 35 54 38"],
        ["30 15 45", "43 48"],
        ["30 05 55", "53 48"],
        ["20 14 34 54", "50 58"],
        ["00 03 44", "50 48"],
    ],
    5: [
        ["70 20 14 54 67 48 07"],
        ["20 14 54 67 48 07", "20 80"],
        ["61 31 23 54 66 48 17"],
        ["51 21 24 53 65 48 17"],
        ["30 24 54 65 58 28", "30 60"],
        ["72 42 23 54 66 47 06"],
        ["20 14 44 65 58 28", "20 50"],
        ["22 15 44 65 58 28", "40 71"],
        ["21 14 44 56 48 18", "40 80"],
        ["12 14 44 66 58 17", "31 60"],
        ["70 50 32 23 45 56 48 17"],
        ["40 22 44 46 38", "30 70"],
    ],
    6: [
        ["60 23 16 48 66 44 15"],
        ["50 23 17 38 56 45 26"],
        ["40 22 16 38 67 65 44 26"],
        ["62 50 31 13 17 38 57 55 34 15"],
        ["53 41 22 15 27 48 56 35 17"],
        ["50 26 27 38 47 36 15"],
        ["60 35 27 48 57 36 25"],
        ["60 25 37 46 35 15"],
    ],
    7: [
        ["10 70 38", "24 64"],
        ["12 10 70 48", "25 65"],
        ["02 11 31 60 44 28", "14 54"],
        ["02 11 22 50 43 38", "14 64"],
        ["02 20 41 52 34 28", "05 75"],
        ["03 11 40 62 44 28", "06 75"],
        ["12 30 61 43 28 16 35 75"],
        ["12 30 52 45 38 27 35 66"],
        ["02 20 50 44 28", "15 85"],
        ["12 31 61 63 45 28", "16 76"],
        ["13 21 40 52 46 38 17", "15 75"],
        ["11 60 61 54 28", "05 84"],
    ],
    8: [
        ["62 40 22 44 66 48 26 44 62"],
        ["70 30 12 44 66 48 16 44 70"],
        ["51 20 22 44 57 38 26 44 62 51"],
        ["61 40 21 33 65 67 38 17 35 62"],
        ["11 61 43 35 17 28 57 45 23 10"],
        ["22 40 61 44 16 28 57 55 33 21"],
        ["50 33 36 18 16 43 61 50"],
        ["50 31 12 34 56 48 27 34 51 60"],
    ],
    9: [
        ["62 40 12 34 62 65 48 17"],
        ["62 40 12 34 62 58"],
        ["61 20 02 33 61 64 28"],
        ["51 31 12 23 43 51 64 56 38 17"],
        ["53 31 12 24 53 66 48 06"],
        ["41 20 12 23 42 45 48 27 07"],
        ["51 30 12 33 51 55 48 27 36 54"],
        ["52 41 21 23 43 52 44 56 48 17"],
        ["51 30 21 33 42 34 55 57 38 08"],
        ["42 31 22 33 52 51 54 47 28 08"],
        ["60 31 13 34 61 64 57 28 08"],
        ["52 32 13 33 52 61 28"],
        ["42 31 13 23 52 61 45 18 07"],
        ["41 21 23 43 40 45 47 38 18 07"],
        ["70 41 22 34 62 66 38 07"],
    ],
}

STYLES = {digit: [parse_strokes(texts) for texts in ways] for digit, ways in STROKE_TEXTS.items()}
# How often each digit is drawn: most often those that are written most differently elsewhere.
SHARES = [0.18, 0.28, 0.05, 0.05, 0.10, 0.09, 0.05, 0.08, 0.04, 0.08]
SLASHED_SHARE = 0.75  # of the 0s
WIDENED_SHARE = 0.35  # of the 1s
MAX_WIDENING = 0.9  # its logarithm: some scans show a 1 two and a half times as wide as it was

LEAST_RISE = np.radians(34)  # of a 1's flag
# The bar of a 0: where it goes from the middle of a box of 1×1, how often, how far in halves of the box.
BARS = np.array([[0.85, -0.85], [0.85, 0.85], [0.0, 1.0], [1.0, 0.0]])
BAR_SHARES = [0.46, 0.15, 0.17, 0.22]
BAR_LENGTHS = (0.5, 1.4)
ZERO_SLANTS = (-0.1, 0.4)  # to the right for each step up

# How they are written; see write_by_hand.
STYLE_OF_ONES = {"wobble": 0.02, "max_pen_width": 0.18, "curved_share": 0.4, "coarse_share": 0.4}
STYLE_OF_OTHERS = {"wobble": 0.04, "curved_share": 0.8, "coarse_share": 0.2}
WIDTHS = (0.5, 1.1)  # by which they are made wider or narrower
MAX_PEN_WIDTH = 0.2
WIDTH_OF_BROAD_PENS = 0.8  # narrower digits have narrower pens: else their loops fill, and all are blots


def synthetic_digits(
    count: int,
    rng: np.random.Generator,
    widened_share: float = WIDENED_SHARE,
    barred_share: float = 1,
) -> Dataset:
    """`count` digits in styles that MNIST lacks, a quarter of them a 1; of the 7s a share has a bar."""
    labels = rng.choice(10, count, p=SHARES)
    images = []
    for label in labels:
        if label == 1:
            widened = np.exp(rng.uniform(0, MAX_WIDENING)) if rng.random() < widened_share else 1
            strokes = [stroke / [widened, 1] for stroke in _one(rng)]
            images.append(write_by_hand(strokes, rng, widened=widened, **STYLE_OF_ONES))
        else:
            if label == 0 and rng.random() < SLASHED_SHARE:
                strokes = _slashed_zero(rng)
            else:
                strokes = STYLES[label][rng.integers(len(STYLES[label]))]
            if label == 7 and barred_share < 1 and rng.random() >= barred_share:
                strokes = strokes[:1]
            width = rng.uniform(*WIDTHS)
            strokes = [stroke * [width, 1] for stroke in strokes]
            pen = MAX_PEN_WIDTH * min(1, width / WIDTH_OF_BROAD_PENS)
            images.append(write_by_hand(strokes, rng, max_pen_width=pen, **STYLE_OF_OTHERS))
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

    # Mostly long, but the closer to the stem the longer, and none nearly level: else it is a 7.
    from_stem = np.radians(54 - 39 * rng.random())
    angle = max(LEAST_RISE, np.pi / 2 - np.arctan(top[0]) - from_stem)
    length = 0.15 + (0.35 + 0.55 * np.cos(from_stem)) * np.sqrt(rng.random())
    start = top + length * np.array([-np.cos(angle), np.sin(angle)])
    flag = [start, (start + top) / 2 + rng.normal(0, 0.03, 2), top]
    if rng.random() < 0.5:  # the pen comes from the side before it rises
        flag = [start + rng.uniform([-0.35, -0.12], [0.0, 0.1]), *flag]
    return [np.array([*flag, *stem]), *foot]


def _slashed_zero(rng: np.random.Generator) -> list[ndarray]:
    """An outline, closed, not quite or overlapping, and a bar: rising, falling, upright or level."""
    begin = rng.normal(0, 0.5)  # radians; 0: the top
    end = begin - rng.uniform(0.85, 1.15) * 2 * np.pi  # anticlockwise, as most people write it
    angle = np.linspace(begin, end, 14)
    radius = np.linspace(0.5, 0.5 * rng.uniform(0.8, 1.1), len(angle))  # it need not end where it began
    outline = 0.5 + (radius * [np.sin(angle), -np.cos(angle)]).T

    direction = BARS[rng.choice(len(BARS), p=BAR_SHARES)] + rng.normal(0, 0.1, 2)
    before, after = 0.5 * rng.uniform(*BAR_LENGTHS, (2, 1))
    middle = 0.5 + rng.normal(0, 0.05, 2)
    bent = middle + rng.normal(0, 0.03, 2)
    bar = np.array([middle - before * direction, bent, middle + after * direction])
    slant = np.array([[1, 0], [-rng.uniform(*ZERO_SLANTS), 1]])  # zeros lean farther than other digits
    return [outline @ slant, bar @ slant]
