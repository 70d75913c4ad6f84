"""The only place that starts processes: a batch is cut into micro-batches, which they share.

Layers know nothing of this. It is processes that work and not threads, since a thread needs Python's
interpreter lock between any two kernels and matrix products, and often finds it taken: on two cores,
taking turns, threads trained on 12,700 images a second and processes on 13,100 (the median; in the
fastest rounds it was 16,600 and 19,800).

The cut depends on the batch alone, and the micro-batches' gradients are added up in their order.
So the result is the same to the last bit, whatever the number of processes.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy import ndarray
from threadpoolctl import threadpool_limits

from nn import micro_batches
from nn.array_types import Float, Integer
from nn.errors import UserError, explain
from nn.micro_batches import (
    NetworkPlan,
    Preprocessing,
    SharedArrays,
    Task,
    micro_batch_count,
    process_micro_batches,
    worker_main,
)
from nn.network import Sequential

CHUNK = 1024  # images in one round of work, unless a larger batch is needed


def available_cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class DataParallel:
    """Runs a network over batches on several cores. Use it in a `with`.

    A batch for `gradients` may have CHUNK images, or `max_batch` if that is more.
    UserError where the system gives no memory that they can share, or one of them dies.
    The other processes take a second to start, and this one begins without them. As always with
    processes, a program that uses this needs its `if __name__ == "__main__":`.
    """

    def __init__(
        self, network: Sequential, cores: int, preprocessing: Preprocessing, max_batch: int = 0
    ) -> None:
        if cores < 1:
            raise ValueError(f"{cores} cores, where at least 1 is needed")
        self.network = network
        self.preprocessing = preprocessing
        self.max_images = max(CHUNK, max_batch)
        # For more processes than that there would be nothing to do.
        useful = max(CHUNK // micro_batches.INFERENCE_BATCH, -(-max_batch // micro_batches.MICRO_BATCH))
        cores = min(cores, useful)
        self._workers: list[_Worker] = []
        if cores == 1:
            self._shared = SharedArrays(
                network, preprocessing, self.max_images, lambda size: np.empty(size, np.uint8)
            )
            return
        context = multiprocessing.get_context("spawn")  # the same on every system
        try:
            self._shared = SharedArrays(
                network, preprocessing, self.max_images, lambda size: context.RawArray("B", size)
            )
        except OSError as error:  # say, where shared memory cannot be written
            message = f"processes can share no memory here ({explain(error)}): try --threads 1"
            raise UserError(message) from error
        arguments = (NetworkPlan.of(network), preprocessing, self.max_images, self._shared.buffer)
        self._workers = [_Worker(context, (*arguments, k / cores)) for k in range(1, cores)]

    def __enter__(self) -> "DataParallel":
        # One core for each process is enough: OpenBLAS must not start more threads inside.
        self._limits = threadpool_limits(1, user_api="blas")
        try:
            with ignoring_sigint():  # a process that is started meanwhile ignores it, too
                for worker in self._workers:
                    worker.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end_workers()
        self._limits.restore_original_limits()

    def _end_workers(self) -> None:
        """From now on this process is alone."""
        started = [worker.process for worker in self._workers if worker.process.pid]
        for process in started:
            process.terminate()
        for process in started:
            process.join()
        self._workers = []

    def wait(self) -> None:
        """Wait until all processes are ready."""
        for worker in self._workers:
            worker.is_ready(wait=True)

    def gradients(
        self,
        examples: ndarray,
        labels: Integer[ndarray, "examples"],
        augmentation: ndarray,
        rows: Integer[ndarray, "N"],
    ) -> tuple[Float[ndarray, "N"], Float[ndarray, "N K"]]:
        """Mean gradient over a batch into `network.gradients`; its losses and logits.

        The batch is the `rows` of the arrays examples, labels and augmentation, the parameters by
        which each is changed (see Preprocessing). What is returned is valid until the next call.
        ValueError for a batch without images or with too many, or for a negative row.
        """
        count = len(rows)
        shared = self._shared
        if not 0 < count <= self.max_images:
            raise ValueError(f"a batch of {count} images, where 1 to {self.max_images} are possible")
        if rows.min() < 0:
            raise ValueError(f"row {rows.min()} of a batch is none")
        shared.labels[:count] = labels[rows]
        for source, target in ((examples, shared.examples), (augmentation, shared.augmentation)):
            np.take(source, rows, axis=0, out=target[:count], mode="clip")  # others make a copy
        self._run_micro_batches("gradients", count)
        parts = shared.gradients[: micro_batch_count("gradients", count)]
        np.sum(parts, axis=0, out=self.network.gradients)
        self.network.gradients /= count
        return shared.losses[:count], shared.logits[:count]

    def logits(self, examples: ndarray) -> Float[ndarray, "N K"]:
        """The network's logits for any number of examples (N, …)."""
        logits = np.empty((len(examples), *self.network.shapes[-1]), self.network.dtype)
        for start in range(0, len(examples), self.max_images):
            chunk = examples[start : start + self.max_images]
            self._shared.examples[: len(chunk)] = chunk
            self._run_micro_batches("logits", len(chunk))
            logits[start : start + len(chunk)] = self._shared.logits[: len(chunk)]
        return logits

    def _run_micro_batches(self, task: Task, count: int) -> None:
        """Have this task done with the first `count` shared images, by all processes that are ready."""
        helpers = max(0, micro_batch_count(task, count) - 1)
        try:
            workers = [worker for worker in self._workers[:helpers] if worker.is_ready()]
            self._shared.taken[:] = False
            if workers:
                self._shared.parameters[:] = self.network.parameters
            for worker in workers:
                worker.ask(task, count)
            process_micro_batches(self.network, self.preprocessing, self._shared, task, count)
            answers = [worker.answer() for worker in workers]
        except BaseException:
            self._end_workers()  # else they would answer the next question with what they still do now
            raise
        for error in filter(None, answers):
            raise error


class _Worker:
    """Another process, as seen from this one."""

    def __init__(self, context: Any, arguments: tuple[Any, ...]) -> None:
        self.pipe, self._its_end = context.Pipe()
        self.process = context.Process(target=worker_main, args=(self._its_end, *arguments), daemon=True)
        self._ready = False

    def start(self) -> None:
        self.process.start()
        self._its_end.close()  # so that no end is open once the other process is gone

    def is_ready(self, wait: bool = False) -> bool:
        if not self._ready and (wait or self.pipe.poll()):
            self.answer()
            self._ready = True
        return self._ready

    def ask(self, task: Task, count: int) -> None:
        # As bytes: a pickle in a pipe that is broken can crash Python 3.12 (its buffer dies before what
        # looks into it).
        with _still_alive():
            self.pipe.send_bytes(f"{task} {count}".encode())

    def answer(self) -> Exception | None:
        """None, or the exception that it met."""
        with _still_alive():
            answer: Exception | None = self.pipe.recv()
        return answer


@contextlib.contextmanager
def _still_alive() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        message = "another process of this program has died; with --threads 1 there is none"
        raise UserError(message) from error


@contextlib.contextmanager
def ignoring_sigint() -> Iterator[None]:
    """Ctrl-C does nothing meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield  # there it cannot be changed
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
