"""What several tests need: checked shapes, real MNIST (fetched on first use), a generator, a window."""

import importlib
import os
import signal
import sys
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # the tests themselves take all cores
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["SDL_VIDEODRIVER"] = "dummy"  # windows need no screen here
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"

from jaxtyping import install_import_hook

# From here on every call in nn/ is checked against the types and shapes that it is annotated with, but
# for the kernels, which numba compiles. (With the numeric tower of PEP 484 an int will do as a float.)
NN = Path(__file__).resolve().parent.parent / "nn"
CHECKED = [
    ".".join(("nn", *path.relative_to(NN).with_suffix("").parts))
    for path in NN.rglob("*.py")
    if "kernels" not in path.parts
]
install_import_hook(CHECKED, "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

import numpy as np
import pytest

from digits.command_line import run_program
from digits.data import mnist
from digits.reading.recogniser import Recogniser
from tests.helpers import WEIGHTS, in_float64
from tests.rounding import machine
from window.app import App


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes():
    """MNIST is fetched once, and not by each worker."""
    for split in ("train", "t10k"):
        if not mnist.is_here(split):
            mnist.load(split)


def pytest_terminal_summary(terminalreporter, exitstatus):
    """Where a test is red on one machine and green on others, the kernels may be why."""
    if exitstatus:
        terminalreporter.write_line(f"Computed by {machine()}")


@pytest.fixture(scope="session")
def train_digits():
    return mnist.load("train")


@pytest.fixture(scope="session")
def test_digits():
    return mnist.load("t10k")


@pytest.fixture
def usual_signals():
    """Programs that a test starts hear Ctrl-C, also where the tests run under nohup or in a background.

    (A process inherits from the one that starts it which signals it ignores.)
    """
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}
    for name in names:
        if before[name] is signal.SIG_IGN and name != "SIGTERM":
            signal.signal(getattr(signal, name), signal.default_int_handler)
    yield
    for name in names:
        signal.signal(getattr(signal, name), before[name])


@pytest.fixture
def program(monkeypatch, capfd, usual_signals):
    """program("evaluate.py", option, …) → (exit status, stdout, stderr), run in this process.

    For all that a process of its own would not change; else there is tests.helpers.call.
    """

    def run(name, *options):
        monkeypatch.setattr(sys, "argv", [name, *map(str, options)])
        main = importlib.import_module(name.removesuffix(".py")).main
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            run_program(main)
        return (end.value.code, *capfd.readouterr())

    return run


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def recogniser():
    return Recogniser(WEIGHTS)


@pytest.fixture(scope="session")
def exact_recogniser():
    """The same weights in float64, where what is read in other batches is equal but for rounding."""
    recogniser = Recogniser(WEIGHTS)
    recogniser.network = in_float64(recogniser.network)
    return recogniser


@pytest.fixture
def app(recogniser, tmp_path):
    window = App((960, 680), lambda: recogniser, save_dir=tmp_path / "saved", is_dark=False)
    window.ready(recogniser)
    window.process([])
    yield window
    window.close()
