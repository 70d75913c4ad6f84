"""The only place with more than one core: a batch is cut into blocks, which processes share out.

Layers know nothing of this. It is processes that work and not threads, since a thread needs Python's
interpreter lock between any two kernels and matrix products, and often finds it taken: on two cores,
taking turns, threads trained on 12,700 images a second and processes on 13,100 (the median; in the
fastest rounds it was 16,600 and 19,800).

The cut depends on the batch alone, and the blocks' gradients are added up in the blocks' order.
So the result is the same to the last bit, whatever the number of processes.
"""

import contextlib
import multiprocessing
import os
import signal
import threading

import numpy as np
from threadpoolctl import threadpool_limits

from nn import aligned
from nn import micro_batches as blocks
from nn.errors import UserError
from nn.micro_batches import block_count, help_out, room_in, room_layout, work

ROOM = 1024  # images in a round of work, unless a larger batch is needed


def available_cores():
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Runs a network over batches on several cores. Use it in a `with`.

    A batch for `gradients` may have ROOM images, or `largest` if that is more.
    Digits are as data.py has them: images (N, 28, 28) of bytes and labels (N,).
    The other processes take a second to start, and this one begins without them. As always with
    processes, a program that uses this needs its `if __name__ == "__main__":`.
    """

    def __init__(self, network, cores, largest=0):
        self.network, self.size = network, max(ROOM, largest)
        # For more processes than that there would be nothing to do.
        cores = min(cores, max(ROOM // blocks.LARGE_BLOCK, -(-largest // blocks.BLOCK)))
        self._gradients, self._counter, self._helpers = network.gradients, None, []
        layout = room_layout(network, self.size)
        if cores == 1:
            buffer = np.empty(layout.itemsize + aligned.LINE, np.uint8)
        else:
            context = multiprocessing.get_context("spawn")  # the same on every system
            buffer = context.RawArray("B", layout.itemsize + aligned.LINE)
            self._counter = context.Value("q")
            layers = [(type(layer), layer.config()) for layer in network.layers]
            plan = (layers, network.input_shape, network.dtype, self.size, buffer, self._counter)
            self._helpers = [_Helper(context, plan) for _ in range(cores - 1)]
        self._room = room_in(buffer, layout)

    def __enter__(self):
        # One core for each process is enough: OpenBLAS must not start more threads inside.
        self._limits = threadpool_limits(1, user_api="blas")
        try:
            with _deaf_to_ctrl_c():  # as whoever is started here then is, from the beginning
                for helper in self._helpers:
                    helper.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._dismiss()
        self._limits.restore_original_limits()

    def _dismiss(self):
        """From now on this process is alone."""
        started = [helper.process for helper in self._helpers if helper.process.pid]
        for process in started:
            process.terminate()
        for process in started:
            process.join()
        self._helpers = []

    def wait(self):
        """Wait until all processes are there."""
        for helper in self._helpers:
            helper.is_there(wait=True)

    def gradients(self, digits, which, warps):
        """Mean gradient over a batch into `network.gradients`; the losses (N,) and logits (N, K).

        The batch is the digits of numbers `which` (N,); digit k is distorted by warps[k] before the
        network sees it (augment.py). What is returned is valid until the next call.
        """
        count, room = len(which), self._room
        if not 0 < count <= self.size:
            raise ValueError(f"a batch of {count} images, where 1 to {self.size} are possible")
        room.labels[:count] = digits.labels[which]
        for source, target in ((digits.images, room.images), (warps, room.warps)):
            np.take(source, which, axis=0, out=target[:count], mode="clip")  # other modes make a copy
        try:
            self._share_out("gradients", count)
        finally:
            self.network.write_gradients_to(self._gradients)  # not to the last block's any more
        np.sum(room.gradients[: block_count("gradients", count)], axis=0, out=self._gradients)
        self._gradients /= count
        return room.losses[:count], room.logits[:count]

    def logits(self, images):
        """The network's logits (N, K) for any number of images."""
        logits = np.empty((len(images), *self.network.shapes[-1]), self.network.dtype)
        for start in range(0, len(images), self.size):
            some = images[start : start + self.size]
            self._room.images[: len(some)] = some
            self._share_out("logits", len(some))
            logits[start : start + len(some)] = self._room.logits[: len(some)]
        return logits

    def _share_out(self, task, count):
        """Have this task done with the first `count` images in the room, by all who are there."""
        useful = max(0, block_count(task, count) - 1)
        try:
            helpers = [helper for helper in self._helpers[:useful] if helper.is_there()]
            if helpers:
                self._counter.value = 0
                self._room.parameters[:] = self.network.parameters
            for helper in helpers:
                helper.ask(task, count)
            work(self.network, self._room, task, count, self._counter if helpers else None)
            answers = [helper.answer() for helper in helpers]
        except BaseException:
            self._dismiss()  # else they would answer the next question with what they still do now
            raise
        for error in filter(None, answers):
            raise error


class _Helper:
    """Another process, as seen from this one."""

    def __init__(self, context, plan):
        self.pipe, its_end = context.Pipe()
        self.process = context.Process(target=help_out, args=(its_end, *plan), daemon=True)
        self._its_end, self._there = its_end, False

    def start(self):
        self.process.start()
        self._its_end.close()  # so that no end is open once the other process is gone

    def is_there(self, wait=False):
        if not self._there and (wait or self.pipe.poll()):
            self.answer()
            self._there = True
        return self._there

    def ask(self, task, count):
        with _alive():
            self.pipe.send((task, count))

    def answer(self):
        """None, or the exception that it met."""
        with _alive():
            return self.pipe.recv()


@contextlib.contextmanager
def _alive():
    try:
        yield
    except (EOFError, OSError) as error:
        message = "a process that worked along has died; with --threads 1 there is none"
        raise UserError(message) from error


@contextlib.contextmanager
def _deaf_to_ctrl_c():
    if threading.current_thread() is not threading.main_thread():
        yield  # there it cannot be changed
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
