"""Training the ink network on photographs of which the ink is known. See digits/data/scenes.py."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from digits.data.clutter import compose
from digits.data.glyphs import pendigits_strokes
from digits.data.random_streams import Stream, generator
from digits.data.scenes import Materials, make_materials
from digits.ink.pixels import CELL, REACH, views
from digits.model import build_ink_network
from digits.training.composed import ComposedRun
from digits.training.settings import InkSettings
from nn.fast import ParallelRunner
from nn.losses import sigmoid_cross_entropy
from nn.network import Sequential

VALIDATION_PHOTOGRAPHS, BATCH = 128, 8
MICRO_BATCH = 4


class Retina:
    """What the retina shows of photographs (N, H, W). Each thread of a run has its own part made."""

    def __init__(self, photographs: ndarray) -> None:
        self.photographs = photographs

    def __len__(self) -> int:
        return len(self.photographs)

    def __getitem__(self, rows: slice) -> ndarray:
        return np.stack([views(grey) for grey in self.photographs[rows]])


class InkRun(ComposedRun[Materials]):
    """A run of the ink network. Its accuracy is intersection over union of the pixels with ink."""

    name = "ink"
    settings_type = InkSettings
    measured = "of ink (intersection over union)"

    @staticmethod
    def build(seed: int) -> Sequential:
        return build_ink_network(seed=seed)

    def make_runner(self, threads: int) -> ParallelRunner:
        return ParallelRunner(self.network, threads, sigmoid_cross_entropy, MICRO_BATCH)

    def material(self, data_dir: Path | None) -> tuple[Materials, Materials]:
        """Of two in three writers, and of the others."""
        result = []
        for is_held_out in (False, True):
            strokes, _, writers = pendigits_strokes(is_held_out)
            rng = generator(self.settings.seed, Stream.TEXTURES, is_held_out)
            result.append(make_materials(strokes, writers, rng))
        return result[0], result[1]

    def examples(self, material: Materials, step: int) -> tuple[Retina, ndarray]:
        """Photographs as the retina shows them, and the ink of their cells (N, H, W, 16)."""
        rng = generator(self.settings.seed, Stream.PHOTOGRAPHS, step)
        return _examples(material, rng, self.settings.batch_size)

    def held_out(self, material: Materials) -> list[tuple[Retina, ndarray]]:
        rng = generator(self.settings.seed, Stream.VALIDATION_PHOTOGRAPHS)
        return [_examples(material, rng, BATCH) for _ in range(VALIDATION_PHOTOGRAPHS // BATCH)]

    def measure(self, batches: list[tuple[Any, ndarray]]) -> float:
        both = either = 0
        for retina, ink in batches:
            found, there = self.network.forward(retina[:]) > 0, ink > 0.5
            both += int(np.sum(found & there))
            either += int(np.sum((found | there) & (ink >= 0)))
        return both / max(1, either)


def _examples(material: Materials, rng: np.random.Generator, count: int) -> tuple[Retina, ndarray]:
    photographs, ink = compose(material, rng, count)
    N, H, W = ink.shape
    cells = ink.reshape(N, H // CELL, CELL, W // CELL, CELL).swapaxes(2, 3)
    cells = cells.reshape(N, H // CELL, W // CELL, CELL * CELL)
    inner = slice(REACH, -REACH)  # where the network's convolutions have answers
    return Retina(photographs), np.ascontiguousarray(cells[:, inner, inner])
