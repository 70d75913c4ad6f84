"""Training the digit network, epoch by epoch, with validation after each. The loop is nn/training.py."""

import math
import time
from collections.abc import Callable, Iterator

import numpy as np

import nn.training
from digits.data.augmentation import Inputs, random_warps
from digits.data.dataset import DIGIT_NAMES, Dataset
from digits.data.ood import OOD_LABEL
from digits.ink.framing import apply_domain_offset
from digits.reading.calibration import Calibration
from digits.training.data import TrainingSet, plan_epoch, targets_of
from digits.training.run import EpochProgress, EpochRecord, TrainingRun
from digits.training.settings import Settings
from nn.errors import UserError
from nn.fast import ParallelRunner
from nn.losses import softmax_cross_entropy
from nn.optimizers import warmup_cosine
from nn.training import Runner

MIN_STEPS_TO_LEARN = 100  # the "learned nothing" check needs at least this many steps
USELESS = 2 / len(DIGIT_NAMES)  # accuracy: who guesses has half of it


def train(
    run: TrainingRun,
    training_set: TrainingSet,
    validation_set: Dataset,
    runner: Runner,
    on_batch: Callable[[int, float, float], None] = lambda *_: None,
) -> Iterator[EpochRecord]:
    """Train until run.settings.epochs are done, continuing `run`. Yields each epoch's record.

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


def has_learned_nothing(run: TrainingRun, could_lose: bool) -> bool:
    """Whether accuracy is still below 20 %.

    In its first 100 steps it may be, unless something better could be lost.
    """
    last = run.epochs[-1]
    accuracy = last["validation_accuracy"]
    if accuracy is None:
        accuracy = last["train_accuracy"]
    is_time = could_lose or run.optimizer.t >= MIN_STEPS_TO_LEARN
    return is_time and not accuracy >= USELESS


def learning_rates(settings: Settings, steps: int) -> list[float]:
    """The learning rate of each step of a run."""
    course = (settings.learning_rate, settings.warmup, settings.final_rate)
    return [warmup_cosine(step, steps, *course) for step in range(steps)]


def make_runner(run: TrainingRun, threads: int) -> Runner:
    """The Runner for this run: one thread if plain, else several."""
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
