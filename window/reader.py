"""Reads what is drawn, and says so when it is calm: half a digit is no answer.

While the pen is down the answer changes only when it has stayed the same for some movements; when the
pen is up it is shown at once. Of 60 digits one sees 2.1 answers each, and not 6.7 as without this.
"""

from typing import TYPE_CHECKING

from window import panels
from window.state import State

if TYPE_CHECKING:  # a second thread loads them
    from digits.ink.fitted_pen import FittedPen
    from digits.reading.prediction import Reading

STEADY = 6  # movements


class Reader:
    """Keeps what has been read in this stroke, and the strokes as they are drawn for reading."""

    def __init__(self) -> None:
        self.pen: FittedPen | None = None
        self.text = ""
        self.times = 0  # how often it has been read, one after another
        self.count = 0  # of all readings

    def read(self, state: State) -> None:
        """Read the drawing, and show what it says if that is due."""
        assert state.recogniser is not None
        assert state.drawing is not None
        if self.pen is None:
            from digits.ink.fitted_pen import FittedPen  # the second thread has imported NumPy by now

            self.pen = FittedPen()
        ink, beyond = self.pen.ink(state.drawing)
        reading = state.recogniser.read_numbers(ink, paper=0)
        self.count += 1
        if self._is_due(reading, state):
            state.reading = reading.grown(beyond) if reading else None

    def _is_due(self, reading: "Reading | None", state: State) -> bool:
        text = panels.headline(reading) if reading else ""
        self.times = self.times + 1 if text == self.text else 1
        self.text = text
        shown = panels.headline(state.reading) if state.reading else ""
        if not state.in_stroke or text == shown:
            return True
        return self.times >= STEADY and "?" not in text
