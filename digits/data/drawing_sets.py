"""Sets of digits from elsewhere: npz files with scans or pen strokes."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from digits.ink.drawing import draw
from nn.errors import UserError, explain
from nn.files import read_arrays

LARGEST = 2_000_000_000  # bytes that a set may unpack to


class Drawings(NamedTuple):
    """A set: `images` yields (H, W) bytes, `labels` (N,); `characters` where they are no digits."""

    images: object
    labels: np.ndarray
    characters: np.ndarray | None


def read_drawings(path):
    """A set of drawings from an npz file, of either kind, every array checked.

    Scans: images (N, H, W) bytes. Pen strokes: points (M, 2) of x to the right and y down, at any
    scale; stroke i is points[stroke_start[i]:stroke_start[i + 1]], drawing j has the strokes from
    sample_start[j] to sample_start[j + 1]. Both: labels (N,), an index into `characters` if there.
    Where all that occur of these are digits it is a set of digits.
    """
    try:
        arrays = read_arrays(path, LARGEST, "npz")
    except FileNotFoundError as error:
        raise UserError(f"cannot read {explain(error)}") from error

    def need(condition, what):
        if not condition:
            raise UserError(f"{path}: {what}")

    need("labels" in arrays, "labels are missing")
    labels, characters = arrays["labels"], arrays.get("characters")
    need(
        labels.ndim == 1 and len(labels) and labels.dtype.kind in "ui",
        "labels must be whole numbers (N,)",
    )
    need(characters is None or characters.ndim == 1, "characters must be a list")
    kinds = 10 if characters is None else len(characters)
    need(labels.min() >= 0 and labels.max() < kinds, f"labels must be from 0 to {kinds - 1}")
    if characters is not None and set(map(str, characters[labels])) <= set("0123456789"):
        labels, characters = characters[labels].astype(int), None  # digits after all
    if "images" in arrays:
        images = arrays["images"]
        need(images.ndim == 3 and images.dtype == np.uint8, "images must be bytes (N, H, W)")
        need(len(images) == len(labels) and images.size, "there must be one image for each label")
        return Drawings(images, labels, characters)

    names = ("points", "stroke_start", "sample_start")
    need(all(name in arrays for name in names), f"neither images nor {', '.join(names)} are there")
    points, strokes, samples = (arrays[name] for name in names)
    need(points.ndim == 2 and points.shape[1] == 2, "points must be (M, 2)")
    need(points.dtype.kind in "fui" and np.isfinite(points).all(), "points must be finite numbers")
    for name, starts, end in (("stroke", strokes, len(points)), ("sample", samples, len(strokes) - 1)):
        need(starts.ndim == 1 and starts.dtype.kind in "ui" and len(starts), f"{name}_start is wrong")
        steps = np.diff(starts.astype(np.int64))
        need(starts[0] == 0 and starts[-1] == end and (steps >= 0).all(), f"{name}_start is wrong")
    need(len(samples) == len(labels) + 1, "there must be one drawing for each label")
    return Drawings(_StrokeImages(points, strokes, samples), labels, characters)


class _StrokeImages:
    """Iterates over drawings made of strokes, each drawn with the window's own pen when it is due."""

    def __init__(self, points, stroke_start, sample_start):
        self.points, self.stroke_start, self.sample_start = points, stroke_start, sample_start

    def __iter__(self):
        for begin, end in pairwise(self.sample_start):
            bounds = self.stroke_start[begin : end + 1]
            yield draw(self.points[a:b] for a, b in pairwise(bounds))
