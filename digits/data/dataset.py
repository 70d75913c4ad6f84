"""A dataset is images and their labels; its rows are taken like those of an array."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from digits.data.random_streams import Stream, generator

DIGIT_NAMES = tuple("0123456789")


@dataclass(frozen=True)
class Dataset:
    """Images (N, H, W) uint8 and labels (N,), whole numbers: each an index into `class_names`.

    MNIST's and the project's own images have bright ink (255) on black paper (0), other sets either
    way. Images may also be a sequence that makes each when it is asked for (see StrokeImages).
    dataset[rows], where rows is a slice or an array of row numbers or of booleans, is the dataset of
    these rows.
    """

    images: Any
    labels: ndarray
    class_names: tuple[str, ...] = DIGIT_NAMES

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice | ndarray) -> Self:
        if not isinstance(rows, (slice, ndarray)):
            raise TypeError(f"rows of a dataset are a slice or an array, not {rows!r}")
        return dataclasses.replace(self, images=self.images[rows], labels=self.labels[rows])


def split(dataset: Dataset, validation: int, seed: int) -> tuple[Dataset, Dataset]:
    """Hold out `validation` randomly chosen rows → (the others, the rows held out)."""
    training_rows, validation_rows = split_rows(len(dataset), validation, seed)
    return dataset[training_rows], dataset[validation_rows]


def split_rows(count: int, validation: int, seed: int) -> tuple[ndarray, ndarray]:
    """The rows of both, in random order."""
    order = generator(seed, Stream.SPLIT).permutation(count)
    return order[validation:], order[:validation]


def to_input(images: ndarray, dtype: DTypeLike = np.float32) -> ndarray:
    """Bytes (N, 28, 28) → what the network takes: (N, 28, 28, 1), paper 0, full ink 1."""
    scaled: ndarray = np.multiply(images, 1 / 255, dtype=dtype)
    return scaled[..., np.newaxis]
