"""What several tests need: real MNIST (fetched on first use), and a seeded generator."""

import numpy as np
import pytest

from nn import data


@pytest.fixture(scope="session")
def train_digits():
    return data.load("train")


@pytest.fixture(scope="session")
def test_digits():
    return data.load("t10k")


@pytest.fixture
def rng():
    return np.random.default_rng(7)
