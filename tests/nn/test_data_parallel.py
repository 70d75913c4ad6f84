"""Processes change how fast it goes, and not one bit of what comes out."""

import gc
import multiprocessing
import multiprocessing.heap
import tracemalloc

import numpy as np
import pytest

from digits.data.augmentation import PREPROCESSING, random_warps
from digits.data.dataset import to_input
from digits.kernels import warp
from digits.model import build_cnn
from digits.settings import Settings
from digits.training import train, with_generated_images
from digits.training_run import TrainingRun
from nn import data_parallel, micro_batches
from nn.data_parallel import CHUNK, DataParallel
from nn.errors import UserError
from nn.layers import Dense, ReLU
from nn.losses import softmax_cross_entropy
from nn.micro_batches import NetworkPlan
from nn.network import Sequential
from nn.optimizers import Adam
from tests.nn.scaling import SCALING
from tests.rounding import NETWORK, assert_equal_in_float64


@pytest.fixture(autouse=True)
def no_garbage():
    """Locks that an exception kept alive go now: while a process is started, Python 3.12 warns of it."""
    yield
    gc.collect()


@pytest.fixture
def batch(rng):
    """75 of 100 digits, in any order: two micro-batches and a part. As `gradients` takes them."""
    images = rng.integers(0, 256, (100, 28, 28)).astype(np.uint8)
    return images, rng.integers(0, 10, 100), random_warps(100, rng), rng.permutation(100)[:75]


def test_gradient_over_micro_batches_is_that_of_the_whole_batch(batch):
    images, labels, warps, rows = batch
    network = build_cnn(dtype=np.float64)
    with DataParallel(network, 2, PREPROCESSING) as workers:
        workers.wait()
        losses, logits = workers.gradients(*batch)
    together = network.gradients.copy()
    x = np.empty((75, 28, 28, 1))
    warp(images[rows], warps[rows], x)
    expected_losses, dlogits = softmax_cross_entropy(network.forward(x), labels[rows])
    network.backward(dlogits / 75)
    assert_equal_in_float64(together, network.gradients, NETWORK)
    assert_equal_in_float64(losses, expected_losses, NETWORK)
    assert_equal_in_float64(logits, network.forward(x), NETWORK)


@pytest.mark.parametrize("count", [100, CHUNK + 130])  # the last in two rounds
def test_logits_are_those_of_the_network(count, rng):
    network = build_cnn(dtype=np.float64)
    images = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    with DataParallel(network, 2, PREPROCESSING) as workers:
        workers.wait()
        logits = workers.logits(images)
    assert_equal_in_float64(logits, network.forward(to_input(images, np.float64)), NETWORK)


@pytest.mark.parametrize("count", [0, CHUNK + 1])
def test_a_batch_that_does_not_fit_is_refused(count, batch):
    images, labels, warps, _ = batch
    with (
        DataParallel(build_cnn(), 1, PREPROCESSING) as workers,
        pytest.raises(ValueError, match=f"{count} images"),
    ):
        workers.gradients(images, labels, warps, np.zeros(count, int))


def test_a_step_allocates_nothing_that_grows_with_the_batch(rng):
    """Lists grow by some bytes a micro-batch; one image's tiles alone would be 51,200."""
    images = rng.integers(0, 256, (2048, 28, 28)).astype(np.uint8)
    labels = rng.integers(0, 10, 2048)
    warps = random_warps(2048, rng)
    network = build_cnn()
    adam = Adam([network.parameters])
    peaks = []
    with DataParallel(network, 1, PREPROCESSING, max_batch=2048) as workers:
        for count in (2048, 64, 64, 2048):
            rows = rng.permutation(2048)[:count]
            tracemalloc.start()
            workers.gradients(images, labels, warps, rows)
            adam.step([network.gradients], 1e-3)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[3] - peaks[2] < 50_000
    assert peaks[3] < peaks[0] / 4  # the first step reserved what all later ones use


def test_training_is_the_same_to_the_last_bit_with_any_number_of_processes(train_digits):
    settings = Settings(epochs=1, limit=400, seed=4)
    training_set = with_generated_images(train_digits[:400], settings)
    results = []
    for cores in (1, 2, 4):
        run = TrainingRun.start(settings)
        with DataParallel(run.network, cores, PREPROCESSING) as workers:
            workers.wait()
            (record,) = train(run, training_set, train_digits[1000:1200], workers)
        results.append(
            (run.network.parameters.tobytes(), record["train_loss"], record["validation_loss"])
        )
    assert len(set(results)) == 1


def test_what_another_process_does_is_the_same(batch, monkeypatch):
    network = build_cnn()
    images = np.concatenate([batch[0]] * 3)
    with DataParallel(network, 2, PREPROCESSING) as workers:
        alone = [array.copy() for array in (*workers.gradients(*batch), network.gradients)]
        logits = workers.logits(images)
        workers.wait()
        monkeypatch.setattr(
            data_parallel, "process_micro_batches", lambda *_: None
        )  # from now on the other has to do it all
        for mine, its in zip(alone, (*workers.gradients(*batch), network.gradients), strict=True):
            np.testing.assert_array_equal(mine, its)
        network.parameters *= 0.5
        halved = workers.logits(images)
        assert (halved != logits).any()
        network.parameters *= 2
        np.testing.assert_array_equal(workers.logits(images), logits)


