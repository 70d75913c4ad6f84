"""What one process does with its share of a batch: block by block through the network and back.

All arrays that the processes share lie in one room: what goes into a round of work, and what comes
out of it. nn/parallel.py sets them to work.
"""

import itertools
import signal
from types import SimpleNamespace

import numpy as np
from threadpoolctl import threadpool_limits

from digits.data.dataset import as_input
from digits.kernels import warp
from nn import aligned
from nn.losses import softmax_cross_entropy
from nn.network import Sequential

# Images that run through the layers together when gradients are asked for. Larger blocks spend less of
# their time between the layers, with 64 it is 87 µs an image instead of 92; but then a batch of 128 has
# work for two cores only, and with 32 for four.
BLOCK = 32
LARGE_BLOCK = 128  # and when none are asked for: there are many more images then


def room_layout(network, size):
    """The shared arrays for rounds of up to `size` images, each on cache lines of its own: a dtype."""
    P, K, number = network.parameters.size, network.shapes[-1][0], network.dtype
    arrays = {
        "parameters": (number, (P,)),
        "images": (np.uint8, (size, *network.input_shape[:2])),
        "labels": (np.uint8, (size,)),
        "warps": (np.float32, (size, 2, 6)),
        "losses": (number, (size,)),
        "logits": (number, (size, K)),
        "gradients": (number, (-(-size // BLOCK), P)),  # of each block
    }
    lines = [-(-np.dtype(array).itemsize // aligned.LINE) for array in arrays.values()]
    starts = [aligned.LINE * line for line in itertools.accumulate(lines, initial=0)]
    return np.dtype(
        {
            "names": list(arrays),
            "formats": list(arrays.values()),
            "offsets": starts[:-1],
            "itemsize": starts[-1],
        }
    )


def room_in(buffer, layout):
    """The arrays by name, in a buffer that is one line longer than the layout."""
    # The same in every process: what they share begins, in each, at the same place within a page.
    start = -np.frombuffer(buffer, np.uint8).ctypes.data % aligned.LINE
    record = np.frombuffer(buffer, layout, count=1, offset=start)
    return SimpleNamespace(**{name: record[name][0] for name in layout.names})


def block_count(task, count):
    """How many blocks so many images are, the last of which may be smaller."""
    return -(-count // (BLOCK if task == "gradients" else LARGE_BLOCK))


def work(network, room, task, count, counter=None):
    """Find "gradients" or just "logits" of all blocks of the room's first `count` images.

    If there is a counter, several processes do so at the same time, and each block goes to the one
    that asks first.
    """
    size, function = (BLOCK, _gradients) if task == "gradients" else (LARGE_BLOCK, _logits)
    total = block_count(task, count)
    # Numbers may grow out of bounds unannounced here: training.py looks at the loss.
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(total) if counter is None else _turns(total, counter):
            function(network, room, k, slice(k * size, min((k + 1) * size, count)))


def _turns(total, counter):
    while True:
        with counter.get_lock():
            k = counter.value
            counter.value += 1
        if k >= total:
            return
        yield k


def _gradients(network, room, k, block):
    x = network.layers[0].buffer("images", (block.stop - block.start, *network.input_shape))
    warp(room.images[block], room.warps[block], x)
    room.logits[block] = network.forward(x)
    room.losses[block], dlogits = softmax_cross_entropy(room.logits[block], room.labels[block])
    network.write_gradients_to(room.gradients[k])
    network.backward(dlogits)


def _logits(network, room, _, block):
    room.logits[block] = network.forward(as_input(room.images[block], network.dtype))


def help_out(pipe, layers, input_shape, dtype, size, buffer, counter):
    """What another process runs: it does as the pipe says, until it is ended.

    `layers` are pairs (class, options). The first thing that it sends means that it is there, the
    others that it has done what it was told, all None; or the exception that it met.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first process
    network = Sequential([kind(**options) for kind, options in layers], input_shape, dtype=dtype)
    layout = room_layout(network, size)
    room, own = room_in(buffer, layout), np.zeros(room_layout(network, 1).itemsize + aligned.LINE, "u1")
    with threadpool_limits(1, user_api="blas"):
        work(network, room_in(own, room_layout(network, 1)), "gradients", 1)  # compile, or load
        answer = None
        while True:
            try:
                pipe.send(answer)
                task, count = pipe.recv()
            except (EOFError, OSError):  # the first process is gone
                return
            network.parameters[:] = room.parameters
            try:
                work(network, room, task, count, counter)
                answer = None
            except Exception as error:  # it is the first process that decides what to do about it
                answer = error
