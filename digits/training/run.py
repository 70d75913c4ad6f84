"""State of a training run: network, optimizer, records of epochs; saved and resumed bit by bit."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from digits.checks import Rule, find_fault
from digits.model import build_cnn
from digits.training.settings import Settings
from nn.errors import UserError
from nn.fast import accelerate
from nn.network import Sequential
from nn.optimizers import Adam, WeightAverage
from nn.weights import load_checkpoint, save_checkpoint

COUNT = Rule(int, 0, 10**9)  # beyond all that a run can reach
FIGURE = Rule(float, 0, 1e12)
SECONDS = Rule(float, 1e-6, 1e12)
SHARE = Rule(float, 0, 1)


class EpochRecord(TypedDict):
    """How one epoch went. The figures of validation are None where no digits are held out."""

    train_loss: float  # mean, over all images
    train_accuracy: float  # of the digits
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    images_per_second: float


@dataclass
class EpochProgress:
    """Progress within an epoch, needed to resume in the middle of it."""

    steps: int = 0
    loss_sum: float = 0.0
    correct: int = 0  # of the digits
    digits: int = 0
    images: int = 0
    seconds: float = 0.0

    @classmethod
    def from_record(cls, record: Any, file: Path) -> "EpochProgress":
        """UserError if the record in a checkpoint makes no sense."""
        if record is None:
            return cls()
        rules = dict.fromkeys(("steps", "correct", "digits", "images"), COUNT)
        if find_fault(record, rules | {"loss_sum": FIGURE, "seconds": SECONDS}):
            raise UserError(f"{file}: its record of the epoch in progress is damaged")
        progress = cls(**record)
        in_order = 0 <= progress.correct <= progress.digits <= progress.images
        if not in_order or not 0 < progress.steps <= progress.images:
            raise UserError(f"{file}: its record of the epoch in progress is damaged")
        return progress


@dataclass
class TrainingRun:
    """A run in progress: the network, its optimizer, a record of each finished epoch, and the next."""

    settings: Settings
    network: Sequential
    optimizer: Adam
    average: WeightAverage
    epochs: list[EpochRecord]
    progress: EpochProgress = dataclasses.field(default_factory=EpochProgress)

    @classmethod
    def start(cls, settings: Settings) -> "TrainingRun":
        network = build_cnn(seed=settings.seed)
        if not settings.plain:
            accelerate(network)
        optimizer = Adam(network.parameters, weight_decay=settings.weight_decay)
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
        run = cls.start(settings)  # rebuilt with the stored settings, then loaded again
        load_checkpoint(checkpoint, run.network, run.optimizer, run.average)
        run.epochs = epochs
        run.progress = EpochProgress.from_record(record.get("progress"), checkpoint)
        return run

    def save(self, checkpoint: Path) -> None:
        record = self.record()
        if self.progress.steps:
            record["progress"] = dataclasses.asdict(self.progress)
        save_checkpoint(checkpoint, self.network, self.optimizer, self.average, record)

    def record(self) -> dict[str, Any]:
        """Settings and epoch records, stored with the weights."""
        return {"settings": dataclasses.asdict(self.settings), "epochs": self.epochs}


def _are_epochs(records: Any) -> bool:
    """Whether this is a list of EpochRecords, all with figures of validation or all without."""
    training = {"train_loss": FIGURE, "train_accuracy": SHARE}
    training |= {"seconds": FIGURE, "images_per_second": FIGURE}
    absent = Rule(float, 1, 0, optional=True)  # no number at all
    kinds = [(FIGURE, SHARE), (absent, absent)]
    return isinstance(records, list) and any(
        not any(
            find_fault(record, training | {"validation_loss": loss, "validation_accuracy": accuracy})
            for record in records
        )
        for loss, accuracy in kinds
    )
