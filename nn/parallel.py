"""The only place with threads: a batch is cut into blocks, and each core works through some.

Layers know nothing of this. Each thread has a replica of the network (same parameters, own
gradients and buffers); NumPy's matrix products and our kernels release Python's interpreter
lock, so the threads really run side by side.

The cut depends on the batch alone, and the blocks' gradients are added up in the blocks' order.
So the result is the same to the last bit, whatever the number of threads.
"""

import collections
import concurrent.futures
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from nn import kernels, memory
from nn.data import as_input
from nn.losses import softmax_cross_entropy

# Images that run through the layers together. Smaller blocks spend their time in hand-overs between
# threads and layers: with 16, 32, 64 images it was 10,700, 12,500, 13,200 training images/s on two
# cores. But with 64, a batch of 128 has work for two cores only; with 32 it has for four.
BLOCK = 32
# Where no gradients are asked for there are many more images: 55,800 a second in blocks of 32, 66,400
# of 64, 70,000 of 125, of a thousand images on two cores.
LARGE_BLOCK = 128


def available_cores():
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Runs a network over batches of any size with several threads. Use it in a `with`.

    Digits are as data.py has them: images (N, 28, 28) of bytes and labels (N,).
    """

    def __init__(self, network, threads):
        self.network = network
        self._replicas = [network.replica() for _ in range(threads)]
        self._inputs = {
            id(replica): memory.empty((BLOCK, *network.input_shape), network.dtype)
            for replica in self._replicas
        }
        self._reserve(1)
        self._pool = ThreadPoolExecutor(max(1, threads - 1))  # the caller's thread works as well

    def __enter__(self):
        # One thread of our own per core is enough: OpenBLAS must not start more inside each.
        self._limits = threadpool_limits(1, user_api="blas")
        return self

    def __exit__(self, *_):
        self._pool.shutdown()
        self._limits.restore_original_limits()

    def _reserve(self, count):
        """Room for a batch of this size, kept from step to step: a step allocates nothing large."""
        network, blocks = self.network, -(-count // BLOCK)
        self._partial = memory.empty((blocks, network.parameters.size), network.dtype)
        self._losses = np.empty(count, network.dtype)
        self._logits = np.empty((count, *network.shapes[-1]), network.dtype)

    def gradients(self, digits, which, warps):
        """Mean gradient over a batch into `network.gradients`; the losses (N,) and logits (N, K).

        The batch is the digits of numbers `which` (N,); image k is distorted by warps[k] before the
        network sees it (augment.py). What is returned is valid until the next call.
        """
        count = len(which)
        if count > len(self._losses):
            self._reserve(count)
        blocks = -(-count // BLOCK)
        partial, losses, logits = self._partial[:blocks], self._losses[:count], self._logits[:count]

        def work(network, k):
            block = slice(k * BLOCK, (k + 1) * BLOCK)
            chosen = which[block]
            x = self._inputs[id(network)][: len(chosen)]
            kernels.warp(digits.images, warps, chosen, x)
            logits[block] = network.forward(x)
            losses[block], dlogits = softmax_cross_entropy(logits[block], digits.labels[chosen])
            network.write_gradients_to(partial[k])
            network.backward(dlogits)

        self._each(work, blocks)
        np.sum(partial, axis=0, out=self.network.gradients)
        self.network.gradients /= count
        return losses, logits

    def logits(self, images):
        """The network's logits (N, K) for any number of images."""
        logits = np.empty((len(images), *self.network.shapes[-1]), self.network.dtype)

        def work(network, k):
            block = slice(k * LARGE_BLOCK, (k + 1) * LARGE_BLOCK)
            logits[block] = network.forward(as_input(images[block], network.dtype))

        self._each(work, -(-len(images) // LARGE_BLOCK))
        return logits

    def _each(self, work, count):
        """work(network, k) for all k < count, each thread with its replica taking the next in turn."""
        todo = collections.deque(range(count))

        def take_turns(network):
            # Numbers may grow out of bounds unannounced here: training.py looks at the loss.
            with np.errstate(over="ignore", invalid="ignore"):
                while todo:
                    try:
                        k = todo.popleft()
                    except IndexError:  # another thread took the last one
                        return
                    work(network, k)

        others = [self._pool.submit(take_turns, network) for network in self._replicas[1:]]
        try:
            take_turns(self._replicas[0])
        finally:
            todo.clear()  # after an error or Ctrl-C nobody begins anything more
            concurrent.futures.wait(others)
        for other in others:
            other.result()  # raises what was raised there
