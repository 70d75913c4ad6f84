"""One contestant, this project or a framework: `python benchmarks/contestants.py NAME THREADS`.

It loads, trains one batch, says how long that took, and then does what it is asked for, a line of
JSON in, a line of JSON out. compare.py starts one process for each and lets them take turns.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
from frameworks import BATCH, Jax, Keras, Torch

from digits.data import mnist
from digits.data.dataset import to_input


class Ours:
    """This project. Each digit passes through the warp as in real training, here by nothing."""

    def __init__(self, threads, digits):
        from digits.data.augmentation import Inputs, random_warps
        from digits.model import build_cnn
        from nn.fast import ParallelRunner, accelerate
        from nn.optimizers import Adam

        self.inputs = Inputs
        self.network = accelerate(build_cnn())
        self.digits = digits
        self.adam = Adam(self.network.parameters)
        self.runner = ParallelRunner(self.network, threads).__enter__()
        self.warps = random_warps(len(digits), np.random.default_rng(0), strength=0)

    def step(self, which, rate):
        inputs = self.inputs(self.digits.images[which], self.warps[which])
        losses, _ = self.runner.gradients(inputs, self.digits.labels[which])
        self.adam.step(self.network.gradients, rate)
        return float(losses.mean())

    def adopt(self, parameters):
        for layer, pair in zip([x for x in self.network.layers if x.params], parameters, strict=True):
            layer.params["W"][:], layer.params["b"][:] = pair

    def predict(self, images):
        return self.runner.logits(self.inputs(images)) if len(images) > 1 else self.one(images)

    def one(self, images):
        return self.network.forward(to_input(images))


MAKERS = {
    "this project": Ours,
    "PyTorch eager": lambda t, d: Torch(t, d, "eager"),
    "PyTorch channels_last": lambda t, d: Torch(t, d, "channels_last"),
    "PyTorch compiled": lambda t, d: Torch(t, d, "compiled"),
    "Keras fit": lambda t, d: Keras(t, d, "plain"),
    "Keras fit, jit": lambda t, d: Keras(t, d, "jit"),
    "JAX jit": Jax,
}


def train(contestant, which, rates):
    """Train on the digits of these numbers, a rate for each batch. (seconds, mean loss)."""
    started = time.perf_counter()
    if hasattr(contestant, "steps"):
        loss = contestant.steps(which, rates)
    else:
        batches = np.split(which, range(BATCH, len(which), BATCH))
        loss = np.mean([contestant.step(b, r) for b, r in zip(batches, rates, strict=True)])
    return time.perf_counter() - started, float(loss)


def shipped_parameters():
    """W and b of each layer of the shipped weights, as nn/layers.py has them."""
    from digits.model import load_cnn

    network, _ = load_cnn(PROJECT / "weights/digits.npz")
    return [(x.params["W"], x.params["b"]) for x in network.layers if x.params]


def seconds(function, times):
    started = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - started) / times


def main():
    name = sys.argv[1]
    threads = int(sys.argv[2])
    if hasattr(os, "sched_setaffinity"):  # the one limit that holds for every framework
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    digits, test = mnist.load("train"), mnist.load("t10k")
    contestant = MAKERS[name](threads, digits)
    train(contestant, np.arange(BATCH), [1e-3])
    say({"ready": True})
    rng = np.random.default_rng(0)
    for line in sys.stdin:
        task = json.loads(line)
        if task["do"] == "train":
            which = rng.permutation(60000)[: task["steps"] * BATCH]
            spent, loss = train(contestant, which, [1e-3] * task["steps"])
            say({"images_per_second": len(which) / spent, "loss": loss})
        elif task["do"] == "adopt":
            contestant.adopt(shipped_parameters())
            guesses = np.argmax(contestant.predict(digits.images[:1000]), axis=1)
            say({"right": int(np.sum(guesses == digits.labels[:1000]))})
        elif task["do"] == "infer":
            spent = seconds(lambda: contestant.predict(test.images[:1000]), task["times"])
            say({"images_per_second": 1000 / spent})
        elif task["do"] == "one":
            spent = seconds(lambda: contestant.predict(test.images[:1]), task["times"])
            say({"microseconds": 1e6 * spent})
        elif task["do"] == "learn":  # from new weights, if need be compiled first, then timed
            from nn.optimizers import warmup_cosine

            fresh = MAKERS[name](threads, digits)
            train(fresh, np.arange(BATCH), [0.0])
            total = 60000 * task["epochs"] // BATCH
            spent = 0.0
            for epoch in range(task["epochs"]):
                first = epoch * (60000 // BATCH)
                count = min(60000 // BATCH, total - first)
                steps = range(first, first + count)
                rates = [warmup_cosine(step, total, task["rate"], 0.1, final_rate=0) for step in steps]
                spent += train(fresh, rng.permutation(60000)[: count * BATCH], rates)[0]
            guesses = [fresh.predict(test.images[k : k + 1000]) for k in range(0, 10000, 1000)]
            accuracy = float(np.mean(np.concatenate(guesses).argmax(axis=1) == test.labels))
            say({"seconds": spent, "accuracy": accuracy})
        elif task["do"] == "memory":
            say({"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


def say(answer):
    print("ANSWER " + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
