"""Softmax and cross-entropy in one step, since together they are simple and stable.

Softmax turns the scores ("logits") z into probabilities p = exp(z) / Σ exp(z); categorical
cross-entropy is −Σ target · log p, the target being 1 for the true class and 0 for the others.
Computed separately, log(p) fails where p underflows to 0. Together,

    loss = log Σ exp(z) − Σ target · z,      dloss/dz = p − target

(where the targets of an image add up to 1). Subtracting the largest logit first changes neither, and
keeps exp from overflowing.
"""

import numpy as np
from numpy import ndarray

from nn.array_types import Float, Integer


def softmax(logits: Float[ndarray, "N K"]) -> Float[ndarray, "N K"]:
    """Probabilities of the K classes; each row sums to 1."""
    with np.errstate(under="ignore"):  # what is too unlikely for a float has probability 0
        exp = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exp / exp.sum(axis=1, keepdims=True)


def softmax_cross_entropy(
    logits: Float[ndarray, "N K"], targets: Float[ndarray, "N K"] | Integer[ndarray, "N"]
) -> tuple[Float[ndarray, "N"], Float[ndarray, "N K"]]:
    """The loss of each image, and the gradient of their sum with respect to the logits.

    Targets are labels from 0 to K − 1, or a distribution over the classes for each image. Raises
    ValueError or IndexError for a label that is no class.
    The gradient is that of the sum, not the mean, so that gradients of parts of a batch add up.
    """
    K = logits.shape[1]
    if targets.ndim == 1:
        if targets.size and targets.min() < 0:  # NumPy would count it from the end
            raise ValueError(f"a label of {targets.min()}, where 0 to {K - 1} are possible")
        targets = np.eye(K, dtype=logits.dtype)[targets]
    shifted = logits - logits.max(axis=1, keepdims=True)
    with np.errstate(under="ignore"):
        exp = np.exp(shifted)
        total = exp.sum(axis=1, keepdims=True)
        losses = np.log(total[:, 0]) - np.sum(targets * shifted, axis=1)
        return losses, exp / total - targets


def sigmoid(logits: Float[ndarray, "..."]) -> Float[ndarray, "..."]:
    """1 / (1 + exp(−z)) of each, computed as (1 + tanh(z/2)) / 2, which no z overflows."""
    return (1 + np.tanh(logits / 2)) / 2


def sigmoid_cross_entropy(
    logits: Float[ndarray, "N ..."], targets: Float[ndarray, "N ..."]
) -> tuple[Float[ndarray, "N"], Float[ndarray, "N ..."]]:
    """Each logit's own probability p = 1 / (1 + exp(−z)) against its target t, 0 to 1.

        loss = −t log p − (1 − t) log(1 − p) = max(z, 0) − t z + log(1 + exp(−|z|)),   dloss/dz = p − t

    The loss of an image is the mean over its logits. A negative target is unknown and counts nothing.
    Returns losses and the gradient of their sum, as softmax_cross_entropy does.
    """
    is_known = targets >= 0
    count = logits[0].size
    axes = tuple(range(1, logits.ndim))
    loss = np.maximum(logits, 0) - targets * logits + np.log1p(np.exp(-np.abs(logits)))
    losses = np.sum(loss, axis=axes, where=is_known) / count
    return losses, np.where(is_known, sigmoid(logits) - targets, 0) / count
