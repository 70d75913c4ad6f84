"""Out-of-distribution (OOD) images: letters, signs, scribbles, dots, blots, two digits side by side.

A network that has only ever seen digits takes everything for one. Of these it is to be unsure: see
targets_of in digits/training/data.py. How they are told from hard digits: calibration.py.
"""

import numpy as np
from numpy import ndarray

from digits.data.dataset import Dataset
from digits.data.handwriting import parse_strokes, rotation, write_by_hand
from digits.ink.framing import FRAME_SIZE, frame

OOD_LABEL = 10  # none of the ten classes; see targets_of in digits/training/data.py
# Of each nine images three are shapes, four are scribbles, one is a blot, and one shows two digits.
CYCLE = 9
SHAPES_IN_CYCLE = 3
SCRIBBLES_IN_CYCLE = 4
BLOTS_IN_CYCLE = 1
WHOLE_SHARE = 0.7  # of scribbles; the others are cut
MAX_PARTS = 8  # into which they are cut
MAX_GAP = 8  # pixels between two digits, at the size that MNIST has
MAX_STEP = 3  # pixels by which they stand higher or lower

# Strokes by points (x, y), both from 0 to 9, y downwards. None of these looks like a digit.
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
SIGNS = {
    "triangle": ["40 88 08 40"],
    "heart": ["48 03 11 30 42 50 71 83 48"],
    "star": ["40 68 03 83 28 40"],
    "arrow": ["04 84", "51 84 57"],
    "tick": ["04 38 80"],
    "plus": ["40 48", "04 84"],
    "equals": ["02 82", "06 86"],
    "hash": ["20 18", "60 58", "02 82", "06 86"],
    "house": ["08 03 40 83 88 08"],
    "face": ["40 11 04 17 48 77 84 71 40", "23 24", "63 64", "25 36 56 65"],
    "infinity": ["44 22 04 26 44 62 84 66 44"],
    "wave": ["04 22 44 66 84"],
    "snail": ["53 34 45 63 65 74 62 40 11 04 17 48 77"],
    "window": ["11 17 77 71 11", "41 47", "14 74"],
    "box": ["11 17 77 71 11", "11 77", "71 17"],
    "roof": ["08 40 88"],
}
SHAPES = [parse_strokes(texts) for texts in (LETTERS | SIGNS).values()]


def ood_images(count: int, rng: np.random.Generator, digits: ndarray) -> Dataset:
    """`count` letters, signs, scribbles, dots, blots and pairs of digits, all with the label OOD_LABEL.

    The pairs are made of `digits` (N, 28, 28), bytes, of MNIST's training set.
    """
    images = []
    for k in range(count):
        turn = k % CYCLE
        if turn < SHAPES_IN_CYCLE:
            strokes = SHAPES[rng.integers(len(SHAPES))]
            # Written in a hurry, narrow or wide.
            strokes = [stroke * [rng.uniform(0.6, 1.2), 1] for stroke in strokes]
            images.append(write_by_hand(strokes, rng, wobble=0.05, max_pen_width=0.15, coarse_share=0.1))
        elif turn < SHAPES_IN_CYCLE + SCRIBBLES_IN_CYCLE:
            scribble = SCRIBBLES[rng.choice(len(SCRIBBLES), p=SCRIBBLE_SHARES)]
            images.append(write_by_hand(_in_parts(scribble(rng), rng), rng, wobble=0))
        elif turn < SHAPES_IN_CYCLE + SCRIBBLES_IN_CYCLE + BLOTS_IN_CYCLE:
            images.append(_blot(rng))
        else:
            images.append(_pair(digits[rng.integers(len(digits), size=2)], rng))
    return Dataset(np.array(images), np.full(count, OOD_LABEL, np.uint8))


def _zigzag(rng: np.random.Generator) -> ndarray:
    """A pen that jumps about."""
    return rng.uniform(0, 1, (rng.integers(4, 18), 2))


def _wandering(rng: np.random.Generator) -> ndarray:
    """A pen that follows its nose, in curves and loops."""
    steps = rng.normal(size=(rng.integers(30, 200), 2))
    steady = rng.uniform(0.5, 0.95)
    for k in range(1, len(steps)):
        steps[k] += steady * steps[k - 1]
    points = np.cumsum(steps, axis=0)
    return points / np.ptp(points, axis=0).max()


