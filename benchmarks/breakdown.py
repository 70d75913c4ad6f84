"""Where our own time goes: layer by layer, against the machine's best, and trick by trick.

    python benchmarks/breakdown.py

First the time of each step of the network, forward and backward, on one thread, and which part of
the machine's own rate for matrix products the whole step reaches. Then the training speed with each
technique switched off, taking turns, so that its gain is a number. All of it with the shipped
weights: the backward pass is faster the more a network has learned (nn/kernels/sparse.py).
"""

import contextlib
import statistics
import sys
import time
from pathlib import Path
from unittest import mock

import numpy as np
from threadpoolctl import threadpool_limits

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
from digits.data import mnist as data
from digits.data.augmentation import random_warps
from digits.kernels import warp
from digits.model import build_cnn
from digits.training import machine
from nn import aligned, kernels, network
from nn import micro_batches as blocks
from nn.data_parallel import Workers, available_cores
from nn.fast import fused_steps as fused
from nn.losses import softmax_cross_entropy
from nn.optimizers import Adam
from nn.weights import load_weights

BATCH, REPEATS, ROUNDS, STEPS = 128, 40, 7, 40


def main():
    digits = data.load("train")
    warps = random_warps(len(digits.labels), np.random.default_rng(0))
    print(machine()["machine"])
    steps_of_the_network(digits, warps)
    techniques(digits, warps)


def steps_of_the_network(digits, warps):
    """Print microseconds an image of every step, and what share of the machine's rate that is."""
    net, which = shipped(), np.arange(blocks.BLOCK)
    x = aligned.empty((len(which), 28, 28, 1), np.float32)
    spent = {}

    def timed(name, function, *arguments):
        started = time.perf_counter()
        result = function(*arguments)
        spent.setdefault(name, []).append(1e6 * (time.perf_counter() - started) / len(which))
        return result

    with threadpool_limits(1, user_api="blas"):
        rates = list(matrix_rates())
        for _ in range(REPEATS):
            timed("warp", warp, digits.images[which], warps[which], x)
            y = x
            for k, step in enumerate(net.steps):
                y = timed(f"{k} {step.kind}, forward", step.forward, y)
            _, dy = timed("loss", softmax_cross_entropy, y, digits.labels[which])
            for k, step in reversed(list(enumerate(net.steps))):
                dy = timed(f"{k} {step.kind}, backward", step.backward, dy)
    print("\nOne thread, µs an image (median)")
    total = 0
    for name, times in spent.items():
        total += statistics.median(times)
        print(f"  {statistics.median(times):6.1f}  {name}")
    print(f"  {total:6.1f}  together")

    needed = 2 * sum(multiply_adds(net)) / total / 1e3  # GFLOP/s
    print("\nGFLOP/s of one thread's matrix products:", ", ".join(f"{n}: {r:.0f}" for n, r in rates))
    best = max(rate for _, rate in rates)
    print(f"The plain sums of a step in its time: {needed:.0f} GFLOP/s, {needed / best:.0%} of the best")
    print("(Winograd needs fewer than the plain sums; see nn/kernels/fused.py)")


def shipped():
    """A network with the shipped weights."""
    net = build_cnn()
    load_weights(PROJECT / "weights/digits.npz", net)
    return net


def matrix_rates():
    """(what, GFLOP/s) of a large square product and of the second convolution's im2col product."""
    rng = np.random.default_rng(0)
    for name, (n, k, m) in {"1024³": (1024, 1024, 1024), "conv2": (121 * 16, 288, 64)}.items():
        a, b = (rng.standard_normal(s).astype(np.float32) for s in ((n, k), (k, m)))
        out, times = np.empty((n, m), np.float32), []
        for _ in range(20):
            started = time.perf_counter()
            np.matmul(a, b, out=out)
            times.append(time.perf_counter() - started)
        yield name, 2 * n * k * m / statistics.median(times) / 1e9


def multiply_adds(net):
    """Multiply-adds an image of each layer with weights, forward and twice backward (once at first)."""
    for k, (layer, shape) in enumerate(zip(net.layers, net.shapes[1:], strict=True)):
        if layer.params:
            places = np.prod(shape[:-1]) if len(shape) > 1 else 1
            yield (2 if k == 0 else 3) * layer.params["W"].size * places


