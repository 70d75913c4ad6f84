"""Images that MNIST lacks, drawn by the project itself with the window's own pen.

MNIST's writers were Americans: their 1 is a bare stroke. Elsewhere the 1 has a flag, the 7 a bar
through its middle, the 0 a slash, some 4s are open, and some pens are very broad. And a network that
has only ever seen digits takes everything for one, so here are things that are none: letters,
scribbles, dots, blots.

Each is a list of strokes through a few points; every drawing moves the points a little, bends the
lines, and takes another pen. augment.py does the rest. All numbers were set by hand, after looking
at drawings that were misread.
"""

import numpy as np

from nn.data import Digits
from nn.drawing import Drawing, Stroke, curve
from nn.ink import FRAME, frame

NO_DIGIT = 10  # the label of what is none; see losses.py
PAPER = 112  # pixels: enough for a frame of 28

# Strokes by points (x, y), both from 0 to 8, y downwards.
LETTERS = {
    "A": ["08 40 88", "15 75"],
    "C": ["71 40 12 14 17 48 77"],
    "D": ["10 18", "10 51 74 57 18"],
    "E": ["70 10 18 78", "14 64"],
    "F": ["10 18", "10 70", "14 64"],
    "H": ["10 18", "70 78", "14 74"],
    "K": ["10 18", "70 14 78"],
    "L": ["10 18 78"],
    "M": ["08 10 45 70 88"],
    "N": ["08 00 88 80"],
    "P": ["18 10 51 73 55 15"],
    "R": ["18 10 51 73 55 15", "45 78"],
    "U": ["10 15 38 58 75 70"],
    "V": ["00 48 80"],
    "W": ["00 28 43 68 80"],
    "X": ["00 88", "80 08"],
    "a": ["63 34 16 38 57 63", "62 67 88"],
    "c": ["63 42 24 26 48 67"],
    "d": ["64 34 16 38 57 64", "60 68"],
    "e": ["25 65 53 33 15 17 48 67"],
    "f": ["61 40 32 38", "14 64"],
    "h": ["20 28", "25 44 65 68"],
    "k": ["20 28", "64 26 68"],
    "m": ["14 18", "15 34 45 48", "45 64 75 78"],
    "n": ["24 28", "25 44 65 68"],
    "p": ["23 29", "24 53 75 57 26"],
    "r": ["24 28", "25 44 64"],
    "u": ["24 26 48 66 64", "64 68"],
    "v": ["24 48 64"],
    "w": ["04 28 45 68 84"],
    "x": ["24 68", "64 28"],
}
# And of digits as they are written elsewhere than in MNIST; see also _one.
DIGITS = {
    0: [
        ["40 12 16 48 76 72 40", "81 07"],
        ["40 12 16 48 76 72 40", "71 17"],
        ["60 22 14 38 67 64 41 12"],
    ],
    2: [["12 30 61 63 08 88"], ["12 40 62 27 16 37 78"]],
    3: [["10 60 33 64 66 48 17"], ["11 40 62 34 66 48 17"]],
    4: [
        ["30 05 85", "52 58"],
        ["40 05 75", "63 57"],
        ["20 05 75", "60 58"],
        ["50 05 75", "50 58"],
        ["40 15 65", "53 48"],
        ["30 15 35 64", "53 48"],
    ],
    5: [["70 20 14 54 67 48 07"], ["20 14 54 67 48 07", "20 80"]],
    6: [["60 23 16 48 66 44 15"]],
    7: [
        ["10 70 38", "24 64"],
        ["12 10 70 48", "25 65"],
        ["02 11 31 60 44 28", "14 54"],
        ["02 11 22 50 43 38", "14 64"],
        ["02 20 41 52 34 28", "05 75"],
        ["03 11 40 62 44 28", "06 75"],
    ],
    8: [["62 40 22 44 66 48 26 44 62"], ["70 30 12 44 66 48 16 44 70"]],
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


def _strokes(texts):
    return [np.array([[int(x), int(y)] for x, y in text.split()], float) / 8 for text in texts]


LETTERS = {name: _strokes(texts) for name, texts in LETTERS.items()}
DIGITS = {digit: [_strokes(texts) for texts in ways] for digit, ways in DIGITS.items()}


def rare_digits(count, rng):
    """`count` digits in hands that MNIST lacks, nearly half of them a 1. Digits, with labels."""
    labels = rng.choice(10, count, p=[0.05, 0.44, 0.02, 0.06, 0.11, 0.05, 0.02, 0.12, 0.03, 0.1])
    images = []
    for label in labels:
        if label == 1:
            widened = np.exp(rng.uniform(0, 0.9)) if rng.random() < 0.5 else 1
            strokes = [stroke / [widened, 1] for stroke in _one(rng)]
            images.append(_draw(strokes, rng, 0.02, widest=0.18, bent=0.7, widened=widened, ragged=0.4))
        else:
            ways = DIGITS[label]
            strokes = [stroke * [rng.uniform(0.5, 1.1), 1] for stroke in ways[rng.integers(len(ways))]]
            images.append(_draw(strokes, rng, 0.04, widest=0.2, bent=0.8, ragged=0.2))
    return Digits(np.array(images), labels.astype(np.uint8))


def no_digits(count, rng):
    """`count` letters, scribbles, dots and blots. Digits, all with the label NO_DIGIT."""
    letters = list(LETTERS.values())
    images = []
    for k in range(count):
        if k % 8 < 3:
            strokes = letters[rng.integers(len(letters))]
            # A hand that is in a hurry, upright or slanted, narrow or wide.
            strokes = [stroke * [rng.uniform(0.6, 1.2), 1] for stroke in strokes]
            images.append(_draw(strokes, rng, 0.05, widest=0.15, ragged=0.1))
        elif k % 8 < 7:
            way = _zigzag if k % 2 else _wandering
            images.append(_draw(way(rng), rng, wobble=0))
        else:
            images.append(_blot(rng))
    return Digits(np.array(images), np.full(count, NO_DIGIT, np.uint8))


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

    angle = np.radians(rng.uniform(25, 75))
    length = rng.uniform(0.15, 0.4 + 0.55 * np.sin(angle))  # a long one is steep: else it is a 7
    start = top + length * np.array([-np.cos(angle), np.sin(angle)])
    flag = [start, (start + top) / 2 + rng.normal(0, 0.03, 2), top]
    if rng.random() < 0.5:  # the pen comes from the side before it rises
        flag = [start + rng.uniform([-0.35, -0.12], [0.0, 0.1]), *flag]
    return [np.array([*flag, *stem]), *foot]


def _zigzag(rng):
    """A pen that goes to and fro."""
    return _in_parts(rng.uniform(0, 1, (rng.integers(4, 18), 2)), rng)


def _wandering(rng):
    """A pen that follows its nose, in curves and loops."""
    steps, steady = rng.normal(size=(rng.integers(30, 200), 2)), rng.uniform(0.5, 0.95)
    for k in range(1, len(steps)):
        steps[k] += steady * steps[k - 1]
    points = np.cumsum(steps, axis=0)
    return _in_parts(points / np.ptp(points, axis=0).max(), rng)


def _in_parts(points, rng):
    return [points] if rng.random() < 0.7 else np.array_split(points, 2)


def _blot(rng):
    """A dot or several, a filled rectangle, a frame full of ink, or noise: (28, 28) bytes."""
    image = np.zeros((FRAME, FRAME), np.uint8)
    kind = rng.integers(5)
    if kind == 0:  # a dot as ink.py frames it: a disc 20 pixels wide
        rows, columns = np.mgrid[:FRAME, :FRAME] - 14.0
        squeeze = rng.uniform(0.72, 1.4)
        image[np.hypot(rows * squeeze, columns / squeeze) < rng.uniform(8.5, 10.5)] = 255
    elif kind == 1:
        dots = [place[np.newaxis] for place in rng.uniform(0, 1, (rng.integers(2, 6), 2))]
        image = _draw(dots, rng, wobble=0)
    elif kind == 2:
        width = rng.integers(14, 29)
        height = rng.integers(12, max(13, min(29, round(1.25 * width))))
        image[14 - height // 2 : 14 + height // 2, 14 - width // 2 : 14 + width // 2] = 255
    elif kind == 3:
        image[:] = rng.integers(0, 256)
    else:
        image[:] = rng.integers(0, 256, image.shape) * (rng.random(image.shape) < rng.uniform(0.1, 1))
    return image


def _draw(strokes, rng, wobble, widest=0.13, bent=0.6, widened=1, ragged=0):
    """Strokes, each (M, 2) in a box of about 1×1, drawn by one hand of many: (28, 28) bytes.

    Pens are up to `widest` of the paper, lines `bent` into curves in that share of all cases. At
    last the picture is made wider, pen and all, as scans with fixed sides are, or `ragged`, as by
    a coarse scanner, in that share.
    """
    slant, turn = rng.uniform(-0.15, 0.3), rng.normal(0, 0.06)
    lean = np.array([[1, 0], [-slant, 1]]) @ [
        [np.cos(turn), np.sin(turn)],
        [-np.sin(turn), np.cos(turn)],
    ]
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
    ink = drawing.ink > 127 if is_ragged else drawing.ink / 255
    return frame(ink[:, (np.arange(round(len(ink) * widened)) / widened).astype(int)].astype(np.float32))


def _subdivide(points, steps=6):
    """More points on the same straight lines."""
    at = np.linspace(0, len(points) - 1, steps * (len(points) - 1) + 1)
    return np.stack([np.interp(at, np.arange(len(points)), side) for side in points.T], axis=1)


def _waves(points, rng):
    """An unsteady hand: the paper is moved a little, here more, there less."""
    for _ in range(2):
        way, phase = rng.normal(0, 1.0, 2), rng.uniform(0, 2 * np.pi)
        points = points + np.sin(2 * np.pi * (points @ way)[:, np.newaxis] + phase) * rng.normal(
            0, 0.02, 2
        )
    return points
