"""Hyperparameters and their valid ranges.

The command line (train.py) makes its options of these fields, and a checkpoint holds them.
"""

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from digits.checks import Rule, find_fault
from digits.ink.framing import DOMAIN_OFFSET, MAX_DOMAIN_OFFSET
from nn.errors import UserError


def _setting(default: Any, meaning: str, low: float = 0, high: float = math.inf) -> Any:
    kind = int if default is None else type(default)
    rule = Rule(kind, low, high, optional=default is None)
    return dataclasses.field(default=default, metadata={"meaning": meaning, "rule": rule})


class Hyperparameters:
    """Base class of both networks' settings: dataclasses whose fields have rules.

    Raises UserError if a value is out of its range.
    """

    def __post_init__(self) -> None:
        if fault := find_fault(vars(self), self.rules()):
            raise UserError(fault)

    @classmethod
    def rules(cls) -> dict[str, Rule]:
        fields: Any = dataclasses.fields(cls)  # type: ignore[arg-type] # those of the subclass
        return {field.name: field.metadata["rule"] for field in fields}

    @classmethod
    def from_record(cls, record: Any, file: Path) -> Self:
        """The settings in a checkpoint's record. UserError if they are of another version, or wrong."""
        if not isinstance(record, dict) or set(record) != set(cls.rules()):
            raise UserError(f"{file} comes from another version of this program")
        try:
            return cls(**record)
        except UserError as error:
            raise UserError(f"{file}: {error}") from error


@dataclass(frozen=True)
class Settings(Hyperparameters):
    """What affects the result of a run of the digit network (the number of cores does not)."""

    epochs: int = _setting(30, "times to go through the training set", 1, 1_000_000)
    batch_size: int = _setting(128, "images per step", 1, 60000)
    learning_rate: float = _setting(6e-3, "learning rate at its peak", 1e-9, 10)
    warmup: float = _setting(0.1, "share of the steps in which the learning rate rises", 0, 1)
    final_rate: float = _setting(0.1, "final learning rate, as a share of the peak; 1: no decay", 0, 1)
    seed: int = _setting(0, "random seed")
    validation: int = _setting(5000, "digits held out for validation")
    limit: int | None = _setting(None, "how many of MNIST's digits to train on", 1)
    warp: float = _setting(1.0, "strength of the random warps; 0: none", 0, 2)
    average: float = _setting(0.9995, "decay of the moving average of the weights; 0: none", 0, 0.99999)
    weight_decay: float = _setting(0.15, "decoupled weight decay, as in AdamW", 0, 10)
    synthetic: float = _setting(0.26, "synthetic digits, as a share of MNIST's", 0, 1)
    ood: float = _setting(0.25, "out-of-distribution images, as a share of MNIST's digits", 0, 1)
    domain_offset: int = _setting(
        DOMAIN_OFFSET, "pixels by which drawings are moved in their frame", 0, MAX_DOMAIN_OFFSET
    )
    plain: bool = _setting(False, "train the reference, nn/layers.py, on one core (slower)")


@dataclass(frozen=True)
class StepSettings(Hyperparameters):
    """All settings that affect the result of a run on composed examples."""

    steps: int = _setting(6500, "steps to train", 1, 10_000_000)
    batch_size: int = _setting(16, "examples per step", 1, 4096)
    learning_rate: float = _setting(3e-3, "learning rate at its peak", 1e-9, 10)
    warmup: float = _setting(0.1, "share of the steps in which the learning rate rises", 0, 1)
    final_rate: float = _setting(0.02, "final learning rate, as a share of the peak; 1: no decay", 0, 1)
    seed: int = _setting(0, "random seed")
    average: float = _setting(0.999, "decay of the moving average of the weights; 0: none", 0, 0.99999)
    weight_decay: float = _setting(0.01, "decoupled weight decay, as in AdamW", 0, 10)


@dataclass(frozen=True)
class LineSettings(StepSettings):
    """Those of the line network."""

    steps: int = _setting(30000, "steps to train", 1, 10_000_000)
    learning_rate: float = _setting(5e-3, "learning rate at its peak", 1e-9, 10)
    validation: int = _setting(5000, "digits held out for validation", 1)


@dataclass(frozen=True)
class InkSettings(StepSettings):
    """Those of the ink network."""
