"""Training the digit network: its data, its epochs, validation after each. The loop is nn/training.py.

Hyperparameters are in settings.py, the state of a run in training_run.py; all random numbers come from
random_streams.py.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

import nn.training
from digits.calibration import Calibration
from digits.data.augmentation import COLUMN, ROW, SHIFT, Inputs, random_warps
from digits.data.dataset import DIGIT_NAMES, Dataset, split
from digits.data.ood import OOD_LABEL, ood_images
from digits.data.synthetic import synthetic_digits
from digits.ink.framing import apply_domain_offset
from digits.random_streams import Stream, generator
from digits.settings import Settings
from digits.training_run import EpochProgress, EpochRecord, TrainingRun
from nn.errors import UserError
from nn.fast import ParallelRunner
from nn.losses import softmax_cross_entropy
from nn.optimizers import warmup_cosine
from nn.training import Runner

GENERATED_WARP = 0.5  # strength of the warps of generated images: they vary enough as they are
MIN_STEPS_TO_LEARN = 100  # the "learned nothing" check needs at least this many steps
OFFSET_SHARE = 0.25  # of MNIST's digits that are shown at the domain offset, too; see framing.py


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
    for axis in (ROW, COLUMN):  # read further down and to the right, it stands up and to the left
        warps[is_offset, axis, SHIFT] += settings.domain_offset
    return EpochPlan(order, warps)


def train(
    run: TrainingRun,
    training_set: TrainingSet,
    validation_set: Dataset,
    runner: Runner,
    on_batch: Callable[[int, float, float], None] = lambda *_: None,
) -> Iterator[EpochRecord]:
    """Train until run.settings.epochs are done, from where `run` is. Yields each epoch's record.

    on_batch(images done in this epoch, mean loss, accuracy so far) is called after every batch.
    UserError if the loss is no longer finite.
    """
    settings = run.settings
    count = len(training_set)
    steps = -(-count // settings.batch_size)
    targets = targets_of(training_set.labels, run.network.dtype)
    rates = learning_rates(settings, settings.epochs * steps)
    while len(run.epochs) < settings.epochs:
        epoch = len(run.epochs)
        progress = run.progress
        if progress.images != min(progress.steps * settings.batch_size, count):
            raise UserError("the epoch in progress does not fit the training set: start a new run")
        plan = plan_epoch(training_set, settings, epoch)
        batches = [
            plan.order[k * settings.batch_size : (k + 1) * settings.batch_size]
            for k in range(progress.steps, steps)
        ]
        inputs = (
            (Inputs(training_set.images[rows], plan.warps[rows], run.network.dtype), targets[rows])
            for rows in batches
        )
        started = time.perf_counter() - progress.seconds
        rates_left = rates[epoch * steps + progress.steps :]
        steps_taken = nn.training.train(runner, run.optimizer, inputs, rates_left, run.average)
        for rows, (losses, logits) in zip(batches, steps_taken, strict=True):
            progress.loss_sum += float(losses.sum())
            if not math.isfinite(progress.loss_sum):
                raise UserError("training diverged: try a smaller --learning-rate")
            labels = training_set.labels[rows]
            progress.correct += int(np.sum(logits.argmax(axis=1) == labels))
            progress.digits += int(np.sum(labels != OOD_LABEL))
            progress.images += len(losses)
            progress.steps += 1
            progress.seconds = time.perf_counter() - started
            accuracy = progress.correct / max(progress.digits, 1)
            on_batch(progress.images, progress.loss_sum / progress.images, accuracy)

        run.average.swap()
        validation_loss, validation_accuracy = validate(runner, validation_set)
        run.average.swap()
        record = EpochRecord(
            train_loss=progress.loss_sum / count,
            train_accuracy=progress.correct / max(progress.digits, 1),
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            seconds=progress.seconds,
            images_per_second=count / progress.seconds,
        )
        run.epochs.append(record)
        run.progress = EpochProgress()
        yield record


def has_learned_nothing(run: TrainingRun) -> bool:
    """Whether a run of some length ended where it began: as good as guessing."""
    last = run.epochs[-1]
    accuracy = last["validation_accuracy"]
    if accuracy is None:
        accuracy = last["train_accuracy"]
    return run.optimizer.t >= MIN_STEPS_TO_LEARN and not accuracy >= 2 / len(DIGIT_NAMES)


def targets_of(labels: ndarray, dtype: DTypeLike) -> ndarray:
    """Labels (N,) → what the network is to answer, (N, 10): one digit, or for OOD_LABEL all ten alike.

    That way it learns to be unsure where there is no digit ("outlier exposure": Hendrycks, Mazeika and
    Dietterich, "Deep Anomaly Detection with Outlier Exposure" (2019)).
    """
    targets: ndarray = np.vstack([np.eye(10, dtype=dtype), np.full(10, 1 / 10, dtype)])[labels]
    return targets


def learning_rates(settings: Settings, steps: int) -> list[float]:
    """The learning rate of each step of a run."""
    course = (settings.learning_rate, settings.warmup, settings.final_rate)
    return [warmup_cosine(step, steps, *course) for step in range(steps)]


def make_runner(run: TrainingRun, threads: int) -> Runner:
    """What runs the network of this run over its batches."""
    return Runner(run.network) if run.settings.plain else ParallelRunner(run.network, threads)


def validate(runner: Runner, dataset: Dataset) -> tuple[float | None, float | None]:
    """(mean loss, accuracy) on these digits; (None, None) if there are none."""
    if not len(dataset):
        return None, None
    logits = runner.logits(Inputs(dataset.images, dtype=runner.network.dtype))
    losses, _ = softmax_cross_entropy(logits, dataset.labels)
    return float(losses.mean()), float(np.mean(logits.argmax(axis=1) == dataset.labels))


def calibrate(runner: Runner, dataset: Dataset, domain_offset: int) -> Calibration:
    """Temperature and OOD threshold for these weights, fitted to validation digits."""
    logits = runner.logits(Inputs(dataset.images))
    offset_logits = runner.logits(Inputs(apply_domain_offset(dataset.images, domain_offset)))
    return Calibration.fit(logits, dataset.labels, offset_logits, domain_offset)


def warm_up(runner: Runner) -> None:
    """Have numba compile every kernel that training uses (or load it from its cache)."""
    blank = np.zeros((1, 28, 28), np.uint8)
    runner.gradients(Inputs(blank, random_warps(1, np.random.default_rng(0))), np.zeros(1, int))
