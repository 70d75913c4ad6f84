"""What the window takes from files and leaves in them: a random test digit, and saved drawings."""

import functools
import itertools
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pygame

from nn.errors import UserError
from window import theme

if TYPE_CHECKING:
    from numpy import ndarray

    from digits.data.dataset import Dataset
    from digits.ink.drawing import PlacedImage


def random_digit(data_dir: Path | None) -> "PlacedImage":
    """One of MNIST's test digits. UserError or OSError where they cannot be had."""
    from digits.ink.drawing import PlacedImage  # the second thread has imported it by now

    dataset = _test_digits(data_dir)
    k = random.randrange(len(dataset))
    return PlacedImage(dataset.images[k], label=int(dataset.labels[k]))


@functools.lru_cache(maxsize=1)
def _test_digits(data_dir: Path | None) -> "Dataset":
    from digits.data import mnist

    if not mnist.is_here("t10k", data_dir):
        raise UserError("MNIST is not here yet: python train.py fetches it")
    return mnist.load("t10k", data_dir)


def save(ink: "ndarray", folder: Path) -> str:
    """Write a drawing, dark on light, and its frame, as MNIST has it, as PNG files in this folder.

    Returns what was saved, in words; UserError or OSError where there is nothing, or it cannot be.
    """
    from digits.ink.framing import frame

    framed = frame(ink, paper=0)
    if framed is None:
        raise UserError("There is nothing to save yet")
    frame_surface = pygame.surfarray.make_surface(framed.T[..., None].repeat(3, axis=2))
    now = time.strftime("%Y-%m-%d-%H%M%S")
    names = itertools.count(2)
    name = now
    while (folder / f"{name}.png").exists():  # two within a second
        name = f"{now}-{next(names)}"
    for suffix, picture in (("", theme.ink_surface(ink)), ("-frame", frame_surface)):
        theme.save_png(picture, folder / f"{name}{suffix}.png")
    return f"Saved {folder / name}.png and {name}-frame.png"
