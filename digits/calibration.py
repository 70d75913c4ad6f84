"""Does "99 % sure" mean right 99 times in 100? Is it a digit at all? One number for each.

Dividing all logits by a temperature T changes no answer, only how sure it is. (Guo, Pleiss, Sun and
Weinberger, "On Calibration of Modern Neural Networks" (2017).) And what is less like a digit than
nearly all digits are is rejected as out-of-distribution (OOD). Both numbers are fitted to validation
digits and stored with the weights.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from digits.ink.framing import DOMAIN_OFFSET, MAX_DOMAIN_OFFSET
from nn.errors import UserError
from nn.losses import softmax, softmax_cross_entropy

ACCEPTED_SHARE = 0.991  # of the validation digits
BINS = 15
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.2, 5.0  # between which the best one is looked for


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

        Logits (N, K) are of the digits as MNIST has them, offset_logits of the same digits moved by
        the domain offset, where drawings are shown, of which some are OOD.
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
        default = cls()
        temperature = record.get("temperature", default.temperature)
        max_ood_score = record.get("max_ood_score", default.max_ood_score)
        domain_offset = record.get("domain_offset", default.domain_offset)
        # What weights called them before; the threshold was the score's negative.
        if "threshold" in record:
            threshold = record["threshold"]
            max_ood_score = -threshold if is_number(threshold) else threshold
        domain_offset = record.get("aside", domain_offset)
        if not (is_number(temperature) and temperature > 0):
            raise UserError(f"{weights_file}: its temperature must be above 0, not {temperature!r}")
        if not (is_number(max_ood_score) and max_ood_score <= 0):
            raise UserError(f"{weights_file}: its OOD score must be at most 0, not {max_ood_score!r}")
        if type(domain_offset) is not int or not 0 <= domain_offset <= MAX_DOMAIN_OFFSET:
            message = f"its domain offset must be 0 to {MAX_DOMAIN_OFFSET} pixels, not {domain_offset!r}"
            raise UserError(f"{weights_file}: {message}")
        return cls(float(temperature), float(max_ood_score), domain_offset)

    def probabilities(self, logits: ndarray) -> ndarray:
        """Logits (N, K) → probabilities (N, K)."""
        return softmax(logits / self.temperature)

    def is_digit(self, logits: ndarray) -> ndarray:
        """Logits (N, K) → bool (N,), False for what is rejected."""
        is_digit: ndarray = ood_score(logits / self.temperature) <= self.max_ood_score
        return is_digit


def is_number(value: object) -> bool:
    """A finite number, and no bool."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False


def fit_temperature(logits: ndarray, labels: ndarray) -> float:
    """The T that makes the labels (N,) most likely, given logits (N, K), by ternary search."""
    low = np.log(MIN_TEMPERATURE)
    high = np.log(MAX_TEMPERATURE)
    for _ in range(20):  # the loss has one minimum in T: keep the better two thirds
        thirds = low + (high - low) * np.array([1, 2]) / 3
        left, right = (softmax_cross_entropy(logits / np.exp(t), labels)[0].mean() for t in thirds)
        if left < right:
            high = thirds[1]
        else:
            low = thirds[0]
    return float(np.exp((low + high) / 2))


def ood_score(logits: ndarray) -> ndarray:
    """How little an image is like any of the classes: logits (N, K), divided by T → (N,), in nats.

    The negative of the cross-entropy to "none of the classes" (see losses.py; as a score in Hendrycks,
    Mazeika and Dietterich (2019), section 3): −ln K = −2.3, the most there is, where all classes are
    equally likely, about −12 for a clear digit, −9 where drawings are shown. What may be one of two
    digits has a low score, though neither is likely: so 92 % of letters can be rejected where by
    confidence it is 90 %, with 99.1 % of the validation digits accepted.
    """
    none = np.full(len(logits), logits.shape[1])
    losses, _ = softmax_cross_entropy(logits, none)
    return -losses


def calibration_error(confidence: ndarray, is_right: ndarray) -> float:
    """Expected calibration error: the mean distance of confidence from accuracy over 15 bins.

    Shapes: confidence (N,) from 0 to 1, is_right (N,) bool. (Naeini, Cooper and Hauskrecht, "Obtaining
    Well Calibrated Probabilities Using Bayesian Binning" (2015).)
    """
    bins = reliability(confidence, is_right)
    return float(sum(share * abs(mean - accuracy) for share, mean, accuracy in bins))


def reliability(confidence: ndarray, is_right: ndarray) -> list[tuple[float, float, float]]:
    """For each bin of confidence with anything in it: (its share, mean confidence, accuracy)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    members = [bins == k for k in np.unique(bins)]
    return [(float(m.mean()), float(confidence[m].mean()), float(is_right[m].mean())) for m in members]


def selective_accuracy(confidence: ndarray, is_right: ndarray) -> ndarray:
    """Accuracy among the 1, 2, …, N most confident answers: an array (N,).

    Against coverage, the share of images that is answered, this is the risk-coverage curve upside down
    (El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification" (2010)).
    """
    order = np.argsort(-confidence, kind="stable")
    accuracy: ndarray = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    return accuracy
