"""Does "99 % sure" mean right 99 times in 100? Is it a digit at all? One number for each.

Dividing all logits by a temperature T changes no answer, only how sure it is. (Guo, Pleiss, Sun and
Weinberger, "On Calibration of Modern Neural Networks" (2017).) And what is less like a digit than
nearly all digits are is turned away. T and this threshold are fitted to validation digits (the
threshold where drawings are shown, see ink.aside) and stored with the weights.
"""

import numpy as np

from nn.losses import softmax_cross_entropy

BINS = 15


def fit_temperature(logits, labels):
    """The T that makes the labels (N,) most likely, given logits (N, K), by ternary search."""
    low, high = np.log(0.2), np.log(5)
    for _ in range(20):  # the loss has one minimum in T: keep the better two thirds
        thirds = low + (high - low) * np.array([1, 2]) / 3
        left, right = (softmax_cross_entropy(logits / np.exp(t), labels)[0].mean() for t in thirds)
        low, high = (low, thirds[1]) if left < right else (thirds[0], high)
    return float(np.exp((low + high) / 2))


def likeness(logits):
    """How much an image is like a digit, whichever: logits (N, K), divided by T → (N,), in nats.

    What is least like one lies outside of what was learned ("out-of-distribution detection").
    It is what the answer "none of these" would cost (losses.py): ln K = 2.3 where all classes are
    equally likely, about 12 for a clear digit, 9 where drawings are shown. What may be one of two
    digits is like a digit all the same, though neither is likely: by likeness 92 % of letters can be
    turned away where by confidence it is 90 %, with 99.1 % of the validation digits kept.
    """
    K = logits.shape[1]
    losses, _ = softmax_cross_entropy(logits, np.full(len(logits), K))
    return losses


def fit_threshold(logits, temperature, keep):
    """The likeness that this share of digits reaches; logits (N, K)."""
    return float(np.quantile(likeness(logits / temperature), 1 - keep))


def calibration_error(confidence, right):
    """Expected calibration error: the mean distance of confidence from accuracy over 15 bins.

    Shapes: confidence (N,) from 0 to 1, right (N,) bool (Naeini, Cooper and Hauskrecht (2015)).
    """
    bins = reliability(confidence, right)
    return float(sum(share * abs(mean - accuracy) for share, mean, accuracy in bins))


def reliability(confidence, right):
    """For each bin of confidence with anything in it: (its share, mean confidence, accuracy)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    members = [bins == k for k in np.unique(bins)]
    return [(float(m.mean()), float(confidence[m].mean()), float(right[m].mean())) for m in members]


def coverage(confidence, right):
    """Accuracy among the surest 1, 2, …, N answers: an array (N,)."""
    order = np.argsort(-confidence, kind="stable")
    return np.cumsum(right[order]) / np.arange(1, len(order) + 1)
