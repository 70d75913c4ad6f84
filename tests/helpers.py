"""Start a program as a user does, and see that it refuses what it should in one line."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digits.model import build_cnn
from nn.fast import accelerate

PROJECT = Path(__file__).resolve().parent.parent
WEIGHTS = PROJECT / "weights/digits.npz"
PNG = b"\x89PNG\r\n\x1a\n"


# Windows has neither such signals and devices nor processes that close what they inherit.
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")

# As most users have it, who see only at the end that what was printed could not be written.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def in_float64(network, plain=False):
    """The digit network with the same parameters, in float64."""
    exact = build_cnn(dtype=np.float64)
    exact.parameters[:] = network.parameters
    return exact if plain else accelerate(exact)


def start(program, *options, **popen):
    command = [sys.executable, str(PROJECT / program), *map(str, options)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, **(pipes | {"cwd": PROJECT, "env": ENVIRONMENT} | popen))


def call(program, *options, **popen):
    """(exit status, standard output, standard error)."""
    process = start(program, *options, **popen)
    out, err = process.communicate()
    return process.returncode, out, err


def assert_refused(result, *parts):
    """Exit status 2 and exactly one line, which has all these parts."""
    status, _, err = result
    assert status == 2, err
    lines = [line for line in err.splitlines() if not line.startswith("Fetching MNIST")]
    assert len(lines) == 1, err
    for part in parts:
        assert part in lines[0]
