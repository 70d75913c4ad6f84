"""Training the line network on lines of digits and signs. See digits/data/lines.py."""

from pathlib import Path

import numpy as np
from numpy import ndarray

from digits.data import glyphs, mnist
from digits.data.dataset import Dataset, split_rows
from digits.data.lines import Alphabet, compose
from digits.data.random_streams import Stream, generator
from digits.model import build_line_network
from digits.training.composed import ComposedRun
from digits.training.settings import LineSettings
from nn.ctc import NO_CHARACTER, best_path, ctc_loss, log_softmax
from nn.errors import UserError
from nn.fast import ParallelRunner
from nn.network import Sequential

WIDTHS, WIDTH_SHARES = (72, 104, 152, 216), (0.25, 0.3, 0.3, 0.15)  # pixels of a step's lines
# Which digits lines are composed of: MNIST's, pendigits, drawn styles, optdigits. What each is good for:
# docs/recipe.md.
SOURCE_SHARES = [0.4, 0.35, 0.12, 0.13]
PENS = 3  # with which each of pendigits is drawn
VALIDATION_LINES = 128  # of each width
# A step of 16 lines takes two cores 20 ms with 8 at a time, 24 with 4, and 35 with 16.
MICRO_BATCH = 8


class LineRun(ComposedRun[Alphabet]):
    """A run of the line network. Its accuracy is the share of lines whose best path is all right."""

    name = "line"
    settings_type = LineSettings
    settings: LineSettings
    measured = "of lines"

    @staticmethod
    def build(seed: int) -> Sequential:
        return build_line_network(seed=seed)

    def make_runner(self, threads: int) -> ParallelRunner:
        return ParallelRunner(self.network, threads, ctc_loss, MICRO_BATCH)

    def material(self, data_dir: Path | None) -> tuple[Alphabet, Alphabet]:
        return make_alphabets(mnist.load("train", data_dir), self.settings)

    def examples(self, material: Alphabet, step: int) -> tuple[ndarray, ndarray]:
        """Lines (N, 28, W, 1) and their characters (N, L)."""
        rng = generator(self.settings.seed, Stream.LINES, step)
        width = int(rng.choice(WIDTHS, p=WIDTH_SHARES))
        return compose(material, rng, self.settings.batch_size, width)

    def held_out(self, material: Alphabet) -> list[tuple[ndarray, ndarray]]:
        """A batch of each width."""
        rng = generator(self.settings.seed, Stream.VALIDATION_LINES)
        return [compose(material, rng, VALIDATION_LINES, width) for width in WIDTHS]

    def measure(self, batches: list[tuple[ndarray, ndarray]]) -> float:
        right = []
        for lines, targets in batches:
            for line, target in zip(lines, targets, strict=True):
                logits = self.network.forward(line[np.newaxis])
                path = best_path(log_softmax(logits.reshape(-1, logits.shape[-1])))
                right.append([c.label for c in path] == target[target != NO_CHARACTER].tolist())
        return float(np.mean(right))


def make_alphabets(dataset: Dataset, settings: LineSettings) -> tuple[Alphabet, Alphabet]:
    """(for training, for validation): of other digits of MNIST's, and of other people's of pendigits."""
    if settings.validation >= len(dataset):
        raise UserError(f"--validation {settings.validation} leaves nothing to train on")
    rows = split_rows(len(dataset), settings.validation, settings.seed)
    result = []
    for is_validation, own in enumerate(rows):
        rng = generator(settings.seed, Stream.GLYPHS, is_validation)
        digits = dataset[np.sort(own)]
        share = 0.2 if is_validation else 1  # how many are drawn
        styles = glyphs.drawn_styles(rng, round(share * glyphs.SYNTHETIC))
        sources = [
            glyphs.mnist_glyphs(digits),
            glyphs.pendigits(bool(is_validation), rng, 1 if is_validation else PENS),
            styles,
            glyphs.optdigits(bool(is_validation)),
        ]
        signs = glyphs.signs(rng, round(share * glyphs.SIGNS))
        others = glyphs.others(rng, digits.images, round(share * glyphs.OTHERS))
        result.append(Alphabet(sources, SOURCE_SHARES, styles, signs, others))
    return result[0], result[1]
