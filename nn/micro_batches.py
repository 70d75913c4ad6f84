"""What one process does with its share of a batch: micro-batch by micro-batch through the network.

Data-parallel training: every process has the whole network, and works on some of the images. All
arrays that the processes share lie in one piece of shared memory: what goes into a round of work, and
what comes out of it. data_parallel.py starts the processes and hands out the work.
"""

import itertools
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike
from threadpoolctl import threadpool_limits

from nn import aligned
from nn.array_types import Shape
from nn.layers import Layer
from nn.losses import softmax_cross_entropy
from nn.network import Sequential

# Images that run through the layers together when gradients are asked for. Larger micro-batches spend
# less of their time between the layers, with 64 images it is 87 µs an image instead of 92; but then a
# batch of 128 has work for two cores only, and with 32 for four.
MICRO_BATCH = 32
INFERENCE_BATCH = 128  # and when none are asked for: there are many more images then

Task = Literal["gradients", "logits"]


@dataclass(frozen=True)
class Preprocessing:
    """How stored examples become the network's inputs; every process does it for its own share.

    to_input(examples (N, *example_shape), dtype) → x (N, *input_shape): for inference.
    augment(examples, parameters (N, *augmentation_shape), x): fills x, for training, each example
    changed as its own parameters say (float32).
    Both must be functions of a module, since processes are told them by their names.
    """

    example_dtype: DTypeLike
    example_shape: Shape
    augmentation_shape: Shape
    to_input: Callable[[ndarray, np.dtype], ndarray]
    augment: Callable[[ndarray, ndarray, ndarray], None]


@dataclass(frozen=True)
class NetworkPlan:
    """What another process needs to build the same network, but for the parameters."""

    layers: list[tuple[type[Layer], dict[str, Any]]]
    input_shape: Shape
    dtype: np.dtype
    fused: bool

    @classmethod
    def of(cls, network: Sequential) -> "NetworkPlan":
        layers = [(type(layer), layer.config()) for layer in network.layers]
        return cls(layers, network.input_shape, network.dtype, network.fused)

    def build(self) -> Sequential:
        layers = [layer_class(**options) for layer_class, options in self.layers]
        return Sequential(layers, self.input_shape, dtype=self.dtype, fused=self.fused)


class SharedArrays:
    """The arrays for rounds of up to `size` images, laid out in a buffer that processes can share.

    Each begins on a cache line of its own, at the same place within a page in every process.
    """

    def __init__(
        self,
        network: Sequential,
        preprocessing: Preprocessing,
        size: int,
        make_buffer: Callable[[int], Any],
    ) -> None:
        layout = _layout(network, preprocessing, size)
        self.buffer = make_buffer(layout.itemsize + aligned.CACHE_LINE)
        start = -np.frombuffer(self.buffer, np.uint8).ctypes.data % aligned.CACHE_LINE
        record = np.frombuffer(self.buffer, layout, count=1, offset=start)
        self.parameters: ndarray = record["parameters"][0]
        self.examples: ndarray = record["examples"][0]
        self.augmentation: ndarray = record["augmentation"][0]
        self.labels: ndarray = record["labels"][0]
        self.losses: ndarray = record["losses"][0]
        self.logits: ndarray = record["logits"][0]
        self.gradients: ndarray = record["gradients"][0]
        self.taken: ndarray = record["taken"][0]


