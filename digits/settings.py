"""All that decides what comes out of a training run, with its bounds, wherever it comes from.

The command line (train.py) makes its options of these fields, and a checkpoint holds them.
"""

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from digits.checks import is_number
from digits.ink.framing import DOMAIN_OFFSET, MAX_DOMAIN_OFFSET
from nn.errors import UserError


class SettingInfo(NamedTuple):
    """What a setting means, and from where to where it may be, both included."""

    meaning: str
    low: float = 0
    high: float = math.inf


def _setting(default: Any, *info: Any) -> Any:
    return dataclasses.field(default=default, metadata={"info": SettingInfo(*info)})


@dataclass(frozen=True)
class Settings:
    """All that decides what comes out of a run. (The number of cores does not.)

    UserError where one is out of its bounds, wherever it comes from.
    """

    epochs: int = _setting(30, "times to go through the training set", 1, 1_000_000)
    batch_size: int = _setting(128, "images per step", 1, 60000)
    learning_rate: float = _setting(6e-3, "learning rate at its peak", 1e-9, 10)
    warmup: float = _setting(0.1, "share of the steps in which the learning rate rises", 0, 1)
    final_rate: float = _setting(0.1, "final learning rate, as a share of the peak; 1: no decay", 0, 1)
    seed: int = _setting(0, "random seed")
    validation: int = _setting(5000, "digits held out for validation")
    limit: int | None = _setting(None, "how many of MNIST's digits to train on", 1)
    warp: float = _setting(1.0, "strength of the augmentation; 0: none", 0, 2)
    average: float = _setting(0.9995, "decay of the moving average of the weights; 0: none", 0, 0.99999)
    weight_decay: float = _setting(0.15, "decoupled weight decay, as in AdamW", 0, 10)
    synthetic: float = _setting(0.26, "synthetic digits, as a share of MNIST's", 0, 1)
    ood: float = _setting(0.25, "out-of-distribution images, as a share of MNIST's digits", 0, 1)
    domain_offset: int = _setting(
        DOMAIN_OFFSET, "pixels by which drawings are moved in their frame", 0, MAX_DOMAIN_OFFSET
    )
    plain: bool = _setting(False, "train the reference, nn/layers.py, without its fast twins (slower)")

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            info = field.metadata["info"]
            if value is None and field.default is None:
                continue
            if isinstance(field.default, bool):
                is_right = isinstance(value, bool)
            else:
                is_whole = isinstance(value, int) or isinstance(field.default, float)
                is_right = is_number(value) and is_whole and info.low <= value <= info.high
            if not is_right:
                raise UserError(f"{field.name} cannot be {value!r}: {describe_bounds(field)}")

    @classmethod
    def from_record(cls, record: Any, file: Path) -> "Settings":
        """The settings in a checkpoint's record. UserError if they are of another version, or wrong."""
        if not isinstance(record, dict):
            raise UserError(f"{file} comes from another version of this program")
        settings: dict[str, Any] = {}
        for name, value in record.items():
            settings[str(FORMER_NAMES.get(name, name))] = value
        names = {field.name for field in dataclasses.fields(cls)}
        complete = names - {"plain"} <= set(settings) <= names  # there was no `plain` before
        if not complete or len(settings) < len(record):  # or one stands there under both its names
            raise UserError(f"{file} comes from another version of this program")
        try:
            return cls(**settings)
        except UserError as error:
            raise UserError(f"{file}: {error}") from error


# What settings were called before: in checkpoints, and in options that people have in scripts.
FORMER_NAMES = {
    "floor": "final_rate",
    "rare": "synthetic",
    "outliers": "ood",
    "aside": "domain_offset",
}


def describe_bounds(field: "dataclasses.Field[Any]") -> str:
    """'a whole number, at least 1'."""
    if isinstance(field.default, bool):
        return "true or false"
    kind = "a number" if isinstance(field.default, float) else "a whole number"
    info = field.metadata["info"]
    if info.high == math.inf:
        return f"{kind}, at least {info.low}"
    return f"{kind} between {info.low} and {info.high}"
