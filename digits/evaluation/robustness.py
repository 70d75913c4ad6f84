"""How far can a digit be corrupted before it is no longer read? Each test digit, more and more."""

import numpy as np

from digits.data.augmentation import Inputs
from digits.data.corruption import CORRUPTIONS, Corruption, corrupt
from digits.data.dataset import Dataset
from nn.training import Runner


def robustness(
    runner: Runner, dataset: Dataset, seed: int = 0
) -> dict[Corruption, list[tuple[float, float]]]:
    """Accuracy under each corruption: {corruption: [(severity, accuracy), …]}."""
    return {
        corruption: [
            (severity, accuracy(runner, corrupt(corruption, severity, dataset, seed)))
            for severity in severities.values
        ]
        for corruption, severities in CORRUPTIONS.items()
    }


def accuracy(runner: Runner, dataset: Dataset) -> float:
    """The share of digits that are read as their label."""
    return float(np.mean(runner.logits(Inputs(dataset.images)).argmax(axis=1) == dataset.labels))
