"""The window's event loop: events change the drawing, the network reads it, all is drawn anew.

It waits for an event, takes all that have piled up, then predicts at most once (only
when the ink has changed) and draws at most once.

NumPy and numba take a second to import, and on the very first start the kernels take longer to
compile. That is done in a second thread, so that the window is there at once and can be closed.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pygame

from nn.errors import UserError, explain, printable
from window import desktop, files, panels, theme, view
from window.layout import MIN_SIZE, arrange

if TYPE_CHECKING:  # a second thread loads them
    from digits.ink.drawing import Drawing, Stroke
    from digits.prediction import Prediction
    from digits.recogniser import Recogniser

TITLE = "Digit Recognition"
MIN_PEN_WIDTH = 0.02  # shares of the paper's side
MAX_PEN_WIDTH = 0.2
PEN_WIDTH_FACTOR = 1.12  # from one width to the next
READY = pygame.event.custom_type()


class App:
    """The window. `load()` returns a Recogniser; it runs in a second thread once `run` is called."""

    def __init__(
        self,
        size: tuple[int, int] | None,
        load: "Callable[[], Recogniser]",
        data_dir: Path | None = None,
        save_dir: Path = Path("drawings"),
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
        except pygame.error as error:
            raise UserError(f"no window can be opened here: {error}") from error
        pygame.display.set_caption(TITLE)
        self.layout = arrange(self.surface.get_size())
        self.recogniser: Recogniser | None = None  # until it is loaded
        self.drawing: Drawing | None = None  # likewise
        self.prediction: Prediction | None = None  # what the drawing was read as
        self.error: Exception | None = None  # why the network could not be loaded
        self.running = True
        self.changed = False  # the ink is no longer what was read last
        self.stale = True  # the window shows something that is no longer so
        self.eraser = False  # E was pressed
        self.held: int | None = None  # the mouse button that draws, while it is down
        self.stroke: Stroke | None = None  # what it draws, once it has come upon the paper
        self.pressed: str | None = None  # the button of the window that the mouse went down on
        self.help = False
        self.note = ""
        self.prediction_count = 0
        self.commands: dict[str, Callable[[], None]] = {
            "Undo": self.undo,
            "Redo": self.redo,
            "Clear": self.clear,
            "Random": self.random_digit,
            "Save": self.save,
            "Help": self.toggle_help,
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
        """Handle these events; then predict and draw if there is reason to."""
        for event in events:
            self.handle(event)
        if self.changed and self.recogniser:
            self._predict()
        if self.stale and self.running:
            view.render_window(self)
            pygame.display.flip()
            self.stale = False

    # ── events ────────────────────────────────────────────────────────────────────────────────

    def handle(self, event: pygame.event.Event) -> None:
        """Do what one event asks for."""
        if event.type == pygame.QUIT:
            self.running = False
        elif event.type == READY:
            self.ready(event.result)
        elif event.type == pygame.VIDEORESIZE:
            self.resize(event.size)
        elif event.type in (pygame.WINDOWEXPOSED, pygame.WINDOWENTER, pygame.WINDOWLEAVE):
            self.stale = True
        elif event.type == pygame.KEYDOWN:
            self._key(event)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 3):
            self._press(event)
        elif event.type == pygame.MOUSEMOTION:
            self._move(event)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (1, 3):
            self._release(event)
        elif event.type == pygame.MOUSEWHEEL and self.drawing:
            self._change_width(event.y)
        elif event.type in (pygame.WINDOWFOCUSLOST, pygame.WINDOWMINIMIZED, pygame.WINDOWHIDDEN):
            self._let_go()

    def _key(self, event: pygame.event.Event) -> None:
        control = event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META)  # on a Mac it is Cmd
        shift = event.mod & pygame.KMOD_SHIFT
        if event.key == pygame.K_ESCAPE and self.help:
            self.toggle_help()
        elif event.key == pygame.K_ESCAPE or (control and event.key == pygame.K_q):
            self.running = False
        elif event.key in (pygame.K_h, pygame.K_F1):
            self.toggle_help()
        elif not self.drawing:
            return
        elif control and event.key == pygame.K_z:
            self.redo() if shift else self.undo()
        elif control and event.key == pygame.K_y:
            self.redo()
        elif control:
            return
        elif event.key == pygame.K_c:
            self.clear()
        elif event.key == pygame.K_r:
            self.random_digit()
        elif event.key == pygame.K_s:
            self.save()
        elif event.key == pygame.K_e:
            self.eraser = not self.eraser
            self._say("")
        elif event.unicode in ("[", "]"):
            self._change_width(1 if event.unicode == "]" else -1)

    def _press(self, event: pygame.event.Event) -> None:
        if self.help:
            self.toggle_help()
            return
        if event.button == 1:
            self.pressed = self._button_at(event.pos)
            self.stale = True
        if self.drawing and not self.pressed and not self.held:
            self.held = event.button
            self._draw_to(event.pos)

    def _move(self, event: pygame.event.Event) -> None:
        self.stale = True  # the pen's outline follows the mouse, buttons light up
        if self.held:
            self._draw_to(event.pos)

    def _draw_to(self, position: tuple[int, int]) -> None:
        """The pen is down here. A stroke begins on the paper, where something can come of it."""
        assert self.drawing is not None  # else no button is held
        point = self._on_paper(position)
        if self.stroke:
            self.drawing.extend(*point)
            self._ink_changed()
        elif self.layout.paper.collidepoint(position):
            erases = self.held == 3 or self.eraser
            if erases and not self.drawing.ink.any():
                return
            from digits.ink.drawing import Stroke  # the second thread has imported it by now

            self.stroke = Stroke(self.pen_width, erases, [point])
            self.drawing.add(self.stroke)
            self._ink_changed()

    def _release(self, event: pygame.event.Event) -> None:
        if event.button == self.held:
            self.held = self.stroke = None
        if event.button == 1 and self.pressed:
            if self._button_at(event.pos) == self.pressed and self.enabled(self.pressed):
                self.commands[self.pressed]()
            self.pressed = None
        self.stale = True

    # ── what can be done ──────────────────────────────────────────────────────────────────────

    def undo(self) -> None:
        self._between_strokes(lambda drawing: drawing.undo())

    def redo(self) -> None:
        self._between_strokes(lambda drawing: drawing.redo())

    def clear(self) -> None:
        """Take new paper, and the pen."""
        self.eraser = self.eraser and bool(self.held)
        self._between_strokes(lambda drawing: drawing.clear())

    def random_digit(self) -> None:
        """Put a random test digit on new paper."""
        try:
            image = files.random_digit(self.data_dir)
        except (UserError, OSError) as error:
            self._say(explain(error))
        else:
            self._between_strokes(lambda drawing: drawing.add(image))

    def save(self) -> None:
        """Write the drawing and its frame as PNG files."""
        assert self.drawing is not None  # else there is nothing to press
        try:
            self._say(files.save(self.drawing.ink, self.save_dir))
        except (UserError, OSError) as error:
            self._say(explain(error))

    def toggle_help(self) -> None:
        self.help = not self.help
        self.stale = True

    def resize(self, size: tuple[int, int]) -> None:
        """The window has this size now; the drawing is rendered for it anew."""
        self.surface = pygame.display.get_surface()
        if any(a < b for a, b in zip(size, MIN_SIZE, strict=True)):
            size = (max(size[0], MIN_SIZE[0]), max(size[1], MIN_SIZE[1]))
            self.surface = pygame.display.set_mode(size, pygame.RESIZABLE)
        self.layout = arrange(size)
        if self.drawing:
            self.drawing.resize(self.layout.paper.width)
            self.changed = True
        self.stale = True

    def ready(self, result: "Recogniser | Exception") -> None:
        """The network is loaded, or could not be."""
        if isinstance(result, Exception):
            self.error = result
            self.running = False
            return
        from digits.ink.drawing import PEN_WIDTH, Drawing

        self.recogniser = result
        self.pen_width = PEN_WIDTH
        self.drawing = Drawing(self.layout.paper.width)
        self.stale = True

    # ── what the picture asks for ─────────────────────────────────────────────────────────────

    def enabled(self, name: str) -> bool:
        """Whether this button has anything to do."""
        if name == "Help":
            return True
        if not self.drawing:
            return False
        waits_for = {
            "Undo": self.drawing.actions,
            "Redo": self.drawing.undone,
            "Clear": self.drawing.ink.any(),
            "Save": self.prediction,
        }
        return bool(waits_for.get(name, True))

    def truth(self) -> str:
        """The true label, while a test digit is what was put on the paper last."""
        action = self.drawing.actions[-1] if self.drawing and self.drawing.actions else None
        label = getattr(action, "label", None)
        return "" if label is None else f"A test digit of MNIST: it is {panels.with_article(label)}"

    # ── within ────────────────────────────────────────────────────────────────────────────────

    def _load(self) -> None:
        result: Recogniser | Exception
        try:
            result = self.load()
        except Exception as error:  # whatever it is must end the window, not be lost in a thread
            result = error
        if pygame.display.get_init():
            pygame.event.post(pygame.event.Event(READY, result=result))

    def _predict(self) -> None:
        assert self.recogniser is not None
        assert self.drawing is not None
        self.prediction = self.recogniser.read(self.drawing.ink, paper=0)
        self.prediction_count += 1
        self.changed = False
        self.stale = True
        title = TITLE
        if self.prediction:
            name = panels.headline(self.prediction)
            confidence = "" if name == "?" else f" · {panels.percent(self.prediction.confidence)}"
            title = f"{name}{confidence} – {TITLE}"
        pygame.display.set_caption(title)

    def _let_go(self) -> None:
        """Another window has the mouse now: it will not be heard here when its button comes up."""
        self.held = self.stroke = self.pressed = None
        self.stale = True

    def _ink_changed(self) -> None:
        self.changed = True
        self._say("")

    def _between_strokes(self, change: "Callable[[Drawing], None]") -> None:
        if self.drawing and not self.held:
            change(self.drawing)
            self._ink_changed()

    def _say(self, text: str) -> None:
        self.note = printable(text)
        self.stale = True
        self.help = False  # which would hide what is said, or has been done

    def _change_width(self, direction: int) -> None:
        wider = self.pen_width * PEN_WIDTH_FACTOR**direction
        self.pen_width = min(max(wider, MIN_PEN_WIDTH), MAX_PEN_WIDTH)
        self._say(f"Pen: {self.pen_width:.1%} of the paper")

    def _on_paper(self, position: tuple[int, int]) -> tuple[float, float]:
        paper = self.layout.paper
        return (position[0] - paper.left) / paper.width, (position[1] - paper.top) / paper.height

    def _button_at(self, position: tuple[int, int]) -> str | None:
        places = zip(self.commands, self.layout.buttons, strict=True)
        return next((name for name, rect in places if rect.collidepoint(position)), None)