def numpy_im2col(x, kernel_size, stride, padding, patches):
    """im2col as well as NumPy alone can do it: a view of all windows, copied once."""
    (KH, KW), (SH, SW), (PH, PW) = kernel_size, stride, padding
    if PH or PW:
        x = np.pad(x, ((0, 0), (PH, PH), (PW, PW), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (KH, KW), axis=(1, 2))[:, ::SH, ::SW]
    patches.reshape(*windows.shape[:3], KH, KW, -1)[:] = windows.transpose(0, 1, 2, 4, 5, 3)


def numpy_col2im(dpatches, kernel_size, stride, padding, dx):
    """col2im as well as NumPy alone can do it: one addition for each place in the window."""
    (N, H, W, C), (KH, KW), (SH, SW), (PH, PW) = dx.shape, kernel_size, stride, padding
    OH, OW = (H + 2 * PH - KH) // SH + 1, (W + 2 * PW - KW) // SW + 1
    padded = np.zeros((N, H + 2 * PH, W + 2 * PW, C), dx.dtype)
    parts = dpatches.reshape(N, OH, OW, KH, KW, C)
    for a in range(KH):
        for b in range(KW):
            padded[:, a : a + SH * OH : SH, b : b + SW * OW : SW] += parts[:, :, :, a, b]
    dx[:] = padded[:, PH : PH + H, PW : PW + W]


def without(kind):
    """A fuse() that leaves the layers as they are where it would put a step of this kind."""

    def fuse(layers):
        steps, k = [], 0
        for step in fused.fuse(layers):
            count = 3 if isinstance(step, (fused.DirectStep, fused.WinogradStep)) else 1
            steps += layers[k : k + count] if isinstance(step, kind) else [step]
            k += count
        return steps

    return fuse


def techniques(digits, warps):
    """Print training images/s of one process with everything on, and with each technique off."""
    cores = available_cores()
    plain = mock.patch.object(network, "fuse", list)
    variants = {
        "everything": [],
        f"{cores} processes": [],
        "no warps": [],
        "blocks of 128 images, the whole batch": [mock.patch.object(blocks, "BLOCK", 128)],
        "blocks of 8 images": [mock.patch.object(blocks, "BLOCK", 8)],
        "Winograd on a whole block at a time": [mock.patch.object(fused, "PART", 10_000)],
        "no direct first convolution": [
            mock.patch.object(network, "fuse", without(fused.DirectStep)),
        ],
        "no Winograd in the second": [
            mock.patch.object(network, "fuse", without(fused.WinogradStep)),
        ],
        "no Winograd in the third": [
            mock.patch.object(network, "fuse", without(fused.WinogradConv)),
        ],
        "arrays that begin anywhere": [mock.patch.object(aligned, "empty", np.empty)],
        "nothing fused: layers.py as it stands": [plain],
        "nothing fused, im2col and col2im in NumPy": [
            plain,
            mock.patch.object(kernels, "im2col", numpy_im2col),
            mock.patch.object(kernels, "col2im", numpy_col2im),
        ],
    }
    speeds = {name: [] for name in variants}
    still = random_warps(len(digits.labels), np.random.default_rng(0), strength=0)
    for _ in range(ROUNDS):
        for name, patches in variants.items():
            with contextlib.ExitStack() as stack:
                for patch in patches:
                    stack.enter_context(patch)
                processes = cores if name.endswith("processes") else 1
                moved = still if name == "no warps" else warps
                speeds[name].append(training_speed(digits, moved, processes))
    best = statistics.median(speeds["everything"])
    print(f"\nTraining images/s of one process, batch {BATCH}, and the share of everything together")
    for name, values in speeds.items():
        speed = statistics.median(values)
        print(f"  {speed:7,.0f}  {speed / best:5.0%}  {name}  ({min(values):,.0f}–{max(values):,.0f})")


def training_speed(digits, warps, processes):
    """Images a second over STEPS steps, after two to warm up."""
    net = shipped()
    adam = Adam([net.parameters])
    order = np.random.default_rng(0).permutation(len(digits.labels))
    with Workers(net, processes) as workers:
        workers.wait()
        for k in range(STEPS + 2):
            if k == 2:
                started = time.perf_counter()
            workers.gradients(digits, order[k * BATCH : (k + 1) * BATCH], warps)
            adam.step([net.gradients], 1e-3)
    return STEPS * BATCH / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
