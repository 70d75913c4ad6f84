"""CTC: the loss is the sum over all paths, its gradient is right, and decoding finds what is likely."""

import itertools

import numpy as np
import pytest

from nn.ctc import align, beam_search, best_path, characters_of, ctc_loss, log_softmax
from nn.gradient_check import check_network
from nn.kernels import ctc_forward_backward
from nn.layers import ANY, Conv2D, ReLU
from nn.network import Sequential

T, K = 5, 4
TEXTS = [(), (0,), (0, 0), (0, 1, 0), (1, 1, 2), (2, 1, 0)]


def targets_of(*texts, length=4):
    return np.array([[*text, *[-1] * (length - len(text))] for text in texts])


def spelled(path):
    return tuple(character.label for character in characters_of(np.array(path), K - 1))


def log_p_by_hand(logp, text):
    """The sum over all K^T paths."""
    paths = [path for path in itertools.product(range(K), repeat=T) if spelled(path) == text]
    return np.log(sum(np.exp(sum(logp[t, k] for t, k in enumerate(path))) for path in paths))


@pytest.mark.parametrize("text", TEXTS)
def test_the_loss_is_the_sum_over_all_paths(text, rng):
    logits = 2 * rng.normal(size=(1, T, K))
    losses, _ = ctc_loss(logits, targets_of(text))
    assert losses[0] == pytest.approx(-log_p_by_hand(log_softmax(logits)[0], text), rel=1e-12)


def test_all_texts_together_are_certain(rng):
    logp = log_softmax(rng.normal(size=(1, 3, 3)))
    texts = {t for n in range(4) for t in itertools.product(range(2), repeat=n)}
    total = 0.0
    for text in texts:
        try:
            total += np.exp(-ctc_loss(logp, targets_of(text))[0][0])
        except ValueError:  # too long for three places
            continue
    assert total == pytest.approx(1, rel=1e-12)


def test_the_gradient_is_that_of_the_loss(rng):
    logits = rng.normal(size=(len(TEXTS), T, K))
    targets = targets_of(*TEXTS)
    _, gradient = ctc_loss(logits, targets)
    epsilon = 1e-5
    for index in np.ndindex(logits.shape):
        ends = []
        for step in (epsilon, -epsilon):
            moved = logits.copy()
            moved[index] += step
            ends.append(ctc_loss(moved, targets)[0].sum())
        assert gradient[index] == pytest.approx((ends[0] - ends[1]) / (2 * epsilon), abs=1e-8)


def test_a_network_that_reads_lines_has_the_right_gradient(rng):
    layers = [Conv2D(6, (4, 3)), ReLU(), Conv2D(K, 1)]
    network = Sequential(layers, (4, ANY, 1), dtype=np.float64)
    for width in (8, 11):  # one network for lines of any width
        x = rng.random((3, 4, width, 1))
        targets = targets_of((1, 1), (), (2, 0, 1))
        check_network(network, x, targets, ctc_loss, rng, 1e-6)


def test_kernel_equals_its_twin(rng):
    logp = log_softmax(rng.normal(size=(len(TEXTS), T, K)))
    targets = targets_of(*TEXTS)
    lengths = np.array([len(text) for text in TEXTS])
    results = []
    for kernel in (ctc_forward_backward, getattr(ctc_forward_backward, "py_func", ctc_forward_backward)):
        losses, gradient = np.empty(len(TEXTS)), np.exp(logp)
        with np.errstate(divide="ignore", invalid="ignore"):
            kernel(logp, targets, lengths, losses, gradient)
        results.append((losses, gradient))
    for fast, plain in zip(*results, strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-10, atol=1e-12)


def test_nothing_underflows():
    logits = np.zeros((1, 400, K))
    logits[..., 0] = 60  # the text is as unlikely as e^−24000
    losses, gradient = ctc_loss(logits, targets_of((1, 2, 1)))
    assert losses[0] > 20_000
    assert np.isfinite(gradient).all()
    assert np.abs(gradient.sum(axis=-1)).max() < 1e-6  # the softmax, less probabilities that add up to 1


def test_texts_that_do_not_fit_are_refused(rng):
    logits = rng.normal(size=(1, 3, K))
    ctc_loss(logits, targets_of((0, 1, 2)))
    for text in ((0, 1, 0, 1), (0, 0, 1)):  # equal neighbours need a blank between them
        with pytest.raises(ValueError, match="too long for 3 places"):
            ctc_loss(logits, targets_of(text))
    for label in (K - 1, -2):
        with pytest.raises(ValueError, match="from 0 to 2"):
            ctc_loss(logits, targets_of((label,)))


def test_paths_are_spelled():
    assert [tuple(c) for c in characters_of(np.array([3, 1, 1, 3, 1, 2, 2, 3]), 3)] == [
        (1, 1, 3),
        (1, 4, 5),
        (2, 5, 7),
    ]


def test_the_best_path_need_not_spell_the_likeliest_text():
    """Graves and others, fig. 2 of the 2006 paper: blanks win each place, and yet "0" is likelier."""
    logp = np.log(np.array([[0.4, 0.0001, 0.0001, 0.5998]] * 2))
    assert best_path(logp) == []
    assert beam_search(logp)[0][0] == (0,)  # 0.64, against 0.36 for nothing


def test_beams_wide_enough_find_every_text(rng):
    logp = log_softmax(rng.normal(size=(T, K)))
    found = dict(beam_search(logp, beams=4**T))
    for text in TEXTS:
        assert found[text] == pytest.approx(log_p_by_hand(logp, text), rel=1e-10)
    assert sum(np.exp(list(found.values()))) == pytest.approx(1)


@pytest.mark.parametrize("text", TEXTS)
def test_alignment_is_the_likeliest_path_of_a_text(text, rng):
    logp = log_softmax(rng.normal(size=(T, K)))
    paths = [path for path in itertools.product(range(K), repeat=T) if spelled(path) == text]
    best = max(paths, key=lambda path: sum(logp[t, k] for t, k in enumerate(path)))
    assert align(logp, text) == characters_of(np.array(best), K - 1)
