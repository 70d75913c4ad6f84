"""What an epoch shows: digits and generated images, in random order, each with a warp and its target."""

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from digits.data.augmentation import COLUMN, ROW, SHIFT, random_warps
from digits.data.dataset import Dataset, split
from digits.data.ood import ood_images
from digits.data.random_streams import Stream, generator
from digits.data.synthetic import synthetic_digits
from digits.training.settings import Settings
from nn.errors import UserError

GENERATED_WARP = 0.5  # strength of the warps of generated images, which vary already
OFFSET_SHARE = 0.25  # share of MNIST's digits also shown at the domain offset (digits/ink/framing.py)


@dataclass(frozen=True)
class TrainingSet(Dataset):
    """What to train on; `is_generated` (N,) bool: which images are synthetic digits or OOD images."""

    is_generated: ndarray = dataclasses.field(kw_only=True)

    def __getitem__(self, rows: slice | ndarray) -> Self:
        return dataclasses.replace(super().__getitem__(rows), is_generated=self.is_generated[rows])


def prepare_data(dataset: Dataset, settings: Settings) -> tuple[TrainingSet, Dataset]:
    """The training set and the validation set. UserError if nothing is left to train on."""
    if settings.validation >= len(dataset):
        raise UserError(f"--validation {settings.validation} leaves nothing to train on")
    training_digits, validation_set = split(dataset, settings.validation, settings.seed)
    return with_generated_images(training_digits[: settings.limit], settings), validation_set


def with_generated_images(dataset: Dataset, settings: Settings) -> TrainingSet:
    """These digits and, behind them, as many synthetic digits and OOD images as the settings want."""
    count = len(dataset)
    rng = generator(settings.seed, Stream.SYNTHETIC)
    parts = [dataset]
    if synthetic := round(settings.synthetic * count):
        parts.append(synthetic_digits(synthetic, rng))
    if ood := round(settings.ood * count):
        parts.append(ood_images(ood, rng, dataset.images))
    images = np.concatenate([part.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    return TrainingSet(images, labels, is_generated=np.arange(len(labels)) >= count)


class EpochPlan(NamedTuple):
    """In which order an epoch shows the images: their rows (N,); and the warp of each (N, 2, 6)."""

    order: ndarray
    warps: ndarray


def plan_epoch(training_set: TrainingSet, settings: Settings, epoch: int) -> EpochPlan:
    """The plan of the epoch of this number, from 0; warps[row] is the warp of that row's image."""
    count = len(training_set)
    rng = generator(settings.seed, Stream.EPOCH, epoch)
    order = rng.permutation(count)
    strength = settings.warp * np.where(training_set.is_generated, GENERATED_WARP, 1)
    warps = random_warps(count, rng, strength)
    is_offset = training_set.is_generated | (rng.random(count) < OFFSET_SHARE)
    for axis in (ROW, COLUMN):  # sampling further down and right moves the image up and left
        warps[is_offset, axis, SHIFT] += settings.domain_offset
    return EpochPlan(order, warps)


def targets_of(labels: ndarray, dtype: DTypeLike) -> ndarray:
    """Labels (N,) → target distributions (N, 10): one-hot for digits, uniform for OOD_LABEL.

    That way it learns to be unsure where there is no digit ("outlier exposure": Hendrycks, Mazeika and
    Dietterich, "Deep Anomaly Detection with Outlier Exposure" (2019)).
    """
    targets: ndarray = np.vstack([np.eye(10, dtype=dtype), np.full(10, 1 / 10, dtype)])[labels]
    return targets
