"""How long the window works between a movement and its answer, alone and beside two busy programs.

Drives the real window under SDL's dummy driver, a movement at a time: `python benchmarks/latency.py`
"""

import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ |= {"SDL_VIDEODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

import numpy as np

from digits.environment import environment
from digits.ink.drawing import spline
from digits.reading.recogniser import Recogniser
from window.app import App
from window.commands import run_command
from window.screenshot import THREE, mouse_events

SIZES = ((960, 680), (1920, 1360), (3840, 2160))
STROKES = 4  # of 481 movements each


def spin():
    """A program that never rests."""
    while True:
        pass


def measure(size, recogniser, is_inside=False):
    """(median, 99th percentile) in ms from a movement to the window that shows its answer."""
    app = App(size, lambda: recogniser, is_dark=False)
    app.ready(recogniser)
    if is_inside:
        run_command(app.state, "Inside")
    app.process([])
    times = []
    for _ in range(STROKES):
        for event in mouse_events(app.state.layout.paper, spline(THREE, pieces=30)):
            started = time.perf_counter()
            app.process([event])
            times.append(1000 * (time.perf_counter() - started))
        run_command(app.state, "Clear")
        app.process([])
    app.close()
    return np.percentile(times, [50, 99])


def main():
    print(environment()["machine"])
    recogniser = Recogniser(PROJECT / "weights/digits.npz")
    recogniser.warm_up()
    for name in ("alone", "beside two busy programs"):
        others = [multiprocessing.Process(target=spin, daemon=True) for _ in range(2)]
        if name != "alone":
            for process in others:
                process.start()
        for size in SIZES:
            median, most = measure(size, recogniser)
            words = f"movement to answer {median:.1f} ms, 99 % within {most:.1f} ms"
            print(f"{size[0]}×{size[1]}, {name}: {words}", flush=True)
            median, most = measure(size, recogniser, is_inside=True)
            print(f"  with the inside open {median:.1f} ms, 99 % within {most:.1f} ms", flush=True)
        if name != "alone":
            for process in others:
                process.kill()

    starts = []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "draw.py", "--screenshot", f"{folder}/window.png"]
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
            starts.append(time.perf_counter() - started)
    print(f"command to window with an answer in it: median {statistics.median(starts):.2f} s")


if __name__ == "__main__":
    main()
