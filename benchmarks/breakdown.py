"""Where our own time goes: layer by layer, against the machine's best, and technique by technique.

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
from digits.data import mnist
from digits.data.augmentation import Inputs, random_warps
from digits.environment import environment
from digits.kernels import warp
from digits.model import load_cnn
from nn import kernels
from nn.fast import ParallelRunner, accelerate, available_cores, buffers, fused_steps, parallel
from nn.fast.fused_steps import FAST_TWINS, DirectStep, WinogradStep
from nn.fast.winograd_conv import WinogradConv
from nn.losses import softmax_cross_entropy
from nn.optimizers import Adam

BATCH = 128  # images a training step
STEPS = 40  # training steps whose speed is measured at a time
ROUNDS = 7  # in which all variants take turns
REPEATS = 40  # of each step of the network


def main():
    digits = mnist.load("train")
    warps = random_warps(len(digits), np.random.default_rng(0))
    print(environment()["machine"])
    steps_of_the_network(digits, warps)
    techniques(digits, warps)


def steps_of_the_network(digits, warps):
    """Print microseconds an image of every step, and what share of the machine's rate that is."""
    network = shipped()
    few = digits[: parallel.MICRO_BATCH]
    x = np.empty((len(few), 28, 28, 1), np.float32)
    spent = {}

    def timed(name, function, *arguments):
        started = time.perf_counter()
        result = function(*arguments)
        spent.setdefault(name, []).append(1e6 * (time.perf_counter() - started) / len(few))
        return result

    with threadpool_limits(1, user_api="blas"):
        rates = list(matrix_rates())
        for _ in range(REPEATS):
            timed("warp", warp, few.images, warps[: len(few)], x)
            y = x
            for k, step in enumerate(network.executed):
                y = timed(f"{k} {step.kind}, forward", step.forward, y)
            _, dy = timed("loss", softmax_cross_entropy, y, few.labels)
            for k, step in reversed(list(enumerate(network.executed))):
                dy = timed(f"{k} {step.kind}, backward", step.backward, dy)
    print("\nOne thread, µs an image (median)")
    total = 0
    for name, times in spent.items():
        total += statistics.median(times)
        print(f"  {statistics.median(times):6.1f}  {name}")
    print(f"  {total:6.1f}  together")

    needed = 2 * sum(multiply_adds(network)) / total / 1e3  # GFLOP/s
    print("\nGFLOP/s of one thread's matrix products:", ", ".join(f"{n}: {r:.0f}" for n, r in rates))
    best = max(rate for _, rate in rates)
    reached = f"{needed:.0f} GFLOP/s, {needed / best:.0%} of the best"
    print(f"The plain arithmetic of a step in its time: {reached}")
    print("(Winograd needs fewer operations; see nn/kernels/fused.py)")


def shipped(twins=FAST_TWINS):
    """A network with the shipped weights; `twins` are the fast twins of layers that it uses."""
    network, _ = load_cnn(PROJECT / "weights/digits.npz", plain=True)
    return accelerate(network, twins)


def matrix_rates():
    """(what, GFLOP/s) of a large square product and of the second convolution's im2col product."""
    rng = np.random.default_rng(0)
    for name, (n, k, m) in {"1024³": (1024, 1024, 1024), "conv2": (121 * 16, 288, 64)}.items():
        a, b = (rng.standard_normal(s).astype(np.float32) for s in ((n, k), (k, m)))
        out = np.empty((n, m), np.float32)
        times = []
        for _ in range(20):
            started = time.perf_counter()
            np.matmul(a, b, out=out)
            times.append(time.perf_counter() - started)
        yield name, 2 * n * k * m / statistics.median(times) / 1e9


def multiply_adds(network):
    """Multiply-adds an image of each layer with weights, forward and twice backward (once at first)."""
    for k, (layer, shape) in enumerate(zip(network.layers, network.shapes[1:], strict=True)):
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


def techniques(digits, warps):
    """Print training images/s of one thread with everything on, and with each technique off."""
    cores = available_cores()
    patch = mock.patch.object
    # name → (the fast twins in use, what is replaced meanwhile)
    variants = {
        "everything": (FAST_TWINS, []),
        f"{cores} threads": (FAST_TWINS, []),
        "no warps": (FAST_TWINS, []),
        "micro-batches of 128 images, the whole batch": (
            FAST_TWINS,
            [patch(parallel, "MICRO_BATCH", 128)],
        ),
        "micro-batches of 8 images": (FAST_TWINS, [patch(parallel, "MICRO_BATCH", 8)]),
        "Winograd on a whole micro-batch at a time": (
            FAST_TWINS,
            [patch(fused_steps, "IMAGES_IN_CACHE", 10_000)],
        ),
        "no direct first convolution": ((WinogradStep, WinogradConv), []),
        "no Winograd in the second": ((DirectStep, WinogradConv), []),
        "no Winograd in the third": ((DirectStep, WinogradStep), []),
        "arrays that begin anywhere": (FAST_TWINS, [patch(buffers, "aligned_empty", np.empty)]),
        "nothing fused: nn/layers.py as it stands (--plain)": ((), []),
        "nothing fused, im2col and col2im in NumPy": (
            (),
            [patch(kernels, "im2col", numpy_im2col), patch(kernels, "col2im", numpy_col2im)],
        ),
    }
    speeds = {name: [] for name in variants}
    still = random_warps(len(digits), np.random.default_rng(0), strength=0)
    for _ in range(ROUNDS):
        for name, (twins, patches) in variants.items():
            with contextlib.ExitStack() as stack:
                for replaced in patches:
                    stack.enter_context(replaced)
                threads = cores if name.endswith("threads") else 1
                moved = still if name == "no warps" else warps
                speeds[name].append(training_speed(shipped(twins), digits, moved, threads))
    best = statistics.median(speeds["everything"])
    print(f"\nTraining images/s of one thread, batch {BATCH}, and the share of everything together")
    for name, values in speeds.items():
        speed = statistics.median(values)
        print(f"  {speed:7,.0f}  {speed / best:5.0%}  {name}  ({min(values):,.0f}–{max(values):,.0f})")


def training_speed(network, digits, warps, threads):
    """Images a second over STEPS steps, after two to warm up."""
    adam = Adam(network.parameters)
    order = np.random.default_rng(0).permutation(len(digits))
    with ParallelRunner(network, threads) as runner:
        for k in range(STEPS + 2):
            if k == 2:
                started = time.perf_counter()
            rows = order[k * BATCH : (k + 1) * BATCH]
            runner.gradients(Inputs(digits.images[rows], warps[rows]), digits.labels[rows])
            adam.step(network.gradients, 1e-3)
    return STEPS * BATCH / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
