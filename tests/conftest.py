"""What several tests need: real MNIST (fetched on first use), a seeded generator, a window."""

import os

os.environ["SDL_VIDEODRIVER"] = "dummy"  # windows need no screen here

import numpy as np
import pytest

from digits.data import mnist
from digits.recogniser import Recogniser
from tests.helpers import WEIGHTS
from window.app import App


@pytest.fixture(scope="session")
def train_digits():
    return mnist.load("train")


@pytest.fixture(scope="session")
def test_digits():
    return mnist.load("t10k")


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def recogniser():
    return Recogniser(WEIGHTS)


@pytest.fixture
def app(recogniser, tmp_path):
    window = App((960, 680), lambda: recogniser, save_dir=tmp_path / "saved")
    window.ready(recogniser)
    window.process([])
    yield window
    window.close()
