"""What the window takes from files and leaves in them: a random test digit, and saved drawings."""

import functools
import itertools
import random
import time

import pygame

from nn.errors import UserError
from window import theme


def random_digit(data_dir):
    """A Picture of one of MNIST's test digits. UserError or OSError where they cannot be had."""
    from digits.ink.drawing import Picture  # imported long since, by the second thread

    digits = _test_digits(data_dir)
    k = random.randrange(len(digits.labels))
    return Picture(digits.images[k], label=int(digits.labels[k]))


@functools.lru_cache(maxsize=1)
def _test_digits(data_dir):
    from digits.data import mnist as data

    if not data.is_here("t10k", data_dir):
        raise UserError("MNIST is not here yet: python train.py fetches it")
    return data.load("t10k", data_dir)


def save(ink, folder):
    """Write a drawing, dark on light, and its frame, as MNIST has it, as PNG files in this folder.

    Returns what was saved, in words; UserError or OSError where there is nothing, or it cannot be.
    """
    from digits.ink.framing import frame

    framed = frame(ink, paper=0)
    if framed is None:
        raise UserError("There is nothing to save yet")
    framed = pygame.surfarray.make_surface(framed.T[..., None].repeat(3, axis=2))
    now, names = time.strftime("%Y-%m-%d-%H%M%S"), itertools.count(2)
    name = now
    while (folder / f"{name}.png").exists():  # two within a second
        name = f"{now}-{next(names)}"
    for suffix, picture in (("", theme.ink_surface(ink)), ("-frame", framed)):
        theme.save_png(picture, folder / f"{name}{suffix}.png")
    return f"Saved {folder / name}.png and {name}-frame.png"
