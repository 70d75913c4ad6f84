"""Progress files written for `train.py --watch`, in a folder shared with the window.

Files cannot make training wait, whatever the window does. When the window is closed it removes the
folder, and from then on nothing is written.
"""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from digits.data.dataset import Dataset
from digits.training.run import TrainingRun
from nn.errors import UserError
from nn.files import replace_file
from nn.weights import save_weights

WEIGHTS, VALIDATION, PROGRESS = "weights.npz", "validation.npz", "progress.json"
SHOWN = 500  # validation digits among which misread ones are looked for
INTERVAL = 0.25  # seconds between two reports within an epoch


class Feed:
    """Writes into this folder, as long as it is there."""

    def __init__(self, folder: Path, run: TrainingRun, validation_set: Dataset) -> None:
        self.folder = folder
        self._last = 0.0
        few = validation_set[:SHOWN]
        with replace_file(folder / VALIDATION) as path:
            np.savez(path, images=few.images, labels=few.labels)
        self.epoch(run)

    def batch(self, run: TrainingRun, images: int, count: int, loss: float, accuracy: float) -> None:
        """How far the epoch is, if that has not been said just now."""
        now = time.monotonic()
        if now - self._last < INTERVAL:
            return
        self._last = now
        row = {
            "epoch": len(run.epochs) + 1,
            "epochs": run.settings.epochs,
            "share": images / count,
            "loss": loss,
            "accuracy": accuracy,
        }
        self._write(PROGRESS, json.dumps(row))

    def epoch(self, run: TrainingRun) -> None:
        """The weights as they would ship now, and a record of all epochs so far."""
        if not self.folder.exists():
            return
        run.average.swap()
        try:
            save_weights(self.folder / WEIGHTS, run.network, run.record())
        except UserError:  # the window has gone meanwhile, or the disk is full: no reason to stop
            return
        finally:
            run.average.swap()

    def _write(self, name: str, text: str) -> None:
        if not self.folder.exists():
            return
        try:
            with replace_file(self.folder / name) as path:
                path.write_text(text)
        except UserError:
            return


def read_progress(folder: Path) -> dict[str, Any]:
    """The last report, or an empty one."""
    try:
        row = json.loads((folder / PROGRESS).read_text())
    except (OSError, ValueError):
        return {}
    return row if isinstance(row, dict) else {}
