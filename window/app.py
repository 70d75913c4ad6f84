"""The window: what it shows is what this says; events change it, the network reads it, it is drawn anew.

It waits for an event, takes all that have piled up, then reads at most once (only when the ink has
changed) and draws at most once.

NumPy and numba take a second to import, and on the very first start the kernels take longer to
compile. That is done in a second thread, so that the window is there at once, can be drawn in, and can
be closed.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pygame

from nn.errors import UserError, explain, printable
from window import desktop, files, panels, paper, theme
from window.controls import BUTTONS, WIDTHS
from window.input import Input
from window.inside import InsidePanel
from window.layout import Layout, arrange
from window.view import View

if TYPE_CHECKING:  # a second thread loads them
    from digits.ink.drawing import Action, Drawing
    from digits.reading.prediction import Prediction, Reading
    from digits.reading.recogniser import Recogniser

TITLE = "Digit Recognition"
MIN_PEN_WIDTH = 0.01  # shares of the paper's side
MAX_PEN_WIDTH = 0.2
PEN_WIDTH_FACTOR = 1.12  # from one width to the next
ERASER_FACTOR = 1.5  # by which the eraser is wider than the pen
READY = pygame.event.custom_type()
DARK = pygame.event.custom_type()
REPEAT_MS = (400, 60)  # until a key that is held repeats, and between


class App:
    """The window. `load()` returns a Recogniser; it runs in a second thread once `run` is called."""

    def __init__(
        self,
        size: tuple[int, int] | None,
        load: "Callable[[], Recogniser]",
        data_dir: Path | None = None,
        save_dir: Path = Path("drawings"),
        is_dark: bool | None = None,  # None: as the system has it, once that is known
    ) -> None:
        self.load = load
        self.data_dir = data_dir
        self.save_dir = save_dir
        try:
            pygame.display.init()
            if pygame.display.get_driver() == "offscreen" and "SDL_VIDEODRIVER" not in os.environ:
                raise pygame.error("there is no screen")  # SDL would draw where nobody sees it
            pygame.font.init()
            # Before the window opens: while pygame loads an icon of its own, Ctrl-C would be lost.
            pygame.display.set_icon(theme.icon())
            size = size or desktop.comfortable_size()
            self.surface = pygame.display.set_mode(size, pygame.RESIZABLE)
            pygame.key.set_repeat(*REPEAT_MS)
        except pygame.error as error:
            raise UserError(f"no window can be opened here: {error}") from error
        pygame.display.set_caption(TITLE)
        self.inside = InsidePanel(self)
        self.layout = self.arrange(self.surface.get_size())
        self.input = Input(self)
        self.view = View()
        self.follows_system = is_dark is None
        self.is_dark = bool(is_dark)
        self.recogniser: Recogniser | None = None  # until it is loaded
        self.drawing: Drawing | None = None  # likewise
        self.early_strokes: list[paper.EarlyStroke] = []  # what is drawn until then
        self.reading: Reading | None = None  # what the drawing was read as
        self.error: Exception | None = None  # why the network could not be loaded
        self.running = True
        self.changed = False  # the ink is no longer what was read last
        self.stale = True  # the window shows something that is no longer so
        self.stale_everywhere = True  # and not only in the paper, the panel or a button
        self.pen_width = WIDTHS["Medium"]
        self.is_eraser = False  # chosen in place of the pen
        self.erases_now = False  # what is down now erases
        self.is_pen_down = False
        self.in_stroke = False  # and has come upon the paper
        self.pointer: tuple[int, int] | None = None  # where the mouse is, or a finger while it is down
        self.pressed: str | None = None  # the button of the window that the pointer went down on
        self.help = False
        self.note = ""
        self.reading_count = 0
        self.commands: dict[str, Callable[[], None]] = {
            "Pen": lambda: self._choose_tool(is_eraser=False),
            "Eraser": lambda: self._choose_tool(is_eraser=not self.is_eraser),
            "Thin": lambda: self._choose_width("Thin"),
            "Medium": lambda: self._choose_width("Medium"),
            "Thick": lambda: self._choose_width("Thick"),
            "Undo": lambda: self._between_strokes(lambda drawing: drawing.undo()),
            "Redo": lambda: self._between_strokes(lambda drawing: drawing.redo()),
            "Clear": self.clear,
            "Test digit": lambda: self._add(lambda: files.random_digit(self.data_dir)),
            "Paste": lambda: self._add(lambda: files.paste_picture(self.recogniser)),
            "Copy": self.copy,
            "Save": self.save,
            "Theme": self.change_theme,
            "Help": self._toggle_help,
            "Inside": self._toggle_inside,
        }

    def run(self) -> None:
        """Live until the user quits. UserError if the network could not be loaded."""
        threading.Thread(target=self._load, daemon=True).start()
        try:
            self.process([])
            while self.running:
                self.process(desktop.wait_for_events())
        except pygame.error as error:  # the screen has gone, say
            raise UserError(f"the window cannot go on: {error}") from error
        finally:
            self.close()
        if self.error:
            raise self.error

    def close(self) -> None:
        """Close the window and all of pygame."""
        theme.load_font.cache_clear()  # fonts must not outlive pygame.font
        pygame.quit()

    def process(self, events: list[pygame.event.Event]) -> None:
        """Handle these events; then read and draw if there is reason to."""
        for event in events:
            self.handle(event)
        if self.changed and self.recogniser:
            self._read()
        if self.stale and self.running:
            self.inside.update()
            pygame.display.update(self.view.render(self, self.stale_everywhere))
            self.stale = self.stale_everywhere = False

    def handle(self, event: pygame.event.Event) -> None:
        """Do what one event asks for."""
        if event.type == pygame.QUIT:
            self.running = False
        elif event.type == READY:
            self.ready(event.result)
        elif event.type == DARK:
            if self.follows_system:
                self.is_dark = event.is_dark
                self._draw_everything()
        elif event.type == pygame.VIDEORESIZE:
            self.resize(event.size)
        elif event.type == pygame.WINDOWEXPOSED:
            self._draw_everything()
        elif event.type == pygame.DROPFILE:
            self._add(lambda: files.open_picture(Path(event.file), self.recogniser))
        else:
            self.input.handle(event)

    # ── the pen ───────────────────────────────────────────────────────────────────────────────

    @property
    def erases(self) -> bool:
        """Whether what is drawn now, or would be, erases."""
        return self.erases_now or self.is_eraser

    def pen_down(self, position: tuple[int, int], erases: bool) -> None:
        """A stroke begins as soon as it comes upon the paper, where something can come of it."""
        if self.help:
            self._toggle_help()
        self.is_pen_down = True
        self.erases_now = erases
        self.pen_to(position)

    def pen_to(self, position: tuple[int, int]) -> None:
        """The pointer is here now; while the pen is down it draws."""
        if not self.is_pen_down:
            return
        sheet = self.layout.paper
        point = ((position[0] - sheet.left) / sheet.width, (position[1] - sheet.top) / sheet.height)
        if self.in_stroke and self.drawing:
            self.drawing.extend(*point)
        elif self.in_stroke:
            self.early_strokes[-1][1].append(point)
        elif sheet.collidepoint(position) and not (self.erases and self.is_blank):
            self._begin_stroke(point)
        else:
            return
        self._ink_changed()

    def end_stroke(self) -> None:
        """The pen is up."""
        self.is_pen_down = self.in_stroke = self.erases_now = False
        self.stale = True

    def _begin_stroke(self, point: tuple[float, float]) -> None:
        if not self.drawing:
            if not self.erases:
                self.early_strokes.append((self.pen_width, [point]))
                self.in_stroke = True
            return
        from digits.ink.drawing import Stroke  # the second thread has imported it by now

        width = self.pen_width * (ERASER_FACTOR if self.erases else 1)
        self.drawing.add(Stroke(width, self.erases, [point], is_smooth=True))
        self.in_stroke = True

    def change_width(self, direction: int) -> None:
        """By one step, wider or narrower."""
        wider = self.pen_width * PEN_WIDTH_FACTOR**direction
        self.pen_width = min(max(wider, MIN_PEN_WIDTH), MAX_PEN_WIDTH)
        self.say("")

    def point_at(self, position: tuple[int, int] | None) -> None:
        """The mouse is here, or nowhere in the window."""
        self.pointer = position
        if position:
            self.inside.drag(position)
        self.stale = True

    # ── buttons, and the keys that do the same ────────────────────────────────────────────────

    def command(self, name: str) -> None:
        """Do what the button of this name does, if there is anything for it to do."""
        if self.enabled(name):
            self.commands[name]()

    def press_button(self, position: tuple[int, int]) -> bool:
        """Whether there is a button here, or a part of the inside; it is pressed then."""
        if self.help:
            return False
        if self.inside.press(position):
            self.stale = True
            return True
        self.pressed = self._button_at(position)
        self.stale = True
        return self.pressed is not None

    def release_button(self, position: tuple[int, int] | None = None) -> None:
        """A button does what it does if the pointer is still on it."""
        pressed, self.pressed = self.pressed, None
        self.inside.dragged = None
        self.stale = True
        if pressed and position and self._button_at(position) == pressed:
            self.command(pressed)

    def enabled(self, name: str) -> bool:
        """Whether this button has anything to do."""
        if name in ("Help", "Theme", "Inside", "Pen", "Eraser", *WIDTHS):
            return True
        if not self.drawing:
            return False
        waits_for = {
            "Undo": self.drawing.actions,
            "Redo": self.drawing.undone,
            "Clear": self.is_eraser or not self.is_blank,
            "Copy": not self.is_blank,
            "Save": self.reading,
        }
        return bool(waits_for.get(name, True))

    def chosen(self, name: str) -> bool:
        """Whether this tool or width is the one in use."""
        if name == "Inside":
            return self.inside.is_open
        if name in WIDTHS:
            return abs(self.pen_width - WIDTHS[name]) < 1e-6
        return name == ("Eraser" if self.erases else "Pen")

    def clear(self) -> None:
        """Take new paper, and the pen."""
        self.is_eraser = self.is_eraser and self.is_pen_down
        self._between_strokes(lambda drawing: drawing.clear())

    def save(self) -> None:
        """Write the drawing and its frame as PNG files."""
        assert self.drawing is not None  # else the button is not enabled
        try:
            is_single = bool(self.reading and self.reading.single)
            self.say(files.save(self.drawing.ink, self.save_dir, is_single))
        except (UserError, OSError) as error:
            self.say(explain(error))

    def copy(self) -> None:
        """Put the drawing into the clipboard."""
        assert self.drawing is not None  # else the button is not enabled
        try:
            files.copy_picture(self.drawing.ink)
            self.say("The drawing is in the clipboard")
        except UserError as error:
            self.say(explain(error))

    def change_theme(self) -> None:
        """From light to dark and back, whatever the system has."""
        self.is_dark = not self.is_dark
        self.follows_system = False
        self._draw_everything()

    def say(self, text: str) -> None:
        """Something that can be read until something else happens."""
        self.note = printable(text)
        self.stale = True
        if self.help:  # which would hide what is said, or has been done
            self._toggle_help()

    # ── what happens to the window ────────────────────────────────────────────────────────────

    def resize(self, size: tuple[int, int]) -> None:
        """The window has this size now; the drawing is rendered for it anew."""
        surface = pygame.display.get_surface()
        assert surface is not None  # there is a window
        self.surface = surface
        self.layout = self.arrange(size)
        if self.drawing:
            self.drawing.resize(self.layout.paper.width)
            self.changed = True
        self._draw_everything()

    def ready(self, result: "Recogniser | Exception") -> None:
        """The network is loaded, or could not be."""
        if isinstance(result, Exception):
            self.error = result
            self.running = False
            return
        from digits.ink.drawing import Drawing, Stroke

        self.recogniser = result
        self.drawing = Drawing(self.layout.paper.width)
        for width, points in self.early_strokes:
            self.drawing.add(Stroke(width, points=points, is_smooth=True))
        self.changed = bool(self.early_strokes)
        self._draw_everything()

    def arrange(self, size: tuple[int, int]) -> Layout:
        """Where everything is in a window of this size."""
        return arrange(size, self.inside.is_open)

    # ── what the picture asks for ─────────────────────────────────────────────────────────────

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing on the paper."""
        return not (bool(self.drawing.ink.any()) if self.drawing else self.early_strokes)

    @property
    def shown(self) -> int | None:
        """Which digit the frame and the bars are of: the one pointed at, or the least sure."""
        if self.reading is None:
            return None
        places = paper.brackets(self.reading, self.layout.paper, self.layout.unit)
        for k, place in enumerate(places):
            if self.pointer and not self.is_pen_down and place.collidepoint(self.pointer):
                return k
        shares = [digit.prediction.confidence for digit in self.reading.digits]
        return shares.index(min(shares))

    @property
    def prediction(self) -> "Prediction | None":
        """What the network makes of that digit."""
        shown = self.shown
        return None if self.reading is None or shown is None else self.reading.digits[shown].prediction

    def draw_bars(self, painter: theme.Painter) -> None:
        """What stands below the answer, unless the inside is looked at."""
        panels.draw_bars(painter, self.layout, self.prediction)

    def truth(self) -> str:
        """The true label of a test digit, while it is what was put on the paper last."""
        action = self.drawing.actions[-1] if self.drawing and self.drawing.actions else None
        label = getattr(action, "label", None)
        if label is None or self.reading is None:
            return ""
        single = self.reading.single
        verdict = "read right" if single and single.digit == label else "misread"
        return f"A test digit of MNIST: {panels.with_article(label)}, {verdict}"

    # ── within ────────────────────────────────────────────────────────────────────────────────

    def _load(self) -> None:
        if self.follows_system:
            self._post(DARK, is_dark=desktop.is_dark())
        result: Recogniser | Exception
        try:
            result = self.load()
        except Exception as error:  # whatever it is must end the window, not be lost in a thread
            result = error
        self._post(READY, result=result)

    def _post(self, kind: int, **values: Any) -> None:
        if pygame.display.get_init():
            pygame.event.post(pygame.event.Event(kind, **values))

    def _read(self) -> None:
        assert self.recogniser is not None
        assert self.drawing is not None
        self.reading = self.recogniser.read_numbers(self.drawing.ink, paper=0, owner=self.drawing.owner)
        self.reading_count += 1
        self.changed = False
        self.stale = True
        pygame.display.set_caption(panels.title(self.reading, TITLE))

    def _ink_changed(self) -> None:
        self.changed = True
        self.say("")

    def _between_strokes(self, change: "Callable[[Drawing], None]") -> None:
        if self.drawing and not self.in_stroke:
            change(self.drawing)
            self._ink_changed()

    def _add(self, make: "Callable[[], Action]") -> None:
        """Put a picture on new paper, or say why not: the drawing stays then."""
        if not self.drawing:
            self.say("One moment: not ready yet")
            return
        try:
            action = make()
        except (UserError, OSError) as error:
            self.say(explain(error))
        except MemoryError:
            self.say("The picture is too large for the memory there is")
        else:
            self._between_strokes(lambda drawing: drawing.add(action))

    def _choose_tool(self, is_eraser: bool) -> None:
        self.is_eraser = is_eraser
        self.say("")

    def _choose_width(self, name: str) -> None:
        self.pen_width = WIDTHS[name]
        self.say("")

    def _toggle_help(self) -> None:
        self.help = not self.help
        self._draw_everything()

    def _toggle_inside(self) -> None:
        """Look inside in place of the bars, or see the bars again."""
        if not self.in_stroke:
            self.inside.is_open = not self.inside.is_open
            self.resize(self.surface.get_size())

    def _draw_everything(self) -> None:
        self.stale = self.stale_everywhere = True

    def _button_at(self, position: tuple[int, int]) -> str | None:
        places = zip(BUTTONS, self.layout.buttons, strict=True)
        return next((button.name for button, rect in places if rect.collidepoint(position)), None)
