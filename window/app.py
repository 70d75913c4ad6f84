"""The window's life: events come in, the drawing changes, the network reads it, all is drawn anew.

It waits for an event, takes all that have piled up, then predicts at most once (only
when the ink has changed) and draws at most once.

NumPy and numba take a second to import, and on the very first start the kernels take longer to
compile. That is done in a second thread, so that the window is there at once and can be closed.
"""

import os
import threading
from pathlib import Path

import pygame

from nn.errors import UserError, explain
from window import desktop, files, panels, theme, view
from window.layout import SMALLEST, arrange

TITLE = "Digit Recognition"
THINNEST, WIDEST, WIDTH_STEP = 0.02, 0.2, 1.12
READY = pygame.event.custom_type()


class App:
    """The window. `load()` returns a Recogniser; it runs in a second thread once `run` is called."""

    def __init__(self, size, load, data_dir=None, save_dir=Path("drawings")):
        self.load, self.data_dir, self.save_dir = load, data_dir, save_dir
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
        self.recogniser = self.drawing = self.reading = self.error = None
        self.running, self.changed, self.stale = True, False, True
        self.eraser = False  # E was pressed
        self.held = None  # the mouse button that draws, while it is down
        self.stroke = None  # what it draws, once it has come upon the paper
        self.pressed = None  # the button of the window that the mouse went down on
        self.help = False
        self.note = ""
        self.predictions = 0
        self.actions = {
            "Undo": self.undo,
            "Redo": self.redo,
            "Clear": self.clear,
            "Random": self.random_digit,
            "Save": self.save,
            "Help": self.toggle_help,
        }

    def run(self):
        """Live until the user quits. UserError if the network could not be loaded."""
        threading.Thread(target=self._load, daemon=True).start()
        self.process([])
        while self.running:
            self.process(desktop.wait_for_events())
        self.close()
        if self.error:
            raise self.error

    def close(self):
        """Close the window and all of pygame."""
        theme.load_font.cache_clear()  # fonts must not outlive pygame.font
        pygame.quit()

    def process(self, events):
        """Handle these events; then predict and draw if there is reason to."""
        for event in events:
            self.handle(event)
        if self.changed and self.recogniser:
            self._predict()
        if self.stale and self.running:
            view.draw(self)
            pygame.display.flip()
            self.stale = False

    # ── events ────────────────────────────────────────────────────────────────────────────────

    def handle(self, event):
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

    def _key(self, event):
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

    def _press(self, event):
        if self.help:
            self.toggle_help()
            return
        if event.button == 1:
            self.pressed = self._button_at(event.pos)
            self.stale = True
        if self.drawing and not self.pressed and not self.held:
            self.held = event.button
            self._draw_to(event.pos)

    def _move(self, event):
        self.stale = True  # the pen's outline follows the mouse, buttons light up
        if self.held:
            self._draw_to(event.pos)

    def _draw_to(self, position):
        """The pen is down here. A stroke begins on the paper, where something can come of it."""
        point = self._on_paper(position)
        if self.stroke:
            self.drawing.extend(*point)
            self._ink_changed()
        elif self.layout.paper.collidepoint(position):
            erases = self.held == 3 or self.eraser
            if erases and not self.drawing.ink.any():
                return
            from digits.ink.drawing import Stroke  # imported long since, by the second thread

            self.stroke = Stroke(self.pen_width, erases, [point])
            self.drawing.add(self.stroke)
            self._ink_changed()

    def _release(self, event):
        if event.button == self.held:
            self.held = self.stroke = None
        if event.button == 1 and self.pressed:
            if self._button_at(event.pos) == self.pressed and self.enabled(self.pressed):
                self.actions[self.pressed]()
            self.pressed = None
        self.stale = True

    # ── what can be done ──────────────────────────────────────────────────────────────────────

    def undo(self):
        self._between_strokes(self.drawing.undo)

    def redo(self):
        self._between_strokes(self.drawing.redo)

    def clear(self):
        """Take new paper, and the pen."""
        self.eraser = self.eraser and bool(self.held)
        self._between_strokes(self.drawing.clear)

    def random_digit(self):
        """Put a random test digit on new paper."""
        try:
            picture = files.random_digit(self.data_dir)
        except (UserError, OSError) as error:
            self._say(explain(error))
        else:
            self._between_strokes(lambda: self.drawing.add(picture))

    def save(self):
        """Write the drawing and its frame as PNG files."""
        try:
            self._say(files.save(self.drawing.ink, self.save_dir))
        except (UserError, OSError) as error:
            self._say(explain(error))

    def toggle_help(self):
        self.help = not self.help
        self.stale = True

    def resize(self, size):
        """The window has this size now; the drawing is rendered for it anew."""
        self.surface = pygame.display.get_surface()
        if any(a < b for a, b in zip(size, SMALLEST, strict=True)):
            size = tuple(map(max, size, SMALLEST))
            self.surface = pygame.display.set_mode(size, pygame.RESIZABLE)
        self.layout = arrange(size)
        if self.drawing:
            self.drawing.resize(self.layout.paper.width)
            self.changed = True
        self.stale = True

    def ready(self, result):
        """The network is loaded, or could not be."""
        if isinstance(result, Exception):
            self.error, self.running = result, False
            return
        from digits.ink.drawing import PEN_WIDTH, Drawing

        self.recogniser, self.pen_width = result, PEN_WIDTH
        self.drawing = Drawing(self.layout.paper.width)
        self.stale = True

    # ── what the picture asks for ─────────────────────────────────────────────────────────────

    def enabled(self, name):
        """Whether this button has anything to do."""
        if name == "Help":
            return True
        if not self.drawing:
            return False
        waits_for = {
            "Undo": self.drawing.steps,
            "Redo": self.drawing.undone,
            "Clear": self.drawing.ink.any(),
            "Save": self.reading,
        }
        return bool(waits_for.get(name, True))

    def truth(self):
        """The true label, while a test digit is what was put on the paper last."""
        step = self.drawing.steps[-1] if self.drawing and self.drawing.steps else None
        label = getattr(step, "label", None)
        return "" if label is None else f"A test digit of MNIST: it is {panels.with_article(label)}"

    # ── within ────────────────────────────────────────────────────────────────────────────────

    def _load(self):
        try:
            result = self.load()
        except Exception as error:  # whatever it is must end the window, not be lost in a thread
            result = error
        if pygame.display.get_init():
            pygame.event.post(pygame.event.Event(READY, result=result))

    def _predict(self):
        self.reading = self.recogniser.read(self.drawing.ink, paper=0)
        self.predictions += 1
        self.changed, self.stale = False, True
        title = TITLE
        if self.reading:
            name = panels.headline(self.reading)
            sure = "" if name == "?" else f" · {panels.percent(self.reading.confidence)}"
            title = f"{name}{sure} – {TITLE}"
        pygame.display.set_caption(title)

    def _let_go(self):
        """Another window has the mouse now: it will not be heard here when its button comes up."""
        self.held = self.stroke = self.pressed = None
        self.stale = True

    def _ink_changed(self):
        self.changed = True
        self._say("")

    def _between_strokes(self, change):
        if not self.held:
            change()
            self._ink_changed()

    def _say(self, text):
        self.note, self.stale = text, True
        self.help = False  # which would hide what is said, or has been done

    def _change_width(self, direction):
        wider = self.pen_width * WIDTH_STEP**direction
        self.pen_width = min(max(wider, THINNEST), WIDEST)
        self._say(f"Pen: {self.pen_width:.1%} of the paper")

    def _on_paper(self, position):
        paper = self.layout.paper
        return (position[0] - paper.left) / paper.width, (position[1] - paper.top) / paper.height

    def _button_at(self, position):
        places = zip(self.actions, self.layout.buttons, strict=True)
        return next((name for name, rect in places if rect.collidepoint(position)), None)
