"""Threads change how fast it goes, and not one bit of what comes out."""

import tracemalloc

import numpy as np
import pytest

from nn.augment import random_warps
from nn.data import Digits, as_input
from nn.losses import softmax_cross_entropy
from nn.network import build_cnn
from nn.optimizers import Adam
from nn.parallel import Workers
from nn.training import Run, Settings, train


@pytest.fixture
def batch(rng):
    """75 of 100 digits, in any order: two blocks and a part."""
    digits = Digits(rng.integers(0, 256, (100, 28, 28)).astype(np.uint8), rng.integers(0, 10, 100))
    return digits, rng.permutation(100)[:75], random_warps(100, rng, strength=0)


def test_gradient_over_blocks_is_that_of_the_whole_batch(batch):
    digits, which, _ = batch
    network = build_cnn(dtype=np.float64)
    with Workers(network, 2) as workers:
        losses, logits = workers.gradients(*batch)
    together = network.gradients.copy()
    x = as_input(digits.images[which], np.float64)
    expected_losses, dlogits = softmax_cross_entropy(network.forward(x), digits.labels[which])
    network.backward(dlogits / 75)
    np.testing.assert_allclose(together, network.gradients, rtol=1e-3, atol=1e-6)  # warps: float32
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-4)
    np.testing.assert_allclose(logits, network.forward(x), rtol=1e-3, atol=1e-5)


def test_logits_are_those_of_the_network(batch):
    network, images = build_cnn(), batch[0].images
    with Workers(network, 2) as workers:
        logits = workers.logits(images)
    np.testing.assert_allclose(logits, network.forward(as_input(images)), rtol=1e-3, atol=1e-5)


def test_a_step_allocates_nothing_that_grows_with_the_batch(rng):
    """Lists and futures grow by some bytes a block; one image's tiles alone would be 51,200."""
    digits = Digits(rng.integers(0, 256, (2048, 28, 28)).astype(np.uint8), rng.integers(0, 10, 2048))
    warps, network = random_warps(2048, rng), build_cnn()
    adam, peaks = Adam([network.parameters]), []
    with Workers(network, 2) as workers:
        for count in (2048, 64, 64, 2048):
            which = rng.permutation(2048)[:count]
            tracemalloc.start()
            workers.gradients(digits, which, warps)
            adam.step([network.gradients], 1e-3)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[3] - peaks[2] < 50_000
    assert peaks[3] < peaks[0] / 10  # the first step reserved what all later ones use


def test_training_is_the_same_to_the_last_bit_with_any_number_of_threads(train_digits):
    settings = Settings(epochs=1, limit=1000, seed=4)
    results = []
    for threads in (1, 2, 3, 4, 2):
        run = Run.start(settings)
        with Workers(run.network, threads) as workers:
            (record,) = train(run, train_digits[:1000], train_digits[1000:1200], workers, ignore)
        results.append(
            (run.network.parameters.tobytes(), record["train_loss"], record["validation_loss"])
        )
    assert len(set(results)) == 1


def test_an_error_in_a_thread_reaches_the_caller(batch):
    digits, which, warps = batch
    without_labels = Digits(digits.images, digits.labels[:0])
    with Workers(build_cnn(), 2) as workers, pytest.raises(IndexError):
        workers.gradients(without_labels, which, warps)


def ignore(*_):
    pass
