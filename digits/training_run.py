"""A training run as it stands: network, optimizer, what has been done; saved and resumed to the bit."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from digits.checks import is_number, is_whole_number
from digits.model import build_cnn
from digits.settings import Settings
from nn.errors import UserError
from nn.fast import accelerate
from nn.network import Sequential
from nn.optimizers import Adam, WeightAverage
from nn.weights import load_checkpoint, save_checkpoint

# Beyond all that a run can reach.
MAX_IMAGES = 10**9
MAX_FIGURE = 1e12
MIN_SECONDS = 1e-6


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
    """How far an epoch is: what a run that goes on in the middle of it has to know."""

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
        names = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(record, dict) or set(record) != names:
            raise UserError(f"{file}: its record of the epoch in progress is damaged")
        whole = all(is_whole_number(record[name]) for name in ("steps", "correct", "digits", "images"))
        if not whole or not all(is_number(value) for value in record.values()):
            raise UserError(f"{file}: its record of the epoch in progress is damaged")
        progress = cls(**record)
        in_order = 0 <= progress.correct <= progress.digits <= progress.images <= MAX_IMAGES
        if not in_order or not 0 < progress.steps <= progress.images:
            raise UserError(f"{file}: its record of the epoch in progress is damaged")
        if not (0 <= progress.loss_sum <= MAX_FIGURE and MIN_SECONDS <= progress.seconds <= MAX_FIGURE):
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
        run = cls.start(settings)  # as these settings want it, and so the file is read once more
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
        value is None or (is_number(value) and 0 <= value <= _highest(name))
        for record in records
        for name, value in record.items()
    )


def _highest(figure: str) -> float:
    return 1.0 if figure.endswith("accuracy") else MAX_FIGURE