def _hatching(rng: np.random.Generator) -> ndarray:
    """A pen that goes to and fro, as if to blacken the paper."""
    count = rng.integers(6, 18)
    along = np.linspace(0, 1, count)
    across = np.arange(count) % 2 * rng.uniform(0.4, 1.3)
    points = np.stack([along, across], axis=1) + rng.normal(0, 0.06, (count, 2))
    return points @ rotation(rng.uniform(0, 2 * np.pi))


def _coil(rng: np.random.Generator) -> ndarray:
    """A pen that goes round and round, on its way from one side to the other or growing outwards."""
    turns = rng.uniform(2, 6)
    angle = 2 * np.pi * np.linspace(0, turns, round(20 * turns))
    part = angle / angle[-1]
    radius = rng.uniform(0.1, 0.5) * ((1 - part) * rng.uniform(0, 1) + part)
    circles = np.stack([np.cos(angle), rng.uniform(0.5, 1.5) * np.sin(angle)], axis=1)
    way = rng.uniform(0.1, 1.2) * np.array([1, 0]) * part[:, np.newaxis]
    return (radius[:, np.newaxis] * circles + way) @ rotation(rng.uniform(0, 2 * np.pi))


SCRIBBLES = (_zigzag, _wandering, _hatching, _coil)
SCRIBBLE_SHARES = (0.4, 0.4, 0.1, 0.1)


def _in_parts(points: ndarray, rng: np.random.Generator) -> list[ndarray]:
    """One stroke, or cut into several: short ones are then lines here and there."""
    if rng.random() < WHOLE_SHARE:
        return [points]
    most = min(len(points) // 2, MAX_PARTS)
    return np.array_split(points, rng.integers(2, most + 1))


def _blot(rng: np.random.Generator) -> ndarray:
    """A dot or several, a filled rectangle or ellipse, a frame full of ink, or noise: (28, 28) bytes."""
    image = np.zeros((FRAME_SIZE, FRAME_SIZE), np.uint8)
    kind = rng.integers(5)
    if kind == 0:  # a dot about as framing.py frames it: a disc 20 pixels wide
        rows, columns = np.mgrid[:FRAME_SIZE, :FRAME_SIZE] - 14.0
        squeeze = rng.uniform(0.72, 1.4)
        image[np.hypot(rows * squeeze, columns / squeeze) < rng.uniform(8.5, 10.5)] = 255
    elif kind == 1:
        dots = [place[np.newaxis] for place in rng.uniform(0, 1, (rng.integers(2, 6), 2))]
        image = write_by_hand(dots, rng, wobble=0)
    elif kind == 2:
        width = rng.integers(14, 29)
        height = rng.integers(12, max(13, min(29, round(1.25 * width))))
        rows, columns = np.abs(np.mgrid[:FRAME_SIZE, :FRAME_SIZE] - 13.5)
        far = np.maximum if rng.random() < 0.5 else np.hypot  # a rectangle or an ellipse
        image[far(rows / height, columns / width) < 0.5] = 255
    elif kind == 3:
        image[:] = rng.integers(0, 256)
    else:
        image[:] = rng.integers(0, 256, image.shape) * (rng.random(image.shape) < rng.uniform(0.1, 1))
    return image


def _pair(digits: ndarray, rng: np.random.Generator) -> ndarray:
    """Two digits (2, 28, 28) side by side, framed as one: (28, 28) bytes."""
    canvas = np.zeros((FRAME_SIZE + 2 * MAX_STEP, 2 * FRAME_SIZE + MAX_GAP), np.uint8)
    left = 0
    for digit in digits:
        filled = np.flatnonzero(digit.any(axis=0))
        ink = digit[:, filled[0] : filled[-1] + 1] if len(filled) else digit
        top = rng.integers(2 * MAX_STEP + 1)
        part = canvas[top : top + FRAME_SIZE, left : left + ink.shape[1]]
        np.maximum(part, ink, out=part)
        left += ink.shape[1] + rng.integers(-1, MAX_GAP + 1)
    image = frame(canvas, paper=0, min_strength=0)
    assert image is not None
    return image
