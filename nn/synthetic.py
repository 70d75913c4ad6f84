"""Images that MNIST lacks, drawn by the project itself with the window's own pen.

MNIST's writers were Americans: their 1 is a bare stroke. Elsewhere the 1 has a flag, the 7 a bar
through its middle, the 0 a slash, and some 4s are open. And a network that has only ever seen
digits takes everything for one, so here are things that are none: letters, scribbles, dots, blots.

Each is a list of strokes through a few points; every drawing moves the points a little, bends the
lines into curves, and takes another pen. augment.py does the rest. All numbers were set by hand.
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
LETTERS = {
    name: [np.array([[int(x), int(y)] for x, y in points.split()], float) / 8 for points in strokes]
    for name, strokes in LETTERS.items()
}


def rare_digits(count, rng):
    """`count` digits in hands that MNIST lacks. Digits, with labels."""
    kinds = (*[(1, _one)] * 5, (7, _seven), (7, _seven), (0, _zero), (4, _four))
    chosen = rng.integers(0, len(kinds), count)
    images = [_draw(kinds[k][1](rng), rng, wobble=0.02, widest=0.18) for k in chosen]
    return Digits(np.array(images), np.array([kinds[k][0] for k in chosen], np.uint8))


def no_digits(count, rng):
    """`count` letters, scribbles, dots and blots. Digits, all with the label NO_DIGIT."""
    letters = list(LETTERS.values())
    images = []
    for k in range(count):
        if k % 8 < 6:
            strokes = letters[rng.integers(len(letters))]
            # A hand that is in a hurry, upright or slanted, narrow or wide.
            strokes = [stroke * [rng.uniform(0.6, 1.2), 1] for stroke in strokes]
            images.append(_draw(strokes, rng, wobble=0.05))
        elif k % 8 == 6:
            images.append(_draw(_scribble(rng), rng, wobble=0))
        else:
            images.append(_blot(rng))
    return Digits(np.array(images), np.full(count, NO_DIGIT, np.uint8))


def _one(rng):
    """A stroke with a flag that falls from its top, straight or bent, and sometimes a foot."""
    top = np.array([rng.uniform(-0.1, 0.4), 0.0])
    angle, length = np.radians(rng.uniform(18, 65)), rng.uniform(0.15, 0.75)
    start = top + length * np.array([-np.cos(angle), np.sin(angle)])
    flag = [start, top]
    if rng.random() < 0.5:  # the pen comes from the side before it rises
        flag = [start + rng.uniform([-0.2, -0.12], [0.0, 0.06]), *flag]
    stem = [[0.0, 1.0]]
    if rng.random() < 0.15:  # and leaves to one side
        stem.append([rng.choice([-1, 1]) * rng.uniform(0.1, 0.3), rng.uniform(0.9, 1.0)])
    strokes = [np.array([*flag, *stem])]
    if rng.random() < 0.2:
        foot = rng.uniform(0.1, 0.35)
        strokes.append(np.array([[-foot, 1], [foot, 1]]))
    return strokes


def _seven(rng):
    """A bar, a slanted stroke, and a bar across its middle."""
    width, lean = rng.uniform(0.45, 0.8), rng.uniform(0.15, 0.5)
    corner = np.array([width, rng.uniform(-0.08, 0.04)])
    end = np.array([width - lean, 1.0])
    middle = corner + rng.uniform(0.4, 0.6) * (end - corner)
    half = rng.uniform(0.14, 0.32) * np.array([1, rng.uniform(-0.3, 0.1)])
    strokes = [np.array([[0, 0], corner, end]), np.array([middle - half, middle + half])]
    if rng.random() < 0.3:  # a serif that hangs from the left end of the bar
        strokes[0] = np.concatenate([[[0.0, rng.uniform(0.08, 0.2)]], strokes[0]])
    return strokes


def _zero(rng):
    """An oval with a stroke through it from the upper right to the lower left."""
    wide = rng.uniform(0.28, 0.45)
    angle = np.linspace(0, 2 * np.pi, 14) - np.pi / 2 + rng.uniform(-0.4, 0.4)
    oval = np.stack([wide * np.cos(angle), 0.5 + 0.5 * np.sin(angle)], axis=1)
    reach = rng.uniform(0.55, 1.15)
    slash = np.array([[wide * reach, 0.5 - 0.45 * reach], [-wide * reach, 0.5 + 0.45 * reach]])
    return [oval, slash]


def _four(rng):
    """Open at the top: an angle and a stroke that crosses its foot."""
    wide, knee = rng.uniform(0.4, 0.65), rng.uniform(0.5, 0.7)
    angle = np.array([[rng.uniform(0.0, 0.2), 0], [0, knee], [wide + rng.uniform(0.1, 0.3), knee]])
    top = rng.uniform(0.0, 0.35)
    return [angle, np.array([[wide + rng.uniform(-0.02, 0.1), top], [wide, 1]])]


def _scribble(rng):
    """A pen that wanders."""
    points = rng.uniform(0, 1, (rng.integers(4, 14), 2))
    return [points] if rng.random() < 0.6 else np.array_split(points, 2)


def _blot(rng):
    """A dot, a filled rectangle, a frame full of ink, or noise: (28, 28) bytes."""
    image = np.zeros((FRAME, FRAME), np.uint8)
    kind = rng.integers(4)
    if kind == 0:  # a dot as ink.py frames it: a disc 20 pixels wide
        rows, columns = np.mgrid[:FRAME, :FRAME] - 14.0
        squeeze = rng.uniform(0.8, 1.25)
        image[np.hypot(rows * squeeze, columns / squeeze) < rng.uniform(8.5, 10.5)] = 255
    elif kind == 1:
        height, width = rng.integers(12, 29, 2)
        image[14 - height // 2 : 14 + height // 2, 14 - width // 2 : 14 + width // 2] = 255
    elif kind == 2:
        image[:] = rng.integers(0, 256)
    else:
        image[:] = rng.integers(0, 256, image.shape) * (rng.random(image.shape) < rng.uniform(0.1, 1))
    return image


def _draw(strokes, rng, wobble, widest=0.13):
    """Strokes, each (M, 2) in a box of about 1×1, drawn by one hand of many: (28, 28) bytes."""
    slant, turn = rng.uniform(-0.15, 0.3), rng.normal(0, 0.06)
    lean = np.array([[1, 0], [-slant, 1]]) @ [
        [np.cos(turn), np.sin(turn)],
        [-np.sin(turn), np.cos(turn)],
    ]
    moved = [(s + rng.normal(0, wobble, s.shape)) @ lean for s in strokes]
    everything = np.concatenate(moved)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale, width = 0.7 / max(np.max(high - low), 1e-6), rng.uniform(0.045, widest)
    drawing = Drawing(PAPER)
    bend = rng.random() < 0.6
    for stroke in moved:
        points = 0.5 + (stroke - (low + high) / 2) * scale
        points = curve(points) if bend and len(points) > 2 else points
        drawing.add(Stroke(width, points=list(map(tuple, points))))
    return frame(drawing.ink)
