"""The only place with threads: a batch is cut into blocks, and each core works through some.

Layers know nothing of this. Each thread has a replica of the network (same parameters, own
gradients and buffers); NumPy's matrix products and our kernels release Python's interpreter
lock, so the threads really run side by side.

The cut depends on the batch alone, and the blocks' gradients are added up in the blocks' order.
So the result is the same to the last bit, whatever the number of threads.
"""

import os
import queue
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from nn import kernels
from nn.data import as_input
from nn.losses import softmax_cross_entropy

# Images that run through the layers together. Larger blocks fall out of the core's cache (the
# second convolution's patches take 0.14 MB an image), smaller ones spend their time in hand-overs
# between threads. Training images/s with blocks of 8, 16, 32 on two cores: 5,600, 6,500, 5,800.
BLOCK = 16


def available_cores():
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Runs a network over batches of any size with several threads. Use it in a `with`.

    Images are bytes (N, 28, 28) and labels (N,), as data.py has them.
    """

    def __init__(self, network, threads):
        self.network = network
        self._replicas = queue.SimpleQueue()
        for _ in range(threads):
            self._replicas.put(network.replica())
        self._pool = ThreadPoolExecutor(threads, initializer=_no_overflow_warnings)

    def __enter__(self):
        # One thread of our own per core is enough: OpenBLAS must not start more inside each.
        self._limits = threadpool_limits(1, user_api="blas")
        return self

    def __exit__(self, *_):
        self._pool.shutdown()
        self._limits.restore_original_limits()

    def gradients(self, images, labels, warps):
        """Mean gradient over a batch into `network.gradients`; the losses (N,) and logits (N, K).

        warps (N, 2, 3) says how each image is distorted before the network sees it (augment.py).
        """
        starts = range(0, len(images), BLOCK)
        partial = np.empty((len(starts), self.network.parameters.size), self.network.dtype)

        def work(network, k):
            block = slice(starts[k], starts[k] + BLOCK)
            x = np.empty((*images[block].shape, 1), network.dtype)
            kernels.affine_warp(images[block], warps[block], x)
            logits = network.forward(x)
            losses, dlogits = softmax_cross_entropy(logits, labels[block])
            network.backward(dlogits)
            partial[k] = network.gradients
            return losses, logits.copy()

        losses, logits = zip(*self._each(work, len(starts)), strict=True)
        np.sum(partial, axis=0, out=self.network.gradients)
        self.network.gradients /= len(images)
        return np.concatenate(losses), np.concatenate(logits)

    def logits(self, images):
        """The network's logits (N, K) for any number of images."""
        starts = range(0, len(images), BLOCK)

        def work(network, k):
            block = images[starts[k] : starts[k] + BLOCK]
            return network.forward(as_input(block, network.dtype)).copy()

        return np.concatenate(self._each(work, len(starts)))

    def _each(self, work, count):
        """[work(network, k) for k < count], each on a replica that no other thread is using."""

        def on_free_replica(k):
            network = self._replicas.get()
            try:
                return work(network, k)
            finally:
                self._replicas.put(network)

        return list(self._pool.map(on_free_replica, range(count)))


def _no_overflow_warnings():
    """In this thread, let numbers that grow out of bounds pass: training.py looks at the loss."""
    np.seterr(over="ignore", invalid="ignore")
