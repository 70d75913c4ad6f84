"""The training loop, and one step of it: forward, loss, backward, optimizer, average."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy import ndarray
from threadpoolctl import threadpool_limits

from nn.array_types import Float
from nn.losses import softmax_cross_entropy
from nn.network import Sequential
from nn.optimizers import Adam, WeightAverage

# (logits, targets) of a batch → (losses (N,), the gradient of their sum with respect to the logits)
Loss = Callable[[ndarray, ndarray], tuple[ndarray, ndarray]]


class Runner:
    """Runs each batch in one pass. (nn.fast.ParallelRunner splits it over several cores.)

    x is an array (N, …) of inputs, or any object with a length whose x[rows] is such an array. Use it as
    a context manager: there the BLAS library has one thread, so that results do not depend on the number
    of cores.
    """

    def __init__(self, network: Sequential, loss: Loss = softmax_cross_entropy) -> None:
        self.network = network
        self.loss = loss

    def gradients(
        self, x: Any, targets: ndarray
    ) -> tuple[Float[ndarray, "N"], Float[ndarray, "N ... K"]]:
        """The mean gradient of a batch, written to network.gradients; returns its losses and logits."""
        logits = self.network.forward(x[:])
        losses, dlogits = self.loss(logits, targets)
        self.network.backward(dlogits / len(x))
        return losses, logits

    def logits(self, x: Any, batch_size: int = 128) -> Float[ndarray, "N K"]:
        """The network's logits for any number of inputs."""
        logits = np.empty((len(x), *self.network.shapes[-1]), self.network.dtype)
        for k in range(0, len(x), batch_size):
            logits[k : k + batch_size] = self.network.forward(x[k : k + batch_size])
        return logits

    def __enter__(self) -> "Runner":
        self._limits = threadpool_limits(1, user_api="blas")
        return self

    def __exit__(self, *_: object) -> None:
        self._limits.restore_original_limits()


def train(
    runner: Runner,
    optimizer: Adam,
    batches: Iterable[tuple[Any, ndarray]],
    learning_rates: Iterable[float],
    average: WeightAverage,
) -> Iterator[tuple[Float[ndarray, "N"], Float[ndarray, "N ... K"]]]:
    """Take a step for each batch (x, targets); yield its losses and logits.

    If the loss is not finite, the step is skipped; losses and logits are still yielded.
    """
    for (x, targets), rate in zip(batches, learning_rates, strict=False):
        with np.errstate(all="ignore"):  # overflow shows in the loss, underflow is harmless
            losses, logits = runner.gradients(x, targets)
            if np.isfinite(losses.sum()):
                optimizer.step(runner.network.gradients, rate)
                average.update()
        yield losses, logits
