"""Threads change how fast it goes, and not one bit of what comes out."""

import threading
import tracemalloc

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from digits.data.augmentation import Inputs, random_warps
from digits.model import build_cnn
from digits.training.data import targets_of, with_generated_images
from digits.training.epochs import train
from digits.training.run import TrainingRun
from digits.training.settings import Settings
from nn.fast import ParallelRunner, accelerate, parallel
from nn.fast.buffers import CACHE_LINE, aligned_empty
from nn.fast.fused_steps import fuse
from nn.layers import Conv2D, Dense, Flatten, ReLU
from nn.network import Sequential
from nn.optimizers import Adam
from nn.training import Runner
from tests.rounding import NETWORK, assert_equal_in_float64


@pytest.fixture
def batch(rng):
    """75 digits, two micro-batches and a part: inputs and targets."""
    images = rng.integers(0, 256, (75, 28, 28)).astype(np.uint8)
    inputs = Inputs(images, random_warps(75, rng), np.float64)
    return inputs, targets_of(rng.integers(0, 11, 75), np.float64)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("prepare", [accelerate, lambda network: network])
def test_gradient_over_micro_batches_is_that_of_the_whole_batch(prepare, threads, batch):
    network, plain = prepare(build_cnn(dtype=np.float64)), build_cnn(dtype=np.float64)
    with ParallelRunner(network, threads) as runner:
        losses, logits = runner.gradients(*batch)
    expected_losses, expected_logits = Runner(plain).gradients(*batch)
    assert_equal_in_float64(network.gradients, plain.gradients, NETWORK)
    assert_equal_in_float64(losses, expected_losses, NETWORK)
    assert_equal_in_float64(logits, expected_logits, NETWORK)


@pytest.mark.parametrize("count", [0, 1, 300])
def test_logits_are_those_of_the_network(count, rng):
    network = build_cnn(dtype=np.float64)
    x = rng.random((count, 28, 28, 1))
    expected = network.forward(x)
    for runner in (Runner(network), ParallelRunner(network, 2)):
        with runner:
            assert_equal_in_float64(runner.logits(x), expected, NETWORK)


def test_logits_of_a_network_that_ends_in_reused_memory(rng):
    """Each batch's are kept, though a fast twin writes the next batch's into the same array."""
    network = accelerate(Sequential([Conv2D(4, 3), Flatten()], (5, 5, 2), dtype=np.float64))
    x = rng.random((40, 5, 5, 2))
    expected = Sequential([Conv2D(4, 3), Flatten()], (5, 5, 2), dtype=np.float64).forward(x)
    for runner in (Runner(network), ParallelRunner(network, 2)):
        with runner:
            assert_equal_in_float64(runner.logits(x, batch_size=20), expected)


def test_training_has_the_same_bits_on_any_number_of_threads(train_digits):
    settings = Settings(epochs=1, limit=400, seed=4)
    training_set = with_generated_images(train_digits[:400], settings)
    results = []
    for threads in (1, 2, 3, 4, 2):
        run = TrainingRun.start(settings)
        with ParallelRunner(run.network, threads) as runner:
            (record,) = train(run, training_set, train_digits[1000:1200], runner)
        results.append(
            (run.network.parameters.tobytes(), record["train_loss"], record["validation_loss"])
        )
    assert len(set(results)) == 1


def test_all_threads_take_part(batch, monkeypatch):
    """Each waits in its first micro-batch until the others are in theirs."""
    together = threading.Barrier(3, timeout=60)
    waited = threading.local()
    backward = Sequential.backward

    def waiting(network, dlogits):
        if not hasattr(waited, "once"):
            waited.once = together.wait()
        backward(network, dlogits)

    monkeypatch.setattr(Sequential, "backward", waiting)
    with ParallelRunner(build_cnn(dtype=np.float64), 3) as runner:
        runner.gradients(*batch)
    assert not together.broken


def test_a_replica_shares_parameters_and_nothing_else():
    network = accelerate(build_cnn())
    other = parallel.replica(network)
    assert other.parameters is network.parameters
    assert [type(step) for step in other.executed] == [type(step) for step in network.executed]
    assert not {id(step) for step in other.executed} & {id(step) for step in network.executed}
    for mine, its in zip(network.layers, other.layers, strict=True):
        for name, grad in its.grads.items():
            assert its.params[name] is mine.params[name]
            assert np.shares_memory(grad, other.gradients)
            assert not np.shares_memory(grad, mine.grads[name])


