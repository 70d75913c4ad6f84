"""A window on a training: its curves, filters and mistakes, and a paper that it reads all the while.

`python train.py --watch` starts it as `python -m window.watch FOLDER`, a program of its own. It looks
into the folder every now and then (see digits/training/feed.py), and removes it when it is closed.
"""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pygame

from digits.command_line import run_program
from nn.errors import UserError
from window.app import App
from window.learning import Learning

if TYPE_CHECKING:  # a second thread loads it
    from digits.reading.recogniser import Recogniser

LEARNED = pygame.event.custom_type()  # the folder has something new
INTERVAL = 0.2  # seconds between two looks into the folder
MISREAD = 40  # digits shown at most


class WatchApp(App):
    """The usual window with what is learned in place of the bars; Tab opens the inside."""

    def __init__(
        self, folder: Path, size: tuple[int, int] | None = None, is_dark: bool | None = None
    ) -> None:
        self.folder = folder
        self._seen = 0  # when the weights were written that have been read last
        self._learned = Learning()  # what has been read last
        super().__init__(size, self._first, is_dark=is_dark, learning=self._learned)

    def handle(self, event: pygame.event.Event) -> None:
        if event.type != LEARNED:
            super().handle(event)
            return
        state = self.state
        state.learning = event.learning
        if event.recogniser is not None and state.drawing:
            state.recogniser = event.recogniser  # what is on the paper is read anew
            state.changed = True
        state.stale = True

    def look(self) -> pygame.event.Event | None:
        """An event with all that is in the folder, if any is new; with a recogniser if weights are."""
        from digits.training.feed import read_progress

        weights = self.folder / "weights.npz"
        changed = weights.stat().st_mtime_ns
        progress = read_progress(self.folder)
        if changed == self._seen and progress == self._learned.progress:
            return None
        recogniser = self._recogniser() if changed != self._seen else None
        if recogniser:
            self._learned = self._learning(recogniser)
        self._seen = changed  # not before they have been read
        self._learned = learning = self._learned._replace(progress=progress)
        return pygame.event.Event(LEARNED, learning=learning, recogniser=recogniser)

    def _recogniser(self) -> "Recogniser":
        from digits.reading.recogniser import Recogniser

        return Recogniser(self.folder / "weights.npz")

    def _first(self) -> "Recogniser":
        recogniser = self._recogniser()
        recogniser.warm_up()
        return recogniser

    def _learning(self, recogniser: "Recogniser") -> Learning:
        import numpy as np
        from threadpoolctl import threadpool_limits

        from digits.data.dataset import to_input

        with np.load(self.folder / "validation.npz") as arrays:
            images, labels = arrays["images"], arrays["labels"]
        network = recogniser.network
        with threadpool_limits(1, user_api="blas"):  # the cores are for the training
            guesses = network.forward(to_input(images, network.dtype)).argmax(axis=1)
        wrong = np.flatnonzero(guesses != labels)[:MISREAD]
        misread = [(images[k], int(labels[k]), int(guesses[k])) for k in wrong]
        epochs: Any = recogniser.record["epochs"]
        filters = network.named_parameters()["conv1.W"][:, :, 0].copy()
        return Learning(epochs, filters, misread, int(np.sum(guesses != labels)), len(labels))

    def _load(self) -> None:
        super()._load()
        while pygame.display.get_init() and self.state.running:
            try:
                event = self.look()
                if event and pygame.display.get_init():
                    pygame.event.post(event)
            except (UserError, OSError, pygame.error):  # written just now, or all is over
                pass
            time.sleep(INTERVAL)


def main() -> int:
    folder = Path(sys.argv[1])
    if hasattr(os, "nice"):
        os.nice(10)  # the cores are for the training first: it loses 7 % instead of 10
    try:
        WatchApp(folder).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    run_program(main)
