"""Connectionist temporal classification: learn to read a line, without being told where what stands.

A network looks at a line from left to right and gives K logits at each of T places: one for each
character, and the last for "blank", nothing new. A path takes one class at each place; it spells the
text that is left when repeated classes are merged and blanks removed: "1 1 _ 1 2 2" spells 112. The
probability of a text is the sum over all paths that spell it, and

    loss = −log p(text),      dloss/dlogit[t, k] = softmax[t, k] − Σ_{s: class of s = k} γ[t, s]

where γ[t, s] is the probability, given the text, that the path is at place t in state s of
"_ 1 _ 1 _ 2 _", the text with blanks between. The sum over paths is found by dynamic programming
(forward and backward variables), in the log domain, where no product underflows.

Graves, Fernández, Gomez and Schmidhuber, "Connectionist Temporal Classification: Labelling Unsegmented
Sequence Data with Recurrent Neural Networks" (2006): eqs. 6 to 8 forward, 9 to 11 backward, 16 gradient.

Letters in the shapes: N lines, T places, K classes with blank, L characters at most, B beams.
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from nn import kernels
from nn.array_types import Float, Integer

NO_CHARACTER = -1  # fills up the targets of shorter texts
LEAST_LOGP = -7.0  # a class that is less likely at a place begins no new beam there: it saves time


class Character(NamedTuple):
    """A character of a path: its class, and the places from `start` to before `stop` that have it."""

    label: int
    start: int
    stop: int


def ctc_loss(
    logits: Float[ndarray, "N ... K"], targets: Integer[ndarray, "N L"]
) -> tuple[Float[ndarray, "N"], Float[ndarray, "N ... K"]]:
    """The loss of each line, and the gradient of their sum with respect to the logits.

    Logits may be (N, T, K), or (N, 1, T, K) as convolutions leave them. Targets are classes from 0 to
    K − 2, and NO_CHARACTER after the last. Raises ValueError if a text needs more places than there are:
    one for each character, and a blank between two that are equal.
    """
    N, K = len(logits), logits.shape[-1]
    if targets.size and (targets.min() < NO_CHARACTER or targets.max() > K - 2):
        raise ValueError(f"characters are numbers from 0 to {K - 2}; {K - 1} is the blank")
    logp = log_softmax(logits.reshape(N, -1, K))
    lengths = np.sum(targets != NO_CHARACTER, axis=1)
    repeats = np.sum((targets[:, 1:] == targets[:, :-1]) & (targets[:, 1:] != NO_CHARACTER), axis=1)
    if np.max(lengths + repeats, initial=0) > logp.shape[1]:
        raise ValueError(f"a text is too long for {logp.shape[1]} places")
    losses = np.empty(N, logits.dtype)
    gradient = np.exp(logp)
    kernels.ctc_forward_backward(logp, targets.astype(np.int64), lengths, losses, gradient)
    return losses, gradient.reshape(logits.shape)


def log_softmax(logits: Float[ndarray, "... K"]) -> Float[ndarray, "... K"]:
    """The logarithm of the softmax, finite however unlikely a class is."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: ndarray = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return result


def best_path(logp: Float[ndarray, "T K"]) -> list[Character]:
    """The characters on the path of the likeliest class at each place."""
    return characters_of(logp.argmax(axis=1), blank=logp.shape[1] - 1)


def characters_of(path: Integer[ndarray, "T"], blank: int) -> list[Character]:
    """Runs of equal classes, without the blanks."""
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    stops = [*starts[1:].tolist(), len(path)]
    return [
        Character(int(path[start]), int(start), stop)
        for start, stop in zip(starts, stops, strict=True)
        if path[start] != blank
    ]


def align(logp: Float[ndarray, "T K"], text: tuple[int, ...]) -> list[Character]:
    """Where this text's characters are on the likeliest path that spells it (Viterbi's algorithm)."""
    T, K = logp.shape
    states = np.full(2 * len(text) + 1, K - 1)
    states[1::2] = text
    path = np.empty(T, np.int64)
    kernels.ctc_likeliest_path(logp, states, path)
    return [Character(text[s // 2], a, b) for s, a, b in characters_of(path, -1) if s % 2]


def beam_search(logp: Float[ndarray, "T K"], beams: int = 8) -> list[tuple[tuple[int, ...], float]]:
    """The likeliest texts, and log p of each, as far as the beams have followed it; likeliest first.

    After each place only the likeliest texts so far are kept. Of each, the paths that end in a blank are
    counted apart: only after a blank can the last character come once more. (Hannun, Maas, Jurafsky and
    Ng, "First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs"
    (2014), algorithm 1, without a language model.)
    """
    blank = logp.shape[1] - 1
    known: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}
    for row in logp.tolist():
        after: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [-np.inf, -np.inf])
        for text, (in_blank, in_character) in known.items():
            both = float(np.logaddexp(in_blank, in_character))
            entry = after[text]
            entry[0] = float(np.logaddexp(entry[0], both + row[blank]))
            for label in range(blank):
                if row[label] < LEAST_LOGP:
                    continue
                longer = after[(*text, label)]
                if text and text[-1] == label:
                    entry[1] = float(np.logaddexp(entry[1], in_character + row[label]))
                    longer[1] = float(np.logaddexp(longer[1], in_blank + row[label]))
                else:
                    longer[1] = float(np.logaddexp(longer[1], both + row[label]))
        best = sorted(after.items(), key=lambda item: -np.logaddexp(item[1][0], item[1][1]))[:beams]
        known = {text: (in_blank, in_character) for text, (in_blank, in_character) in best}
    return [(text, float(np.logaddexp(*ends))) for text, ends in known.items()]