def test_two_processes_that_take_the_same_micro_batch_do_no_harm(batch, monkeypatch):
    """Here the first process takes all of them, whether the other has taken them or not."""
    network = build_cnn()
    with DataParallel(network, 2, PREPROCESSING) as workers:
        workers.gradients(*batch)
        alone = network.gradients.copy()
        workers.wait()
        monkeypatch.setattr(micro_batches, "_claim", lambda taken, _: range(len(taken)))
        for _ in range(20):
            workers.gradients(*batch)
            np.testing.assert_array_equal(network.gradients, alone)


def test_an_error_in_another_process_reaches_the_caller(batch, monkeypatch):
    images, _, warps, rows = batch
    with DataParallel(build_cnn(), 2, PREPROCESSING) as workers:
        workers.wait()
        monkeypatch.setattr(data_parallel, "process_micro_batches", lambda *_: None)
        with pytest.raises(IndexError):
            workers.gradients(images, np.full(100, 77), warps, rows)
        workers.gradients(*batch)  # and no harm is done


def test_the_end_of_another_process_is_told_in_one_line(batch):
    with DataParallel(build_cnn(), 2, PREPROCESSING) as workers:
        workers.wait()
        (other,) = multiprocessing.active_children()
        other.kill()
        other.join()
        with pytest.raises(UserError, match="--threads 1"):
            workers.gradients(*batch)


def test_after_an_interruption_the_first_process_goes_on_alone(batch, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    network = build_cnn()
    *arrays, rows = batch
    batches = [np.roll(rows, 7 * k)[:64] for k in range(20)]
    with DataParallel(network, 2, PREPROCESSING) as workers:
        expected = [workers.gradients(*arrays, some)[1].copy() for some in batches]
        workers.wait()
        with monkeypatch.context() as patch:
            patch.setattr(data_parallel, "process_micro_batches", interrupted)
            with pytest.raises(KeyboardInterrupt):
                workers.gradients(*batch)
        assert not multiprocessing.active_children()
        # No answer to the interrupted question comes in between.
        found = [workers.gradients(*arrays, some)[1].copy() for some in batches]
    np.testing.assert_array_equal(found, expected)


def test_no_process_is_left_behind(batch):
    for _ in range(2):
        with DataParallel(build_cnn(), 3, PREPROCESSING) as workers:  # not even if it has hardly begun
            assert len(multiprocessing.active_children()) == 2
            workers.gradients(*batch)
        assert not multiprocessing.active_children()


def test_rows_and_cores_that_there_are_none_of(batch):
    with (
        DataParallel(build_cnn(), 1, PREPROCESSING) as workers,
        pytest.raises(ValueError, match="row -1"),
    ):
        workers.gradients(*batch[:3], np.array([5, -1]))
    with pytest.raises(IndexError):
        workers.gradients(*batch[:3], np.array([5, 100]))
    with pytest.raises(ValueError, match="0 cores"):
        DataParallel(build_cnn(), 0, PREPROCESSING)


def test_where_no_memory_can_be_shared_it_is_said_what_to_do(monkeypatch):
    def fail(*_):
        raise OSError(30, "Read-only file system", "/dev/shm/some")

    monkeypatch.setattr(multiprocessing.heap, "Arena", fail)
    monkeypatch.setattr(multiprocessing.heap.BufferWrapper, "_heap", multiprocessing.heap.Heap())
    with pytest.raises(UserError, match=r"Read-only file system\): try --threads 1"):
        DataParallel(build_cnn(), 2, PREPROCESSING)
    DataParallel(build_cnn(), 1, PREPROCESSING)


def test_labels_of_many_classes(rng):
    network = Sequential([Dense(300)], (3,), dtype=np.float64)
    examples = rng.standard_normal((2, 3))
    with DataParallel(network, 1, SCALING) as workers:
        arrays = (examples, np.array([1, 257]), np.ones((2, 1), np.float32), np.arange(2))
        losses = workers.gradients(*arrays)[0].copy()
    expected, _ = softmax_cross_entropy(network.forward(examples), np.array([1, 257]))
    assert_equal_in_float64(losses, expected)


@pytest.mark.parametrize("fused", [True, False])
def test_it_knows_nothing_of_digits(fused, rng):
    network = Sequential([Dense(4), ReLU(), Dense(2)], (3,), seed=1, dtype=np.float64, fused=fused)
    examples = rng.standard_normal((200, 3))
    labels = rng.integers(0, 2, 200)
    factors = rng.uniform(1, 2, (200, 1)).astype(np.float32)
    rows = rng.permutation(200)[:90]
    with DataParallel(network, 2, SCALING) as workers:
        workers.wait()
        assert_equal_in_float64(workers.logits(examples), network.forward(examples))
        losses, _ = workers.gradients(examples, labels, factors, rows)
        found = network.gradients.copy()
    expected, dlogits = softmax_cross_entropy(
        network.forward(examples[rows] * factors[rows]), labels[rows]
    )
    network.backward(dlogits / 90)
    assert_equal_in_float64(losses, expected)
    assert_equal_in_float64(found, network.gradients)


def test_other_processes_run_the_plain_network_where_this_one_does():
    for fused in (True, False):
        plan = NetworkPlan.of(build_cnn(fused=fused))
        assert plan.build().fused == fused
        kinds = [type(layer) for layer in plan.build().executed]
        assert kinds == [type(layer) for layer in build_cnn(fused=fused).executed]
