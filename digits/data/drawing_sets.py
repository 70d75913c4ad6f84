"""Sets of digits from elsewhere: npz files with scans or pen strokes."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy import ndarray

from digits.data.dataset import DIGIT_NAMES, Dataset
from digits.ink.drawing import render_strokes
from nn.errors import UserError, explain, printable
from nn.npz import read_arrays

# The largest set of the kind, EMNIST's digits, has 280,000 images of 784 bytes.
MAX_SET_BYTES = 250_000_000  # unpacked
MAX_DRAWINGS = 300_000
MAX_STROKES = 3_000_000
MAX_CHARACTERS = 10_000
MAX_CHARACTER_BYTES = 256
MAX_IMAGE_PIXELS = 4_000_000
MAX_IMAGE_SIDE = 4000  # pixels
MAX_POINTS = 5_000_000
MAX_POINTS_OF_ONE = 2000  # pendigits has up to 185
MAX_COORDINATE = 1e9  # either way: any scale, but one that can be calculated with


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
    need(len(labels) <= MAX_DRAWINGS, f"there are more than {MAX_DRAWINGS:,} drawings")
    names = DIGIT_NAMES
    if characters is not None:
        need(
            characters.ndim == 1 and characters.dtype.kind in "Uui", "characters must be a list of text"
        )
        need(len(characters) <= MAX_CHARACTERS, f"there are more than {MAX_CHARACTERS} characters")
        need(characters.dtype.itemsize <= MAX_CHARACTER_BYTES, "characters must be short")
        names = _names(characters)
        need(len(names) == len(characters), "characters must be text")
    is_index = labels.min() >= 0 and labels.max() < len(names)
    need(is_index, f"labels must be from 0 to {len(names) - 1}")
    if {names[label] for label in np.unique(labels)} <= set(DIGIT_NAMES):  # digits, in whichever order
        digits = np.array([DIGIT_NAMES.index(name) if name in DIGIT_NAMES else 0 for name in names])
        labels = digits[labels]
        names = DIGIT_NAMES
    if "images" in arrays:
        images = arrays["images"]
        need(images.ndim == 3 and images.dtype == np.uint8, "images must be bytes (N, H, W)")
        need(len(images) == len(labels) and images.size, "there must be one image for each label")
        H, W = images.shape[1:]
        is_small = max(H, W) <= MAX_IMAGE_SIDE and H * W <= MAX_IMAGE_PIXELS
        need(is_small, f"images must have at most {MAX_IMAGE_PIXELS:,} pixels, {MAX_IMAGE_SIDE} a side")
        return Dataset(images, labels, names)

    needed = ("points", "stroke_start", "sample_start")
    need(all(name in arrays for name in needed), f"neither images nor {', '.join(needed)} are there")
    points, strokes, samples = (arrays[name] for name in needed)
    need(points.ndim == 2 and points.shape[1] == 2, "points must be (M, 2)")
    need(points.dtype.kind in "fui", "points must be finite numbers")
    need(len(points) <= MAX_POINTS, f"there are more than {MAX_POINTS:,} points")
    lowest, highest = float(points.min(initial=0)), float(points.max(initial=0))
    is_bounded = lowest >= -MAX_COORDINATE and highest <= MAX_COORDINATE  # and so no NaN
    need(is_bounded, f"points must be finite numbers, at most {MAX_COORDINATE:.0e} from 0")
    need(strokes.size <= MAX_STROKES, f"there are more than {MAX_STROKES:,} strokes")
    for name, starts in (("stroke_start", strokes), ("sample_start", samples)):
        need(starts.ndim == 1 and starts.dtype.kind in "ui" and len(starts), f"{name} is wrong")
    for name, starts, end in (
        ("stroke_start", strokes, len(points)),
        ("sample_start", samples, len(strokes) - 1),
    ):
        rises = (starts[1:] >= starts[:-1]).all()
        need(starts[0] == 0 and starts[-1] == end and rises, f"{name} is wrong")
    need(len(samples) == len(labels) + 1, "there must be one drawing for each label")
    strokes = strokes.astype(np.int64)  # so that no sum wraps around
    samples = samples.astype(np.int64)
    most = np.diff(strokes[samples]).max(initial=0)
    need(most <= MAX_POINTS_OF_ONE, f"a drawing has more than {MAX_POINTS_OF_ONE:,} points")
    return Dataset(StrokeImages(points, strokes, samples), labels, names)


def _names(characters: ndarray) -> tuple[str, ...]:
    """The characters as text that can be printed; none at all if one is beyond Unicode."""
    try:
        return tuple(printable(str(character)) for character in characters)
    except (ValueError, SystemError):
        return ()


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
