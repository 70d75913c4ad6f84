"""A training run: hyperparameters, data, epochs, checkpoints, and what a watching window is told."""

from digits.training.data import prepare_data
from digits.training.epochs import (
    USELESS,
    calibrate,
    has_learned_nothing,
    make_runner,
    train,
    validate,
    warm_up,
)
from digits.training.ink import InkRun
from digits.training.lines import LineRun
from digits.training.run import TrainingRun
from digits.training.settings import InkSettings, LineSettings, Settings

__all__ = [
    "USELESS",
    "InkRun",
    "InkSettings",
    "LineRun",
    "LineSettings",
    "Settings",
    "TrainingRun",
    "calibrate",
    "has_learned_nothing",
    "make_runner",
    "prepare_data",
    "train",
    "validate",
    "warm_up",
]
