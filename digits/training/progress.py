"""The progress of a training run: shown on the terminal, and kept in a checkpoint."""

import sys
import time
from pathlib import Path
from typing import Self

from tqdm import tqdm

from digits.command_line import say
from digits.training.run import EpochRecord, TrainingRun

SECONDS_BETWEEN_CHECKPOINTS = 60  # a killed run loses at most this much


class Progress:
    """A progress bar on a terminal, a line after each epoch, and checkpoints.

    A checkpoint is written after each epoch and, in a long epoch, after each minute.
    """

    def __init__(self, run: TrainingRun, checkpoint: Path, images: int) -> None:
        self.run = run
        self.checkpoint = checkpoint
        self.saved = time.monotonic()
        self.bar = tqdm(total=images, unit=" images", leave=False, disable=not sys.stderr.isatty())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def batch(self, done: int, loss: float, accuracy: float) -> None:
        self.bar.set_postfix_str(f"loss {loss:.4f}, accuracy {accuracy:.2%}", refresh=False)
        self.bar.update(done - self.bar.n)
        if time.monotonic() - self.saved >= SECONDS_BETWEEN_CHECKPOINTS:
            self.save()

    def save(self) -> None:
        self.run.save(self.checkpoint)
        self.saved = time.monotonic()

    def epoch(self, record: EpochRecord) -> None:
        self.save()
        line = (
            f"epoch {len(self.run.epochs):2}/{self.run.settings.epochs}  loss {record['train_loss']:.4f}"
        )
        line += f"  accuracy {record['train_accuracy']:.2%}"
        if record["validation_loss"] is not None:
            line += f"  validation loss {record['validation_loss']:.4f}"
            line += f"  accuracy {record['validation_accuracy']:.2%}"
        speed = f"{record['seconds']:.1f} s  {record['images_per_second']:,.0f} images/s"
        self.bar.clear()
        say(f"{line}  {speed}")
        self.bar.reset()