def _layout(network: Sequential, preprocessing: Preprocessing, size: int) -> np.dtype:
    """A structured dtype with one field for each array."""
    P = network.parameters.size
    K = network.shapes[-1][0]
    dtype = network.dtype
    fields: dict[str, tuple[DTypeLike, Shape]] = {
        "parameters": (dtype, (P,)),
        "examples": (preprocessing.example_dtype, (size, *preprocessing.example_shape)),
        "augmentation": (np.float32, (size, *preprocessing.augmentation_shape)),
        "labels": (np.int64, (size,)),
        "losses": (dtype, (size,)),
        "logits": (dtype, (size, K)),
        "gradients": (dtype, (micro_batch_count("gradients", size), P)),  # of each micro-batch
        "taken": (np.bool_, (micro_batch_count("gradients", size),)),  # whether somebody works on it
    }
    lines = [-(-np.dtype(field).itemsize // aligned.CACHE_LINE) for field in fields.values()]
    starts = [aligned.CACHE_LINE * line for line in itertools.accumulate(lines, initial=0)]
    return np.dtype(
        {
            "names": list(fields),
            "formats": list(fields.values()),
            "offsets": starts[:-1],
            "itemsize": starts[-1],
        }
    )


def micro_batch_size(task: Task) -> int:
    """Images that run through the layers together."""
    return MICRO_BATCH if task == "gradients" else INFERENCE_BATCH


def micro_batch_count(task: Task, count: int) -> int:
    """How many micro-batches so many images are, the last of which may be smaller."""
    return -(-count // micro_batch_size(task))


def process_micro_batches(
    network: Sequential,
    preprocessing: Preprocessing,
    shared: SharedArrays,
    task: Task,
    count: int,
    place: float = 0.0,
) -> None:
    """Find "gradients" or just "logits" of all micro-batches of the first `count` shared images.

    Several processes may do so at the same time. Each begins at a `place` of its own (0 to 1, the share
    of the micro-batches before it) and leaves out those that others have taken.
    """
    size = micro_batch_size(task)
    total = micro_batch_count(task, count)
    # Numbers may grow out of bounds unannounced here: whoever trains looks at the loss.
    with np.errstate(over="ignore", invalid="ignore"):
        for k in _claim(shared.taken[:total], round(place * total)):
            rows = slice(k * size, min((k + 1) * size, count))
            if task == "gradients":
                _gradients(network, preprocessing, shared, k, rows)
            else:
                x = preprocessing.to_input(shared.examples[rows], network.dtype)
                shared.logits[rows] = network.forward(x)


def _claim(taken: ndarray, first: int) -> Iterator[int]:
    """The numbers of the micro-batches that this process is to do, taken one at a time.

    There is no lock. Should two processes see one free at the same moment, both do it, and write the
    same numbers to the same places. (Locks have names in the system, which outlive a killed program.)
    """
    for k in [*range(first, len(taken)), *range(first)]:
        if not taken[k]:
            taken[k] = True
            yield k


def _gradients(
    network: Sequential, preprocessing: Preprocessing, shared: SharedArrays, k: int, rows: slice
) -> None:
    x = network.layers[0].buffer("input", (rows.stop - rows.start, *network.input_shape))
    preprocessing.augment(shared.examples[rows], shared.augmentation[rows], x)
    shared.logits[rows] = network.forward(x)
    shared.losses[rows], dlogits = softmax_cross_entropy(shared.logits[rows], shared.labels[rows])
    network.backward(dlogits)
    # Summed up in memory of this process, and only then shared: see _claim.
    shared.gradients[k] = network.gradients


def worker_main(
    pipe: Connection,
    plan: NetworkPlan,
    preprocessing: Preprocessing,
    size: int,
    buffer: Any,
    place: float,
) -> None:
    """What another process runs: it does as the pipe says, until it is ended.

    The first thing that it sends means that it is ready, the others that it has done what it was told,
    all None; or the exception that it met.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first process
    network = plan.build()
    shared = SharedArrays(network, preprocessing, size, lambda _: buffer)
    # One blank image in memory of its own, so that all kernels are compiled, or loaded.
    blank = SharedArrays(network, preprocessing, 1, lambda size: np.zeros(size, np.uint8))
    with threadpool_limits(1, user_api="blas"):
        process_micro_batches(network, preprocessing, blank, "gradients", 1)
        answer: Exception | None = None
        while True:
            try:
                pipe.send(answer)
                question = pipe.recv_bytes().decode()
            except (EOFError, OSError):  # the first process is gone
                return
            network.parameters[:] = shared.parameters
            task: Any
            task, count = question.split()
            try:
                process_micro_batches(network, preprocessing, shared, task, int(count), place)
                answer = None
            except Exception as error:  # it is the first process that decides what to do about it
                answer = error
