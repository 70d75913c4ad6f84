"""The state of the window: all that its picture depends on, and what follows from it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nn.errors import printable
from window import panels, paper
from window.inside import Inside
from window.layout import Layout
from window.learning import Learning

if TYPE_CHECKING:  # a second thread loads them
    from digits.ink.drawing import Drawing
    from digits.reading.prediction import Prediction, Reading
    from digits.reading.recogniser import Recogniser

MEDIUM = 0.04  # width of the pen as a share of the paper's side; see WIDTHS in commands.py


@dataclass
class State:
    """What is on the paper, what it was read as, which tool is in use, where the pointer is."""

    layout: Layout
    data_dir: Path | None = None
    save_dir: Path = Path("drawings")
    is_dark: bool = False
    follows_system: bool = False  # is_dark is as the system has it
    learning: Learning | None = None  # of a training that is watched, in place of the bars
    inside: Inside = field(default_factory=Inside)
    recogniser: "Recogniser | None" = None  # until it is loaded
    drawing: "Drawing | None" = None  # until the recogniser is loaded
    early_strokes: list[paper.EarlyStroke] = field(default_factory=list)  # drawn before that
    reading: "Reading | None" = None  # what the drawing was read as
    pen_width: float = MEDIUM
    is_eraser: bool = False  # chosen in place of the pen
    erases_now: bool = False  # the right mouse button is held, which erases
    is_pen_down: bool = False
    in_stroke: bool = False  # a stroke has started on the paper
    pinned: int | None = None  # the digit whose label was clicked
    pointer: tuple[int, int] | None = None  # of the mouse, or of a finger while it is down
    pressed: str | None = None  # the button that the pointer went down on
    help: bool = False
    note: str = ""
    running: bool = True
    changed: bool = False  # the ink differs from what was read last
    stale: bool = True  # something has changed since it was drawn
    stale_everywhere: bool = True  # redraw everything, not only paper, panel and buttons
    is_arranged: bool = True  # the layout fits what is to be shown

    def say(self, text: str) -> None:
        """Show a note until something else happens."""
        self.note = printable(text)
        self.stale = True
        if self.help:  # it would hide the note
            self.help = False
            self.draw_everything()

    def ink_changed(self) -> None:
        self.changed = True
        self.pinned = None
        self.say("")

    def draw_everything(self) -> None:
        self.stale = self.stale_everywhere = True

    @property
    def erases(self) -> bool:
        """Whether the current stroke erases, or the next one would."""
        return self.erases_now or self.is_eraser

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing on the paper."""
        return not (bool(self.drawing.ink.any()) if self.drawing else self.early_strokes)

    @property
    def shown(self) -> int | None:
        """Index of the digit whose frame and bars are shown: pinned, pointed at, or the least sure.

        A sign only where there is nothing else.
        """
        if self.reading is None:
            return None
        if self.pinned is not None and self.pinned < len(self.reading.digits):
            return self.pinned
        places = paper.brackets(self.reading, self.layout.paper, self.layout.unit)
        for k, place in enumerate(places):
            if self.pointer and not self.is_pen_down and place.collidepoint(self.pointer):
                return k
        digits = self.reading.digits
        rows = [k for k, digit in enumerate(digits) if digit.sign is None] or range(len(digits))
        return min(rows, key=lambda k: digits[k].prediction.confidence)

    @property
    def prediction(self) -> "Prediction | None":
        """The network's prediction for the digit that is shown."""
        shown = self.shown
        return None if self.reading is None or shown is None else self.reading.digits[shown].prediction

    @property
    def truth(self) -> str:
        """The true label of a test digit, while nothing has been drawn over it."""
        action = self.drawing.actions[-1] if self.drawing and self.drawing.actions else None
        label = getattr(action, "label", None)
        if label is None or self.reading is None:
            return ""
        single = self.reading.single
        is_right = single is not None and single.is_digit and single.digit == label
        verdict = "read right" if is_right else "misread"
        return f"A test digit of MNIST: {panels.with_article(label)}, {verdict}"