@pytest.mark.parametrize("is_helper", [True, False])
def test_an_error_in_any_thread_reaches_the_caller_and_does_no_harm(is_helper, batch, monkeypatch):
    network = build_cnn(dtype=np.float64)
    failed = threading.Event()

    def fail(x):
        failed.set()
        raise KeyboardInterrupt

    with ParallelRunner(network, 2) as runner:
        runner.gradients(*batch)
        expected = network.gradients.copy()
        failing, other = runner._replicas[is_helper], runner._replicas[not is_helper]
        forward = other.forward
        with monkeypatch.context() as patch:
            patch.setattr(failing, "forward", fail)
            patch.setattr(other, "forward", lambda x: failed.wait(60) and forward(x))
            with pytest.raises(KeyboardInterrupt):
                runner.gradients(*batch)
        runner.gradients(*batch)
    np.testing.assert_array_equal(network.gradients, expected)


@pytest.mark.parametrize("runner", [Runner(build_cnn()), ParallelRunner(build_cnn(), 3)])
def test_what_the_runner_changes_in_the_process_is_put_back(runner):
    def state():
        return threading.active_count(), [pool["num_threads"] for pool in threadpool_info()]

    with threadpool_limits(2, user_api="blas"):  # as a machine with two cores has it
        before = state()
        with runner:
            runner.logits(np.zeros((500, 28, 28, 1), np.float32))
            blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
            assert set(blas) == {1}
        assert state() == before


def test_numpys_own_errors_do_not_stop_it(batch):
    """Underflow in a softmax is no error, whatever the caller wants to hear of."""
    with np.errstate(all="raise"), ParallelRunner(build_cnn(dtype=np.float64), 2) as runner:
        runner.network.parameters *= 30
        runner.gradients(*batch)


def test_a_step_allocates_little(rng):
    """One image's tiles alone would be 51,200 bytes, and its maps more."""
    network = accelerate(build_cnn())
    adam = Adam(network.parameters)
    images, warps = rng.integers(0, 256, (2048, 28, 28)).astype(np.uint8), random_warps(2048, rng)
    targets = targets_of(rng.integers(0, 10, 2048), np.float32)
    peaks = []
    with ParallelRunner(network, 1) as runner:
        for count in (2048, 64, 2048):
            tracemalloc.start()
            runner.gradients(Inputs(images[:count], warps[:count]), targets[:count])
            adam.step(network.gradients, 1e-3)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[2] - peaks[1] < 2048 * 2000  # images, losses and logits of the batch
    assert peaks[2] < peaks[0] / 4  # the first step reserved what all later ones use


def test_any_network_can_be_run(rng):
    network = Sequential([Dense(4), ReLU(), Dense(300)], (3,), seed=1, dtype=np.float64)
    x, labels = rng.standard_normal((90, 3)), rng.integers(0, 300, 90)
    with ParallelRunner(network, 2) as runner:
        losses, _ = runner.gradients(x, labels)
        found = network.gradients.copy()
    expected, _ = Runner(network).gradients(x, labels)
    assert_equal_in_float64(losses, expected)
    assert_equal_in_float64(found, network.gradients)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), 7, (3, 5), (1000, 1000)])
def test_arrays_that_begin_with_a_cache_line(shape, dtype):
    arrays = [aligned_empty(shape, dtype) for _ in range(8)]  # one might do so by chance
    expected = np.empty(shape, dtype)
    for k, array in enumerate(arrays):
        assert (array.shape, array.dtype) == (expected.shape, expected.dtype)
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.ctypes.data % CACHE_LINE == 0
        array[...] = k
    assert all((array == k).all() for k, array in enumerate(arrays))  # none overlaps another


def test_buffers_are_used_again_and_nothing_shines_through(rng):
    convolutions = [Conv2D(4, 3), Conv2D(4, 3)]
    for conv in convolutions:
        conv.build((5, 5, 2), np.random.default_rng(0), np.float64)
    (used,), (fresh,) = (fuse([conv]) for conv in convolutions)
    large, small = rng.standard_normal((20, 5, 5, 2)), rng.standard_normal((9, 5, 5, 2))
    used.backward(used.forward(large))
    before = used.buffer("tiles", (20, 25, 2))
    np.testing.assert_array_equal(used.forward(small), fresh.forward(small))
    assert np.shares_memory(before, used.tiles)
    dy = rng.standard_normal((9, 3, 3, 4))
    np.testing.assert_array_equal(used.backward(dy), fresh.backward(dy))
    np.testing.assert_array_equal(used.grads["W"], fresh.grads["W"])
