"""Softmax and cross-entropy in one step, since together they are simple and stable.

Softmax turns the scores ("logits") z into probabilities p = exp(z) / Σ exp(z); categorical
cross-entropy is −log p of the true class. Taken apart, log(0) and 0/0 lurk. Taken together,

    loss = log Σ exp(z) − z[label],      dloss/dz = p − onehot(label),

and with the largest logit subtracted first no exp can overflow.
"""

import numpy as np


def softmax(logits):
    """Probabilities p (N, K) of logits (N, K); each row sums to 1."""
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def softmax_cross_entropy(logits, labels):
    """The loss of each image, and the gradient of their sum.

    Shapes: logits (N, K), labels (N,) of whole numbers < K → losses (N,), dlogits (N, K).
    The sum, not the mean: a batch may come in several parts, whose gradients then just add up.
    """
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    exp = np.exp(shifted)
    total = exp.sum(axis=1, keepdims=True)
    losses = np.log(total[:, 0]) - shifted[rows, labels]
    dlogits = exp / total
    dlogits[rows, labels] -= 1
    return losses, dlogits
