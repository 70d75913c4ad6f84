"""The reference and its fast twins train the same network.

Compared are the steps of `train.py --epochs 1 --limit 800` with and without --plain, on augmented digits
and generated images. Write -dy for dy in Conv2D.backward, and this test fails.
"""

import numpy as np

from digits.model import build_cnn
from digits.training.data import prepare_data
from digits.training.epochs import train
from digits.training.run import TrainingRun
from digits.training.settings import Settings
from nn.fast import ParallelRunner, accelerate
from nn.optimizers import Adam, WeightAverage
from nn.training import Runner
from tests.rounding import NETWORK, assert_equal_in_float64

SETTINGS = Settings(epochs=1, limit=800, validation=100)


def test_every_step_has_the_same_gradient(train_digits):
    """From the same weights, in float64: in float32 rounding now and then decides a maximum."""
    training_set = prepare_data(train_digits, SETTINGS)[0]
    network = build_cnn(dtype=np.float64)
    run = TrainingRun(
        SETTINGS, network, Adam(network.parameters), WeightAverage(network.parameters, 0), []
    )
    fast = accelerate(build_cnn(dtype=np.float64))
    steps = 0
    with ParallelRunner(fast, 2) as fast_runner:

        class Comparing(Runner):
            def gradients(self, x, targets):
                nonlocal steps
                fast.parameters[:] = network.parameters
                fast_losses, fast_logits = fast_runner.gradients(x, targets)
                losses, logits = super().gradients(x, targets)
                assert_equal_in_float64(fast_losses, losses, NETWORK)
                assert_equal_in_float64(fast_logits, logits, NETWORK)
                assert_equal_in_float64(fast.gradients, network.gradients, NETWORK)
                steps += 1
                return losses, logits

        with Comparing(network) as runner:
            (record,) = train(run, training_set, train_digits[:0], runner)
    assert steps == 10
    assert record["train_loss"] < 2.3  # and it has begun to learn
