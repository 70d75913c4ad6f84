"""Training a network on examples that are composed as it trains, step by step, with checkpoints.

Step k's examples depend on the seed and k alone, and so does the material that they are composed of: a
run that goes on from a checkpoint ends with the same bits as one that was never stopped. What is trained
so: lines.py and ink.py.
"""

import dataclasses
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypedDict, TypeVar

from numpy import ndarray

import nn.training
from digits.checks import Rule, find_fault
from digits.training.settings import StepSettings
from nn.errors import UserError
from nn.fast import ParallelRunner, accelerate
from nn.network import Sequential
from nn.optimizers import Adam, WeightAverage, warmup_cosine
from nn.training import Runner
from nn.weights import load_checkpoint, save_checkpoint

STEPS_BETWEEN_RECORDS = 500
Material = TypeVar("Material")  # what examples are composed of


class StepRecord(TypedDict):
    """How the steps since the last record went."""

    steps: int  # up to here
    train_loss: float  # mean of an example, in nats
    validation_accuracy: float  # see each run's `measure`
    seconds: float


RECORD_RULES = {
    "steps": Rule(int, 1, 10**9),
    "train_loss": Rule(float, 0, 1e12),
    "validation_accuracy": Rule(float, 0, 1),
    "seconds": Rule(float, 0, 1e12),
}


class ComposedRun(ABC, Generic[Material]):
    """A run in progress: the network, its optimizer, and the records so far."""

    name: ClassVar[str]  # of its files, and of its --network
    settings_type: ClassVar[type[StepSettings]]
    measured: ClassVar[str]  # of what the validation accuracy is a share

    def __init__(self, settings: StepSettings) -> None:
        self.settings = settings
        self.network = accelerate(self.build(settings.seed))
        self.optimizer = Adam(self.network.parameters, weight_decay=settings.weight_decay)
        self.average = WeightAverage(self.network.parameters, settings.average)
        self.records: list[StepRecord] = []
        self.loss_sum = 0.0  # since the last record
        self.seconds = 0.0

    @staticmethod
    @abstractmethod
    def build(seed: int) -> Sequential:
        """A network with new weights."""

    @abstractmethod
    def make_runner(self, threads: int) -> ParallelRunner:
        """What runs it on so many threads."""

    @abstractmethod
    def material(self, data_dir: Path | None) -> tuple[Material, Material]:
        """(for training, for validation): they have no digit in common."""

    @abstractmethod
    def examples(self, material: Material, step: int) -> tuple[Any, ndarray]:
        """A step's inputs and targets."""

    @abstractmethod
    def held_out(self, material: Material) -> list[tuple[Any, ndarray]]:
        """Batches for validation, the same for every run with this seed."""

    @abstractmethod
    def measure(self, batches: list[tuple[Any, ndarray]]) -> float:
        """The validation accuracy, from 0 to 1."""

    @classmethod
    def resume(cls, checkpoint: Path) -> Self:
        """The run as it was when `save(checkpoint)` was called. UserError if it cannot be read."""
        run = cls(cls.settings_type())
        try:
            record = load_checkpoint(checkpoint, run.network, run.optimizer, run.average)
        except FileNotFoundError as error:
            command = f"python train.py --network {cls.name}"
            message = f"there is no checkpoint file {checkpoint}: {command} makes one"
            raise UserError(message) from error
        run = cls(cls.settings_type.from_record(record.get("settings"), checkpoint))
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

    def train(
        self, training: Material, validation: Material, runner: Runner
    ) -> Iterator[StepRecord | None]:
        """Train until all steps are done. Yields after each step; a record when due.

        UserError if the loss is no longer finite.
        """
        settings = self.settings
        steps = range(self.optimizer.t, settings.steps)
        course = (settings.learning_rate, settings.warmup, settings.final_rate)
        rates = [warmup_cosine(step, settings.steps, *course) for step in steps]
        batches = (self.examples(training, step) for step in steps)
        held_out = self.held_out(validation)
        started = time.perf_counter() - self.seconds
        losses = nn.training.train(runner, self.optimizer, batches, rates, self.average)
        for step, (loss, _) in zip(steps, losses, strict=True):
            self.loss_sum += float(loss.mean())
            if not math.isfinite(self.loss_sum):
                raise UserError("training diverged: try a smaller --learning-rate")
            self.seconds = time.perf_counter() - started
            done = step + 1
            if done % STEPS_BETWEEN_RECORDS and done < settings.steps:
                yield None
                continue
            count = done - (self.records[-1]["steps"] if self.records else 0)
            self.average.swap()
            accuracy = self.measure(held_out)
            self.average.swap()
            record = StepRecord(
                steps=done,
                train_loss=self.loss_sum / count,
                validation_accuracy=accuracy,
                seconds=self.seconds,
            )
            self.records.append(record)
            self.loss_sum = 0.0
            yield record
