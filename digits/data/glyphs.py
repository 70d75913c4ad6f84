"""Single characters, of which lines are composed: real digits by writer, drawn styles, signs, rubbish.

A glyph is an image (28, 28) in which a digit would take the rows from 4 to 24; so signs stand where they
stand beside digits: a point at the bottom, a minus in the middle.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy import ndarray

from digits.data.dataset import Dataset
from digits.data.drawing_sets import read_drawing_set
from digits.data.ood import ood_images
from digits.data.synthetic import synthetic_digits
from digits.ink.drawing import Drawing, Stroke, draw_strokes
from digits.ink.framing import BOX_SIZE, FRAME_SIZE, frame
from digits.ink.resizing import resized
from digits.model import MINUS, OTHER, POINT, SLASH
from digits.paths import project_path

PENS = project_path("digits/data/pens")
WRITERS = 30  # of pendigits, numbered from 1, …
HELD_OUT_WRITERS = range(3, 31, 3)  # … and those for validation
HELD_OUT_OPTDIGITS = 3  # every third

MNIST_RUN = 100  # digits in a row of MNIST's files that are mostly of one or two writers
SYNTHETIC = 6000
SIGNS = 1500  # of each kind
OTHERS = 4500
SIZE = 168  # pixels of the paper on which strokes are drawn
PEN_WIDTHS = (0.035, 0.11)  # shares of the paper's side, of which a digit takes 0.6


@dataclass(frozen=True)
class Glyphs:
    """Images (N, 28, 28), bytes, the character of each (N,), and its writer (N,)."""

    images: ndarray
    labels: ndarray
    writers: ndarray

    @classmethod
    def of(cls, dataset: Dataset, writers: ndarray) -> "Glyphs":
        return cls(np.asarray(dataset.images), dataset.labels.astype(np.int64), writers)

    def by_writer(self) -> list[list[ndarray]]:
        """For each writer and each character, the rows that he or she has written."""
        return [
            [np.flatnonzero((self.writers == writer) & (self.labels == label)) for label in range(10)]
            for writer in np.unique(self.writers)
        ]


def mnist_glyphs(dataset: Dataset) -> Glyphs:
    """MNIST's digits, in the order of its files, where those of one writer follow one another."""
    return Glyphs.of(dataset, np.arange(len(dataset)) // MNIST_RUN)


def pendigits(held_out: bool, rng: np.random.Generator, pens: int = 1) -> Glyphs:
    """UCI's pen-based digits of two in three writers, or of the others; each has some `pens`."""
    strokes, labels, writers = pendigits_strokes(held_out)
    hands = writers[:, np.newaxis] * pens + np.arange(pens)
    widths = rng.uniform(*PEN_WIDTHS, (WRITERS + 1) * pens)
    rows, hands = np.tile(np.arange(len(writers)), pens), hands.T.ravel()
    images = np.array([_draw(strokes[row], widths[hand]) for row, hand in zip(rows, hands, strict=True)])
    return Glyphs(images, labels[rows], hands)


def pendigits_strokes(held_out: bool) -> tuple[list[list[ndarray]], ndarray, ndarray]:
    """The strokes (M, 2) of each of these digits, the digits (N,) and their writers (N,)."""
    path = PENS / "pendigits.npz"
    dataset = read_drawing_set(path)
    with np.load(path) as arrays:
        writers = arrays["writer"]
    rows = np.flatnonzero(np.isin(writers, HELD_OUT_WRITERS) == held_out)
    images = dataset.images
    bounds = [images.stroke_start[images.sample_start[k] : images.sample_start[k + 1] + 1] for k in rows]
    strokes = [[images.points[a:b] for a, b in pairwise(each)] for each in bounds]
    return strokes, dataset.labels[rows].astype(np.int64), writers[rows]


def optdigits(held_out: bool) -> Glyphs:
    """UCI's optical digits: two of three, or every third."""
    dataset = read_drawing_set(PENS / "optdigits.npz")
    rows = np.flatnonzero((np.arange(len(dataset)) % HELD_OUT_OPTDIGITS == 0) == held_out)
    images = np.array([frame(image, paper=0, min_strength=0) for image in dataset.images[rows]])
    return Glyphs(images, dataset.labels[rows].astype(np.int64), np.zeros(len(rows), int))


def drawn_styles(rng: np.random.Generator, count: int = SYNTHETIC) -> Glyphs:
    """Digits in styles that MNIST lacks.

    No 1 among them is widened: beside other digits, two strokes so far apart are a 7, or 11. Some of
    the 7s have no bar: else nearly all that look like it, drawn with the same pen, would be 1s.
    """
    dataset = synthetic_digits(count, rng, widened_share=0, barred_share=0.6)
    return Glyphs.of(dataset, np.zeros(count, int))


def signs(rng: np.random.Generator, count: int = SIGNS) -> Glyphs:
    """Points and commas, minus signs, slashes."""
    labels = np.repeat([POINT, MINUS, SLASH], count)
    images = np.array([_sign(label, rng) for label in labels])
    return Glyphs(images, labels, np.zeros(len(labels), int))


def others(rng: np.random.Generator, digits: ndarray, count: int = OTHERS) -> Glyphs:
    """What is none of the characters: letters, signs, scribbles. See ood.py."""
    images = ood_images(count, rng, digits).images
    return Glyphs(images, np.full(count, OTHER), np.zeros(count, int))


def _draw(strokes: list[ndarray], width: float) -> ndarray:
    image = frame(draw_strokes(strokes, width, SIZE).ink, paper=0, min_strength=0)
    assert image is not None  # every drawing has ink
    return image


def _sign(label: int, rng: np.random.Generator) -> ndarray:
    """A sign beside a digit one unit high, whose baseline is at y = 1."""
    jitter = rng.normal(0, 0.04, (2, 2))
    pen = rng.uniform(0.06, 0.16)
    if label == POINT:
        is_comma = rng.random() < 0.5
        tail = [rng.uniform(-0.14, 0), rng.uniform(0.08, 0.25)] if is_comma else rng.normal(0, 0.02, 2)
        start = [0.5, rng.uniform(0.85, 1.02) if rng.random() < 0.92 else rng.uniform(0.45, 0.85)]
        points = np.array([start, np.add(start, tail)])
        pen *= rng.uniform(0.8, 1.4)
    elif label == MINUS:
        half = rng.uniform(0.12, 0.35)
        height = rng.uniform(0.4, 0.62)
        points = np.array([[0.5 - half, height], [0.5 + half, height]]) + jitter
    else:
        lean = rng.uniform(0.1, 0.35)
        points = np.array([[0.5 + lean, rng.uniform(-0.1, 0.1)], [0.5 - lean, rng.uniform(0.9, 1.15)]])
        points += jitter
    drawing = Drawing(4 * FRAME_SIZE)
    margin = (FRAME_SIZE - BOX_SIZE) / 2
    place = (margin + points * BOX_SIZE) / FRAME_SIZE
    drawing.add(Stroke(pen * BOX_SIZE / FRAME_SIZE, points=list(map(tuple, place))))
    small = resized(drawing.ink / np.float32(255), FRAME_SIZE, FRAME_SIZE)
    return np.rint(255 * small).astype(np.uint8)
