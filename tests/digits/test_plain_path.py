"""The reference and its fast twins train the same network.

What is compared is what `train.py --epochs 1 --limit 6400` does with and without --plain: 74 steps of
128 images, augmented, with everything that is drawn in addition. Write -dy for dy in
Conv2D.backward, and these tests fail.
"""

import numpy as np
import pytest

from digits.data.augmentation import PREPROCESSING
from digits.model import build_cnn
from digits.settings import Settings
from digits.training import prepare_data, train
from digits.training_run import TrainingRun
from nn.data_parallel import DataParallel
from nn.optimizers import Adam, WeightAverage

SETTINGS = Settings(epochs=1, limit=6400)


@pytest.fixture(scope="module")
def training_set(train_digits):
    return prepare_data(train_digits, SETTINGS)[0]


def start(fused, dtype):
    network = build_cnn(seed=SETTINGS.seed, dtype=dtype, fused=fused)
    optimizer = Adam([network.parameters], weight_decay=SETTINGS.weight_decay)
    average = WeightAverage(network.parameters, SETTINGS.average)
    return TrainingRun(SETTINGS, network, optimizer, average, [])


def relative_difference(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(b)


def test_after_an_epoch_the_weights_are_the_same(training_set, train_digits):
    """In float64, where rounding decides nothing."""
    runs = [start(fused, np.float64) for fused in (True, False)]
    for run in runs:
        with DataParallel(run.network, 2, PREPROCESSING) as workers:
            (record,) = train(run, training_set, train_digits[:0], workers)
        assert record["train_accuracy"] > 0.6  # it has learned something
    fast, plain = runs
    assert relative_difference(fast.network.parameters, plain.network.parameters) < 1e-12
    assert relative_difference(fast.average.average, plain.average.average) < 1e-12
    assert fast.epochs[0]["train_loss"] == pytest.approx(plain.epochs[0]["train_loss"], rel=1e-12)


def test_every_step_has_the_same_gradient(training_set, train_digits):
    """In float32, as in real training; and from the same weights.

    Left to themselves two runs part: sooner or later (here in the seventh step) a number is so near to
    zero that it is rounded to the other side of it, ReLU lets a gradient through that it stops in the
    other run, and from there on the weights are others, though no worse.
    """
    run = start(False, np.float32)
    fast = build_cnn(dtype=np.float32)
    differences = []
    with DataParallel(fast, 1, PREPROCESSING) as fast_workers:

        class Comparing(DataParallel):
            def gradients(self, *batch):
                fast.parameters[:] = run.network.parameters
                fast_workers.gradients(*batch)
                answer = super().gradients(*batch)
                differences.append(relative_difference(fast.gradients, run.network.gradients))
                return answer

        with Comparing(run.network, 1, PREPROCESSING) as workers:
            next(train(run, training_set, train_digits[:0], workers))
    assert len(differences) == 76
    assert np.quantile(differences, 0.9) < 1e-6
    assert max(differences) < 1e-2  # should a number be rounded to the other side of zero here, too
