"""Data parallelism: threads share the micro-batches of a batch, and their gradients are summed in order.

Kernels and matrix products release Python's interpreter lock, so that threads run at the same time. Each
has a replica of the network: shared parameters, but its own gradients and activations. How a
batch is cut depends on the batch alone, so the result has the same bits on any number of threads.
"""

import copy
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy import ndarray

from nn.array_types import Float
from nn.fast.buffers import aligned_empty
from nn.fast.fused_steps import accelerate
from nn.losses import softmax_cross_entropy
from nn.network import Sequential, make_views
from nn.training import Loss, Runner

# Images that run through the layers together in training. With 64 it would be 87 µs an image instead of
# 92; but then a batch of 128 has work for two cores only, and with 32 for four.
MICRO_BATCH = 32


def available_cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def replica(network: Sequential) -> Sequential:
    """A copy of the network for another thread: parameters are shared, gradients are its own."""
    other = copy.copy(network)
    other.layers = [copy.copy(layer) for layer in network.layers]
    other.gradients = np.zeros_like(network.gradients)
    for layer in other.layers:
        layer.grads = dict(layer.grads)
    make_views([layer.grads for layer in other.layers], other.gradients)
    return accelerate(other, {type(step) for step in network.executed})


class ParallelRunner(Runner):
    """Runs a network over batches on several threads. Use it in a `with`."""

    def __init__(
        self,
        network: Sequential,
        threads: int,
        loss: Loss = softmax_cross_entropy,
        micro_batch: int = MICRO_BATCH,
    ) -> None:
        super().__init__(network, loss)
        self.micro_batch = micro_batch
        self._replicas = [network, *(replica(network) for _ in range(threads - 1))]
        self._partial_gradients = aligned_empty((0, network.gradients.size), network.dtype)

    def __enter__(self) -> "ParallelRunner":
        super().__enter__()
        self._pool = ThreadPoolExecutor(max(1, len(self._replicas) - 1))
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        super().__exit__()

    def gradients(
        self, x: Any, targets: ndarray
    ) -> tuple[Float[ndarray, "N"], Float[ndarray, "N ... K"]]:
        """The mean gradient of a batch, written to network.gradients; returns its losses and logits."""
        count = -(-len(x) // self.micro_batch)
        if len(self._partial_gradients) < count:
            self._partial_gradients = aligned_empty(
                (count, self.network.gradients.size), self.network.dtype
            )
        losses = np.empty(len(x), self.network.dtype)
        logits: list[Any] = [None] * count

        def work(network: Sequential, k: int, rows: slice) -> None:
            logits[k] = network.forward(x[rows]).copy()
            losses[rows], dlogits = self.loss(logits[k], targets[rows])
            network.backward(dlogits)
            self._partial_gradients[k] = network.gradients

        self._share(work, len(x), self.micro_batch)
        np.sum(self._partial_gradients[:count], axis=0, out=self.network.gradients)
        self.network.gradients /= len(x)
        return losses, np.concatenate(logits)

    def logits(self, x: Any, batch_size: int = 128) -> Float[ndarray, "N K"]:
        """The network's logits for any number of inputs."""
        logits = np.empty((len(x), *self.network.shapes[-1]), self.network.dtype)

        def work(network: Sequential, _: int, rows: slice) -> None:
            logits[rows] = network.forward(x[rows])

        self._share(work, len(x), batch_size)
        return logits

    def _share(self, work: Callable[[Sequential, int, slice], None], count: int, size: int) -> None:
        """Cut `count` rows into slices of `size`; each thread takes the next, k, and does its work."""
        parts = iter(range(-(-count // size)))
        lock = threading.Lock()

        def run(network: Sequential) -> None:
            with np.errstate(all="ignore"):  # the training loop checks the loss
                while True:
                    with lock:
                        k = next(parts, None)
                    if k is None:
                        return
                    work(network, k, slice(k * size, min((k + 1) * size, count)))

        helpers = self._replicas[1 : -(-count // size)]
        futures = [self._pool.submit(run, network) for network in helpers]
        try:
            run(self._replicas[0])
        finally:
            with lock:
                parts = iter(())  # after an error or Ctrl-C the others begin nothing new
            for future in futures:
                future.result()
