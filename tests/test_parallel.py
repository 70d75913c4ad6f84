"""Threads change how fast it goes, and not one bit of what comes out."""

import numpy as np
import pytest

from nn.augment import random_warps
from nn.data import as_input
from nn.losses import softmax_cross_entropy
from nn.network import build_cnn
from nn.parallel import Workers
from nn.training import Run, Settings, train


@pytest.fixture
def batch(rng):
    images = rng.integers(0, 256, (75, 28, 28)).astype(np.uint8)  # four blocks and a part
    return images, rng.integers(0, 10, 75), random_warps(75, rng, strength=0)


def test_gradient_over_blocks_is_that_of_the_whole_batch(batch):
    images, labels, _ = batch
    network = build_cnn(dtype=np.float64)
    with Workers(network, 2) as workers:
        losses, logits = workers.gradients(*batch)
    together = network.gradients.copy()
    x = as_input(images, np.float64)
    expected_losses, dlogits = softmax_cross_entropy(network.forward(x), labels)
    network.backward(dlogits / 75)
    np.testing.assert_allclose(together, network.gradients, rtol=1e-4, atol=1e-7)  # warps: float32
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-4)
    np.testing.assert_allclose(logits, network.forward(x), rtol=1e-3, atol=1e-5)


def test_logits_are_those_of_the_network(batch):
    network = build_cnn()
    with Workers(network, 2) as workers:
        np.testing.assert_allclose(
            workers.logits(batch[0]), network.forward(as_input(batch[0])), rtol=1e-3, atol=1e-5
        )


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
    network = build_cnn()
    with Workers(network, 2) as workers, pytest.raises(IndexError):
        workers.gradients(batch[0], np.full(75, 12), batch[2])


def ignore(*_):
    pass
