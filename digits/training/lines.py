"""Training the line network on lines that are composed as it trains, step by step, with checkpoints.

Step k's lines depend on the seed and k alone, and so do the glyphs that they are composed of: a run that
goes on from a checkpoint ends with the same bits as one that was never stopped.
"""

import dataclasses
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy import ndarray

import nn.training
from digits.checks import Rule, find_fault
from digits.data import glyphs
from digits.data.dataset import Dataset, split_rows
from digits.data.lines import Alphabet, compose
from digits.data.random_streams import Stream, generator
from digits.model import build_line_network
from digits.training.settings import LineSettings
from nn.ctc import NO_CHARACTER, best_path, ctc_loss, log_softmax
from nn.errors import UserError
from nn.fast import ParallelRunner, accelerate
from nn.network import Sequential
from nn.optimizers import Adam, WeightAverage, warmup_cosine
from nn.training import Runner
from nn.weights import load_checkpoint, save_checkpoint

WIDTHS, WIDTH_SHARES = (72, 104, 152, 216), (0.25, 0.3, 0.3, 0.15)  # pixels of a step's lines
# Which digits lines are composed of: MNIST's, pendigits, drawn styles, optdigits. What each is good for:
# docs/recipe.md.
SOURCE_SHARES = [0.4, 0.35, 0.12, 0.13]
PENS = 3  # with which each of pendigits is drawn
VALIDATION_LINES = 128  # of each width
STEPS_BETWEEN_RECORDS = 500
# A step of 16 lines takes two cores 20 ms with 8 at a time, 24 with 4, and 35 with 16.
MICRO_BATCH = 8


class LineRecord(TypedDict):
    """How the steps since the last record went."""

    steps: int  # up to here
    train_loss: float  # mean, in nats a line
    validation_accuracy: float  # share of composed lines of which every character is right
    seconds: float


RECORD_RULES = {
    "steps": Rule(int, 1, 10**9),
    "train_loss": Rule(float, 0, 1e12),
    "validation_accuracy": Rule(float, 0, 1),
    "seconds": Rule(float, 0, 1e12),
}


@dataclass
class LineRun:
    """A run in progress: the network, its optimizer, and the records so far."""

    settings: LineSettings
    network: Sequential
    optimizer: Adam
    average: WeightAverage
    records: list[LineRecord]
    loss_sum: float = 0.0  # since the last record
    seconds: float = 0.0

    @classmethod
    def start(cls, settings: LineSettings) -> "LineRun":
        network = accelerate(build_line_network(seed=settings.seed))
        optimizer = Adam(network.parameters, weight_decay=settings.weight_decay)
        return cls(settings, network, optimizer, WeightAverage(network.parameters, settings.average), [])

    @classmethod
    def resume(cls, checkpoint: Path) -> "LineRun":
        """The run as it was when `save(checkpoint)` was called. UserError if it cannot be read."""
        run = cls.start(LineSettings())
        try:
            record = load_checkpoint(checkpoint, run.network, run.optimizer, run.average)
        except FileNotFoundError as error:
            command = "python train.py --network line"
            message = f"there is no checkpoint file {checkpoint}: {command} makes one"
            raise UserError(message) from error
        run = cls.start(LineSettings.from_record(record.get("settings"), checkpoint))
        load_checkpoint(checkpoint, run.network, run.optimizer, run.average)
        records: Any = record.get("records")
        sums = {name: record.get(name) for name in ("loss_sum", "seconds")}
        if (
            not isinstance(records, list)
            or any(find_fault(entry, RECORD_RULES) for entry in records)
            or find_fault(sums, dict.fromkeys(sums, Rule(float, 0, 1e12)))
        ):
            raise UserError(f"{checkpoint}: its record of finished steps is damaged")
        run.records = records
        run.loss_sum, run.seconds = record["loss_sum"], record["seconds"]
        return run

    def save(self, checkpoint: Path) -> None:
        record = self.record() | {"loss_sum": self.loss_sum, "seconds": self.seconds}
        save_checkpoint(checkpoint, self.network, self.optimizer, self.average, record)

    def record(self) -> dict[str, Any]:
        """Settings and records, stored with the weights."""
        return {"settings": dataclasses.asdict(self.settings), "records": self.records}


