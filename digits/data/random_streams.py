"""Randomness of a run, but for the initial weights: named streams, each seeded by (seed, stream, …).

So none depends on how much was sampled from another, and a run that goes on from a checkpoint samples
what it would have without the break. The network's initial weights have a generator of their own, seeded
by the seed alone (nn/network.py).
"""

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What is sampled. The numbers are part of what a seed means: they never change."""

    SPLIT = 1  # which digits are held out for validation
    EPOCH = 2  # the order and the warps of one epoch, of that number
    SYNTHETIC = 3  # the synthetic digits and OOD images
    GLYPHS = 4  # the characters of which lines are composed
    LINES = 5  # the lines of one step, of that number
    VALIDATION_LINES = 6
    TEXTURES = 7  # of which photographs are made
    PHOTOGRAPHS = 8  # those of one step, of that number
    VALIDATION_PHOTOGRAPHS = 9


def generator(seed: int, stream: Stream, *numbers: int) -> np.random.Generator:
    """The random numbers of this stream of a run; `numbers` tell one epoch from another."""
    return np.random.default_rng([seed, int(stream), *numbers])
