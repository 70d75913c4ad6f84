"""The loop: shuffle, take a batch, find the gradient, let Adam step; after each epoch, validate.

What decides the outcome is in settings.py; all random numbers come from random_streams.py.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self, TypedDict

import numpy as np
from numpy import ndarray

from digits.calibration import Calibration
from digits.checks import is_number
from digits.data.augmentation import COLUMN, ROW, SHIFT, random_warps
from digits.data.dataset import DIGIT_NAMES, Dataset, split
from digits.data.ood import OOD_LABEL, ood_images
from digits.data.synthetic import synthetic_digits
from digits.ink.framing import apply_domain_offset
from digits.model import build_cnn
from digits.random_streams import Stream, generator
from digits.settings import Settings
from nn.data_parallel import DataParallel
from nn.errors import UserError
from nn.losses import softmax_cross_entropy
from nn.network import Sequential
from nn.optimizers import Adam, WeightAverage, warmup_cosine
from nn.weights import load_checkpoint, save_checkpoint

GENERATED_WARP = 0.5  # strength of the warps of generated images: they vary enough as they are
MIN_STEPS_TO_LEARN = 100  # after fewer nothing is said of what was learned
OFFSET_SHARE = 0.3  # of MNIST's digits that are shown at the domain offset, too; see framing.py


class EpochRecord(TypedDict):
    """How one epoch went. The figures of validation are None where no digits are held out."""

    train_loss: float  # mean, over all images
    train_accuracy: float  # of the digits
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    images_per_second: float


@dataclass
class TrainingRun:
    """A run in progress: the network, its optimizer, and a record of each finished epoch."""

    settings: Settings
    network: Sequential
    optimizer: Adam
    average: WeightAverage
    epochs: list[EpochRecord]

    @classmethod
    def start(cls, settings: Settings) -> "TrainingRun":
        network = build_cnn(seed=settings.seed, fused=not settings.plain)
        optimizer = Adam([network.parameters], weight_decay=settings.weight_decay)
        average = WeightAverage(network.parameters, settings.average)
        return cls(settings, network, optimizer, average, [])

    @classmethod
    def resume(cls, checkpoint: Path) -> "TrainingRun":
        """The run as it was when `save(checkpoint)` was called. UserError if it cannot be read."""
        run = cls.start(Settings())
        try:
            record = load_checkpoint(checkpoint, run.network, run.optimizer, run.average)
        except FileNotFoundError as error:
            message = f"there is no checkpoint file {checkpoint}: python train.py makes one"
            raise UserError(message) from error
        settings = Settings.from_record(record.get("settings"), checkpoint)
        epochs: Any = record.get("epochs")
        if not _are_epochs(epochs):
            raise UserError(f"{checkpoint}: its record of finished epochs is damaged")
        run = cls.start(settings)  # as these settings want it, and so the file is read once more
        load_checkpoint(checkpoint, run.network, run.optimizer, run.average)
        run.epochs = epochs
        return run

    def save(self, checkpoint: Path) -> None:
        save_checkpoint(checkpoint, self.network, self.optimizer, self.average, self.record())

    def record(self) -> dict[str, Any]:
        """How these parameters came about."""
        return {"settings": dataclasses.asdict(self.settings), "epochs": self.epochs}


def _are_epochs(records: Any) -> bool:
    """Whether this is a list of EpochRecords, all with figures of validation or all without."""
    names = set(EpochRecord.__annotations__)
    if not isinstance(records, list):
        return False
    if not all(isinstance(record, dict) and set(record) == names for record in records):
        return False
    missing = [{name for name, value in record.items() if value is None} for record in records]
    validation = {"validation_loss", "validation_accuracy"}
    return all(found in (set(), validation) and found == missing[0] for found in missing) and all(
        value is None or is_number(value) for record in records for value in record.values()
    )


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
    drawn = [
        draw(round(share * count), rng)
        for draw, share in ((synthetic_digits, settings.synthetic), (ood_images, settings.ood))
        if round(share * count)
    ]
    images = np.concatenate([dataset.images, *(part.images for part in drawn)])
    labels = np.concatenate([dataset.labels, *(part.labels for part in drawn)])
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
    for axis in (ROW, COLUMN):  # read further down and to the right, it stands up and to the left
        warps[is_offset, axis, SHIFT] += settings.domain_offset
    return EpochPlan(order, warps)


def train(
    run: TrainingRun,
    training_set: TrainingSet,
    validation_set: Dataset,
    workers: DataParallel,
    on_batch: Callable[[int, float, float], None] = lambda *_: None,
) -> Iterator[EpochRecord]:
    """Train until run.settings.epochs are done. Yields each epoch's record, once it is in `run`.

    on_batch(images done in this epoch, mean loss, accuracy so far) is called after every batch.
    UserError if the loss is no longer finite.
    """
    settings = run.settings
    count = len(training_set)
    steps_per_epoch = -(-count // settings.batch_size)
    total_steps = settings.epochs * steps_per_epoch
    while len(run.epochs) < settings.epochs:
        epoch = len(run.epochs)
        order, warps = plan_epoch(training_set, settings, epoch)
        loss_sum = 0.0
        correct = digits = done = 0
        started = time.perf_counter()
        for k in range(steps_per_epoch):
            rows = order[k * settings.batch_size : (k + 1) * settings.batch_size]
            losses, logits = workers.gradients(training_set.images, training_set.labels, warps, rows)
            loss_sum += float(losses.sum())
            if not math.isfinite(loss_sum):
                raise UserError("training diverged: try a smaller --learning-rate")
            rate = warmup_cosine(
                epoch * steps_per_epoch + k,
                total_steps,
                settings.learning_rate,
                settings.warmup,
                settings.final_rate,
            )
            run.optimizer.step([run.network.gradients], rate)
            run.average.update()

            labels = training_set.labels[rows]
            correct += int(np.sum(logits.argmax(axis=1) == labels))
            digits += int(np.sum(labels != OOD_LABEL))
            done += len(losses)
            on_batch(done, loss_sum / done, correct / max(digits, 1))
        seconds = time.perf_counter() - started

        run.average.swap()
        loss, accuracy = validate(workers, validation_set)
        run.average.swap()
        record = EpochRecord(
            train_loss=loss_sum / count,
            train_accuracy=correct / max(digits, 1),
            validation_loss=loss,
            validation_accuracy=accuracy,
            seconds=seconds,
            images_per_second=count / seconds,
        )
        run.epochs.append(record)
        yield record


def has_learned_nothing(run: TrainingRun) -> bool:
    """Whether a run of some length ended where it began: as good as guessing."""
    last = run.epochs[-1]
    accuracy = last["validation_accuracy"]
    if accuracy is None:
        accuracy = last["train_accuracy"]
    return run.optimizer.t >= MIN_STEPS_TO_LEARN and accuracy < 2 / len(DIGIT_NAMES)


def validate(workers: DataParallel, dataset: Dataset) -> tuple[float | None, float | None]:
    """(mean loss, accuracy) on these digits; (None, None) if there are none."""
    if not len(dataset):
        return None, None
    logits = workers.logits(dataset.images)
    losses, _ = softmax_cross_entropy(logits, dataset.labels)
    return float(losses.mean()), float(np.mean(logits.argmax(axis=1) == dataset.labels))


def calibrate(workers: DataParallel, dataset: Dataset, domain_offset: int) -> Calibration:
    """How to read with these weights, fitted to validation digits."""
    logits = workers.logits(dataset.images)
    offset_logits = workers.logits(apply_domain_offset(dataset.images, domain_offset))
    return Calibration.fit(logits, dataset.labels, offset_logits, domain_offset)


def warm_up(workers: DataParallel) -> None:
    """Have numba compile every kernel that training uses (or load it from its cache)."""
    blank = np.zeros((1, 28, 28), np.uint8)
    warps = random_warps(1, np.random.default_rng(0))
    workers.gradients(blank, np.zeros(1, int), warps, np.zeros(1, int))