def make_alphabets(dataset: Dataset, settings: LineSettings) -> tuple[Alphabet, Alphabet]:
    """(for training, for validation): of other digits of MNIST's, and of other people's of pendigits."""
    if settings.validation >= len(dataset):
        raise UserError(f"--validation {settings.validation} leaves nothing to train on")
    rows = split_rows(len(dataset), settings.validation, settings.seed)
    result = []
    for is_validation, own in enumerate(rows):
        rng = generator(settings.seed, Stream.GLYPHS, is_validation)
        mnist = dataset[np.sort(own)]
        share = 0.2 if is_validation else 1  # how many are drawn
        styles = glyphs.drawn_styles(rng, round(share * glyphs.SYNTHETIC))
        sources = [
            glyphs.mnist_glyphs(mnist),
            glyphs.pendigits(bool(is_validation), rng, 1 if is_validation else PENS),
            styles,
            glyphs.optdigits(bool(is_validation)),
        ]
        signs = glyphs.signs(rng, round(share * glyphs.SIGNS))
        others = glyphs.others(rng, mnist.images, round(share * glyphs.OTHERS))
        result.append(Alphabet(sources, SOURCE_SHARES, styles, signs, others))
    return result[0], result[1]


def train(
    run: LineRun, training: Alphabet, validation: Alphabet, runner: Runner
) -> Iterator[LineRecord | None]:
    """Train until all steps are done, continuing `run`. Yields after each step; a record when due.

    UserError if the loss is no longer finite.
    """
    settings = run.settings
    steps = range(run.optimizer.t, settings.steps)
    course = (settings.learning_rate, settings.warmup, settings.final_rate)
    rates = [warmup_cosine(step, settings.steps, *course) for step in steps]
    batches = (lines_of_step(training, settings, step) for step in steps)
    held_out = validation_lines(validation, settings)
    started = time.perf_counter() - run.seconds
    losses = nn.training.train(runner, run.optimizer, batches, rates, run.average)
    for step, (loss, _) in zip(steps, losses, strict=True):
        run.loss_sum += float(loss.mean())
        if not math.isfinite(run.loss_sum):
            raise UserError("training diverged: try a smaller --learning-rate")
        run.seconds = time.perf_counter() - started
        done = step + 1
        if done % STEPS_BETWEEN_RECORDS and done < settings.steps:
            yield None
            continue
        count = done - (run.records[-1]["steps"] if run.records else 0)
        run.average.swap()
        accuracy = line_accuracy(run.network, held_out)
        run.average.swap()
        record = LineRecord(
            steps=done,
            train_loss=run.loss_sum / count,
            validation_accuracy=accuracy,
            seconds=run.seconds,
        )
        run.records.append(record)
        run.loss_sum = 0.0
        yield record


def make_runner(run: LineRun, threads: int) -> ParallelRunner:
    return ParallelRunner(run.network, threads, ctc_loss, MICRO_BATCH)


def lines_of_step(alphabet: Alphabet, settings: LineSettings, step: int) -> tuple[ndarray, ndarray]:
    """The lines of a step (N, 28, W, 1) and their characters (N, L)."""
    rng = generator(settings.seed, Stream.LINES, step)
    width = int(rng.choice(WIDTHS, p=WIDTH_SHARES))
    return compose(alphabet, rng, settings.batch_size, width)


def validation_lines(alphabet: Alphabet, settings: LineSettings) -> list[tuple[ndarray, ndarray]]:
    """Batches of lines, one of each width; the same for every network that is trained with this seed."""
    rng = generator(settings.seed, Stream.VALIDATION_LINES)
    return [compose(alphabet, rng, VALIDATION_LINES, width) for width in WIDTHS]


def line_accuracy(network: Sequential, batches: list[tuple[ndarray, ndarray]]) -> float:
    """The share of lines of which the best path spells all characters."""
    right = []
    for lines, targets in batches:
        for line, target in zip(lines, targets, strict=True):
            logits = network.forward(line[np.newaxis])
            path = best_path(log_softmax(logits.reshape(-1, logits.shape[-1])))
            right.append([c.label for c in path] == target[target != NO_CHARACTER].tolist())
    return float(np.mean(right))
