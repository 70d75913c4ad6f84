"""Softmax and cross-entropy in one step, since together they are simple and stable.

Softmax turns the scores ("logits") z into probabilities p = exp(z) / Σ exp(z); categorical
cross-entropy is −Σ target · log p, the target being 1 for the true class and 0 for the others.
Taken apart, log(0) and 0/0 lurk. Taken together,

    loss = log Σ exp(z) − Σ target · z,      dloss/dz = p − target,

if the targets of all classes together are 1,
and with the largest logit subtracted first no exp can overflow.
"""

import numpy as np


def softmax(logits):
    """Probabilities p (N, K) of logits (N, K); each row sums to 1."""
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def softmax_cross_entropy(logits, labels):
    """The loss of each image, and the gradient of their sum.

    Shapes: logits (N, K), labels (N,) of whole numbers from 0 to K → losses (N,), dlogits (N, K).
    The label K means "none of these": the target is then 1/K for each class, so that the network
    learns to be unsure (Hendrycks, Mazeika and Dietterich, "Deep Anomaly Detection with Outlier
    Exposure" (2019), eq. 2).
    The sum, not the mean: a batch may come in several parts, whose gradients then just add up.
    """
    K = logits.shape[1]
    targets = np.concatenate([np.eye(K), np.full((1, K), 1 / K)]).astype(logits.dtype)[labels]
    shifted = logits - logits.max(axis=1, keepdims=True)
    exp = np.exp(shifted)
    total = exp.sum(axis=1, keepdims=True)
    losses = np.log(total[:, 0]) - np.sum(targets * shifted, axis=1)
    return losses, exp / total - targets
