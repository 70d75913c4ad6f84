"""Temperature scaling and the out-of-distribution threshold: one fitted number each.

Dividing all logits by a temperature T changes no answer, only its confidence, so that "99 % sure" is
correct 99 times in 100. (Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks"
(2017).) Images above the 99.35th percentile of the validation digits' OOD scores are rejected as
out-of-distribution. Both numbers are fitted to validation digits and stored with the weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from digits.checks import Rule, find_fault
from digits.ink.framing import DOMAIN_OFFSET, MAX_DOMAIN_OFFSET
from nn.errors import UserError
from nn.losses import softmax, softmax_cross_entropy

ACCEPTED_SHARE = 0.9935  # of the validation digits
BINS = 15
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.2, 5.0  # between which the best one is looked for
RULES = {
    "temperature": Rule(float, MIN_TEMPERATURE, MAX_TEMPERATURE),
    "max_ood_score": Rule(float, -1000, 0),  # nats; below this nothing at all would be accepted
    "domain_offset": Rule(int, 0, MAX_DOMAIN_OFFSET),
}
SEARCH_STEPS = 20  # each of which leaves two thirds of the range: together a 3,000th of it


@dataclass(frozen=True)
class Calibration:
    """How a network's logits are to be read.

    temperature: what they are divided by, first of all.
    max_ood_score: what has a higher score (see ood_score) is rejected; 0 rejects nothing.
    domain_offset: pixels by which drawings are moved in their frame; see framing.py.
    """

    temperature: float = 1.0
    max_ood_score: float = 0.0
    domain_offset: int = DOMAIN_OFFSET

    @classmethod
    def fit(
        cls, logits: ndarray, labels: ndarray, offset_logits: ndarray, domain_offset: int
    ) -> "Calibration":
        """Fitted to validation digits with these labels (N,); without any, the default.

        Logits (N, K) are of the digits where MNIST has them: to these the temperature is fitted.
        offset_logits are of the same digits moved by the domain offset. To these the highest OOD
        score is fitted, since that is where drawings are read, of which some show no digit.
        """
        if not len(labels):
            return cls(domain_offset=domain_offset)
        temperature = fit_temperature(logits, labels)
        scores = ood_score(offset_logits / temperature)
        return cls(temperature, float(np.quantile(scores, ACCEPTED_SHARE)), domain_offset)

    def to_record(self) -> dict[str, float | int]:
        """What weights' record holds of it."""
        return {
            "temperature": self.temperature,
            "max_ood_score": self.max_ood_score,
            "domain_offset": self.domain_offset,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any], weights_file: Path) -> "Calibration":
        """The calibration in weights' record, or the default where there is none.

        UserError if there is one that makes no sense.
        """
        default = cls().to_record()
        found = {name: record.get(name, value) for name, value in default.items()}
        if fault := find_fault(found, RULES):
            raise UserError(f"{weights_file}: {fault}")
        return cls(float(found["temperature"]), float(found["max_ood_score"]), found["domain_offset"])

    def probabilities(self, logits: ndarray) -> ndarray:
        """Logits (N, K) → probabilities (N, K)."""
        return softmax(logits / self.temperature)

    def is_digit(self, logits: ndarray) -> ndarray:
        """Logits (N, K) → bool (N,), False for what is rejected."""
        is_digit: ndarray = ood_score(logits / self.temperature) <= self.max_ood_score
        return is_digit


def fit_temperature(logits: ndarray, labels: ndarray) -> float:
    """The T that makes the labels (N,) most likely, given logits (N, K), by ternary search."""
    low = np.log(MIN_TEMPERATURE)
    high = np.log(MAX_TEMPERATURE)
    for _ in range(SEARCH_STEPS):  # the loss has one minimum in T: keep the better two thirds
        thirds = low + (high - low) * np.array([1, 2]) / 3
        left, right = (softmax_cross_entropy(logits / np.exp(t), labels)[0].mean() for t in thirds)
        if left < right:
            high = thirds[1]
        else:
            low = thirds[0]
    return float(np.exp((low + high) / 2))


def ood_score(logits: ndarray) -> ndarray:
    """How little an image is like any of the classes: logits (N, K), divided by T → (N,), in nats.

    The negative of the cross-entropy to the uniform distribution. The highest,
    −ln K = −2.3, means that all classes are equally likely; a clear digit has about −12, or −9
    where drawings are shown. An image that is certainly one of two digits has a low score, though its
    confidence is 50 %: so, with 99.1 % of the validation digits accepted, 92 % of letters could be
    rejected where by confidence it was 90 %.
    """
    uniform = np.full_like(logits, 1 / logits.shape[1])
    losses, _ = softmax_cross_entropy(logits, uniform)
    return -losses


def calibration_error(confidence: ndarray, is_correct: ndarray) -> float:
    """Expected calibration error: the mean distance of confidence from accuracy over 15 bins.

    Shapes: confidence (N,) from 0 to 1, is_correct (N,) bool. (Naeini, Cooper and Hauskrecht, "Obtaining
    Well Calibrated Probabilities Using Bayesian Binning" (2015).)
    """
    bins = reliability(confidence, is_correct)
    return float(sum(share * abs(mean - accuracy) for share, mean, accuracy in bins))


def reliability(confidence: ndarray, is_correct: ndarray) -> list[tuple[float, float, float]]:
    """For each bin of confidence with anything in it: (its share, mean confidence, accuracy)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    members = [bins == k for k in np.unique(bins)]
    return [(float(m.mean()), float(confidence[m].mean()), float(is_correct[m].mean())) for m in members]


def selective_accuracy(confidence: ndarray, is_correct: ndarray) -> ndarray:
    """Accuracy among the 1, 2, …, N most confident answers: an array (N,).

    Against coverage, the share of images that is answered, this is the risk-coverage curve upside down
    (El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification" (2010)).
    """
    order = np.argsort(-confidence, kind="stable")
    accuracy: ndarray = np.cumsum(is_correct[order]) / np.arange(1, len(order) + 1)
    return accuracy
