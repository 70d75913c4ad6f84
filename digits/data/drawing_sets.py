"""Sets of digits from elsewhere: npz files with scans or pen strokes."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy import ndarray

from digits.data.dataset import DIGIT_NAMES, Dataset
from digits.ink.drawing import render_strokes
from nn.errors import UserError, explain
from nn.npz import read_arrays

MAX_SET_BYTES = 2_000_000_000  # unpacked


def read_drawing_set(path: Path) -> Dataset:
    """A set of digits, or of other characters, from an npz file of either kind, every array checked.

    Scans: images (N, H, W) bytes. Pen strokes: points (M, 2) of x to the right and y down, at any
    scale; stroke i is points[stroke_start[i]:stroke_start[i + 1]], drawing j has the strokes from
    sample_start[j] to sample_start[j + 1]. Both: labels (N,), an index into `characters` if there.
    Where all that occur of these are digits it is a set of digits. UserError if anything is off.
    """
    try:
        arrays = read_arrays(path, MAX_SET_BYTES, "npz")
    except FileNotFoundError as error:
        raise UserError(f"cannot read {explain(error)}") from error

    def need(condition: Any, problem: str) -> None:
        if not condition:
            raise UserError(f"{path}: {problem}")

    need("labels" in arrays, "labels are missing")
    labels = arrays["labels"]
    characters = arrays.get("characters")
    need(
        labels.ndim == 1 and len(labels) and labels.dtype.kind in "ui",
        "labels must be whole numbers (N,)",
    )
    is_text = characters is None or characters.dtype.kind in "Uui"
    need(is_text and (characters is None or characters.ndim == 1), "characters must be a list of text")
    kinds = 10 if characters is None else len(characters)
    need(labels.min() >= 0 and labels.max() < kinds, f"labels must be from 0 to {kinds - 1}")
    if characters is None:
        names = DIGIT_NAMES
    elif set(map(str, characters[labels])) <= set(DIGIT_NAMES):  # digits after all
        labels = characters[labels].astype(int)
        names = DIGIT_NAMES
    else:
        names = tuple(map(str, characters))
    if "images" in arrays:
        images = arrays["images"]
        need(images.ndim == 3 and images.dtype == np.uint8, "images must be bytes (N, H, W)")
        need(len(images) == len(labels) and images.size, "there must be one image for each label")
        return Dataset(images, labels, names)

    needed = ("points", "stroke_start", "sample_start")
    need(all(name in arrays for name in needed), f"neither images nor {', '.join(needed)} are there")
    points, strokes, samples = (arrays[name] for name in needed)
    need(points.ndim == 2 and points.shape[1] == 2, "points must be (M, 2)")
    need(points.dtype.kind in "fui" and np.isfinite(points).all(), "points must be finite numbers")
    for name, starts, end in (("stroke", strokes, len(points)), ("sample", samples, len(strokes) - 1)):
        need(starts.ndim == 1 and starts.dtype.kind in "ui" and len(starts), f"{name}_start is wrong")
        steps = np.diff(starts.astype(np.int64))
        need(starts[0] == 0 and starts[-1] == end and (steps >= 0).all(), f"{name}_start is wrong")
    need(len(samples) == len(labels) + 1, "there must be one drawing for each label")
    return Dataset(StrokeImages(points, strokes, samples), labels, names)


class StrokeImages:
    """A sequence of drawings made of strokes, each rendered with the window's own pen when asked for."""

    def __init__(
        self,
        points: ndarray,
        stroke_start: ndarray,
        sample_start: ndarray,
        samples: ndarray | None = None,
    ) -> None:
        self.points = points
        self.stroke_start = stroke_start
        self.sample_start = sample_start
        self.samples = np.arange(len(sample_start) - 1) if samples is None else samples

    def __len__(self) -> int:
        return len(self.samples)

    @overload
    def __getitem__(self, rows: int) -> ndarray: ...
    @overload
    def __getitem__(self, rows: slice | ndarray) -> "StrokeImages": ...
    def __getitem__(self, rows: int | slice | ndarray) -> "ndarray | StrokeImages":
        """The ink (S, S) of one drawing, or the sequence of some of them."""
        if isinstance(rows, (slice, ndarray)):
            return StrokeImages(self.points, self.stroke_start, self.sample_start, self.samples[rows])
        sample = self.samples[rows]
        bounds = self.stroke_start[self.sample_start[sample] : self.sample_start[sample + 1] + 1]
        return render_strokes(self.points[a:b] for a, b in pairwise(bounds))

    def __iter__(self) -> Iterator[ndarray]:
        return (self[k] for k in range(len(self)))
