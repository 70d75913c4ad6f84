"""This project against each framework that is installed, on the same cores, taking turns.

    pip install -r benchmarks/requirements.txt && python benchmarks/compare.py

For Linux, as it asks the system how much memory each process took.
Each contestant is a process of its own (contestants.py). A round asks each in turn, so that what
else the machine does hits all alike; figures are medians over the rounds, with the spread from the
lowest to the highest. Starting and compiling are measured apart. Writes benchmarks/results.json
and images/benchmark.png.

Our own training gets faster as the network learns, since more and more of its gradients are zero
(nn/kernels/sparse.py); so speed is measured in the first steps, from new weights, and then with all
contestants going on from the shipped weights, with which all must give the same answers.
"""

import argparse
import contextlib
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
from digits.command_line import run_program
from digits.environment import environment
from nn.fast import available_cores
from nn.files import ensure_writable, replace_file

NEEDS = {
    "this project": "numba",
    "PyTorch eager": "torch",
    "PyTorch channels_last": "torch",
    "PyTorch compiled": "torch",
    "Keras fit": "tensorflow",
    "Keras fit, jit": "tensorflow",
    "JAX jit": "jax",
}
OURS = "this project"
# Tried in this order by every contestant; its time is that of the quickest that reaches 99 %.
SCHEDULES = [(1, 3e-3), (1, 6e-3), (2, 3e-3), (2, 6e-3), (3, 3e-3), (3, 6e-3)]


class Process:
    """A contestant that has started, trained its first batch, and waits to be asked."""

    def __init__(self, name, threads, caches):
        environment = os.environ | {
            "OMP_NUM_THREADS": str(threads),
            "NUMBA_CACHE_DIR": f"{caches}/numba",
            "TORCHINDUCTOR_CACHE_DIR": f"{caches}/torch",
            "JAX_COMPILATION_CACHE_DIR": f"{caches}/jax",
        }
        command = [sys.executable, str(PROJECT / "benchmarks/contestants.py"), name, str(threads)]
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 — read once the process has died
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.errors}
        started = time.perf_counter()
        self.process = subprocess.Popen(command, text=True, env=environment, **pipes)
        self._answer()
        self.start = time.perf_counter() - started

    def ask(self, do, **task):
        self.process.stdin.write(json.dumps({"do": do, **task}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def end(self):
        self.process.stdin.close()
        self.process.wait()

    def _answer(self):
        for line in self.process.stdout:
            if line.startswith("ANSWER "):
                return json.loads(line.removeprefix("ANSWER "))
        self.errors.seek(0)
        raise RuntimeError(f"{self.process.args[2]} ended with: {self.errors.read()[-300:]}")


def measure(names, threads, rounds):
    """All figures of these contestants with so many threads: {name: {figure: value or list}}."""
    figures = {name: {} for name in names}
    running = {}
    with contextlib.ExitStack() as stack:
        for name in names:
            caches = stack.enter_context(tempfile.TemporaryDirectory())
            cold = Process(name, threads, caches)
            cold.end()
            running[name] = Process(name, threads, caches)
            stack.callback(running[name].end)
            figures[name] |= {"cold_start": cold.start, "warm_start": running[name].start}
            losses = [running[name].ask("train", steps=100)["loss"] for _ in range(3)]
            figures[name]["losses"] = losses
            if not losses[2] < 0.5 * losses[0]:
                raise RuntimeError(f"{name} does not learn: {losses}")
            print(f"  {name}: ready, loss {losses[0]:.2f} → {losses[2]:.2f}", flush=True)
        for _ in range(rounds):
            for name, process in running.items():
                speed = process.ask("train", steps=60)["images_per_second"]
                figures[name].setdefault("first_training", []).append(speed)
        right = {name: process.ask("adopt")["right"] for name, process in running.items()}
        if max(right.values()) - min(right.values()) > 1:
            raise RuntimeError(f"the same weights, but other answers: {right}")
        for _ in range(rounds):
            for name, process in running.items():
                add = figures[name].setdefault
                add("training", []).append(process.ask("train", steps=60)["images_per_second"])
                process.ask("infer", times=1)
                add("inference", []).append(process.ask("infer", times=5)["images_per_second"])
                process.ask("one", times=20)
                add("one_image", []).append(process.ask("one", times=200)["microseconds"])
        for name, process in running.items():
            figures[name]["megabytes"] = process.ask("memory")["megabytes"]
    return figures


def learn(names, threads):
    """Seconds of training until 99 % of the test digits are right: {name: all six tries}."""
    tries = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as caches:
        for epochs, rate in SCHEDULES:
            for name in names:
                process = Process(name, threads, caches)
                answer = process.ask("learn", epochs=epochs, rate=rate)
                process.end()
                tries[name].append({"epochs": epochs, "rate": rate} | answer)
                print(f"  {name}: {epochs} epochs at {rate:g}: {answer}", flush=True)
    return tries


def table(figures):
    """The medians (and spreads of training) as lines of Markdown."""
    yield (
        "| | training images/s | in the first steps | inference images/s | one image µs "
        "| start cold / warm s | memory MB |"
    )
    yield "|---|---|---|---|---|---|---|"
    for name, f in figures.items():
        spread = f"{min(f['training']):,.0f}–{max(f['training']):,.0f}"
        keys = ("training", "first_training", "inference", "one_image")
        middle = {key: statistics.median(f[key]) for key in keys}
        yield (
            f"| {name} | {middle['training']:,.0f} ({spread}) | {middle['first_training']:,.0f} | "
            f"{middle['inference']:,.0f} | {middle['one_image']:,.0f} | "
            f"{f['cold_start']:.1f} / {f['warm_start']:.1f} | {f['megabytes']:,.0f} |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    cores = available_cores()
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, min(2, cores), cores}))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=PROJECT / "benchmarks/results.json")
    parser.add_argument("--chart", type=Path, default=PROJECT / "images/benchmark.png")
    options = parser.parse_args()
    ensure_writable(options.out.parent)
    ensure_writable(options.chart.parent)

    packages = set(NEEDS.values()) | {"numpy", "keras"}
    versions = {}
    for package in sorted(packages):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    if "tensorflow" not in versions:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions["tensorflow"] = importlib.metadata.version("tensorflow-cpu")
    names = [name for name, need in NEEDS.items() if need in versions]
    results = {"machine": environment()["machine"], "cores": cores, "versions": versions, "threads": {}}
    print(f"{results['machine']}, {cores} cores; {versions}")
    for threads in options.threads:
        print(f"\n{threads} thread{'s' * (threads > 1)}", flush=True)
        results["threads"][threads] = measure(names, threads, options.rounds)
        print("\n".join(table(results["threads"][threads])), flush=True)
        write(results, options.out)

    threads = max(options.threads)
    figures = results["threads"][threads]
    peers = sorted(set(names) - {OURS}, key=lambda n: -statistics.median(figures[n]["training"]))
    print(f"\nTo 99 % of the test digits, {threads} threads", flush=True)
    results["to_99_percent"] = learn([OURS, *peers[:2]], threads)
    for name, tries in results["to_99_percent"].items():
        reached = [t["seconds"] for t in tries if t["accuracy"] >= 0.99]
        print(f"{name}: {min(reached):.1f} s" if reached else f"{name}: not within 3 epochs")
    write(results, options.out)

    from digits.evaluation import plots

    plots.benchmark(results, options.chart)
    print(f"\nSaved {options.out} and {options.chart}")


def write(results, path):
    with replace_file(path) as beside:
        beside.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    run_program(main)
