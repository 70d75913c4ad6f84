"""How long the window works between a mouse movement and its new answer, and how soon it is there.

Drives the real window under SDL's dummy driver, a movement at a time: `python benchmarks/latency.py`
"""

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

from digits.environment import environment
from digits.ink.drawing import spline
from digits.recogniser import Recogniser
from window.app import App
from window.screenshot import THREE, mouse_events


def main():
    print(environment()["machine"])
    recogniser = Recogniser(PROJECT / "weights/digits.npz")
    for size in ((960, 680), (1920, 1360), (3840, 2160)):
        app = App(size, lambda: recogniser)
        app.ready(recogniser)
        app.process([])
        times = []
        for event in mouse_events(app.layout.paper, spline(THREE, pieces=30)):
            started = time.perf_counter()
            app.process([event])
            times.append(1000 * (time.perf_counter() - started))
        app.close()
        times.sort()
        median = statistics.median(times)
        worst = times[int(0.99 * len(times))]
        print(f"{size[0]}×{size[1]}: movement to answer {median:.1f} ms, 99 % within {worst:.1f} ms")

    starts = []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "draw.py", "--screenshot", f"{folder}/window.png"]
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run(command, cwd=PROJECT, check=True)
            starts.append(time.perf_counter() - started)
    print(f"command to window with an answer in it: median {statistics.median(starts):.2f} s")


if __name__ == "__main__":
    main()
