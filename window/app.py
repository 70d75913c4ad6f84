"""The event loop: events change the state, the network reads the ink, the state is drawn.

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

from nn.errors import UserError
from window import desktop, files, panels, theme
from window.commands import add_picture, layout_of
from window.events import Hands
from window.learning import Learning
from window.reader import Reader
from window.state import State
from window.view import View

if TYPE_CHECKING:  # a second thread loads it
    from digits.reading.recogniser import Recogniser

TITLE = "Digit Recognition"
READY = pygame.event.custom_type()
DARK = pygame.event.custom_type()
REPEAT_MS = (400, 60)  # delay before a held key repeats, and interval


class App:
    """The window. `load()` returns a Recogniser; it runs in a second thread once `run` is called."""

    def __init__(
        self,
        size: tuple[int, int] | None,
        load: "Callable[[], Recogniser]",
        data_dir: Path | None = None,
        save_dir: Path = Path("drawings"),
        is_dark: bool | None = None,  # None: follow the system's theme
        learning: Learning | None = None,
    ) -> None:
        self.load = load
        try:
            pygame.display.init()
            if pygame.display.get_driver() == "offscreen" and "SDL_VIDEODRIVER" not in os.environ:
                raise pygame.error("there is no screen")  # SDL would draw where nobody sees it
            pygame.font.init()
            # Before the window opens: while pygame loads an icon of its own, Ctrl-C would be lost.
            pygame.display.set_icon(theme.icon())
            size = size or desktop.comfortable_size()
            self.surface = pygame.display.set_mode(size, pygame.RESIZABLE)
            pygame.display.set_allow_screensaver(True)  # SDL forbids it
            pygame.key.set_repeat(*REPEAT_MS)
        except pygame.error as error:
            raise UserError(f"no window can be opened here: {error}") from error
        pygame.display.set_caption(TITLE)
        layout = layout_of(self.surface.get_size(), learning is not None)
        self.state = State(layout, data_dir, save_dir, bool(is_dark), is_dark is None, learning)
        self.hands = Hands()
        self.view = View()
        self.reader = Reader()
        self.error: Exception | None = None  # why the network could not be loaded

    def run(self) -> None:
        """Run the event loop until the user quits; re-raise the exception if loading failed."""
        threading.Thread(target=self._load, daemon=True).start()
        try:
            self.process([])
            while self.state.running:
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
        state = self.state
        for event in events:
            self.handle(event)
            if not state.is_arranged:
                self.resize(self.surface.get_size())
        if state.changed and state.recogniser:
            self._read()
        if state.stale and state.running:
            state.inside.update(state.prediction, state.recogniser, state.pointer, state.layout)
            pygame.display.update(self.view.render(self.surface, state))
            state.stale = state.stale_everywhere = False

    def handle(self, event: pygame.event.Event) -> None:
        """Do what one event asks for."""
        state = self.state
        if event.type == pygame.QUIT:
            state.running = False
        elif event.type == READY:
            self.ready(event.result)
        elif event.type == DARK:
            if state.follows_system:
                state.is_dark = event.is_dark
                state.draw_everything()
        elif event.type == pygame.VIDEORESIZE:
            self.resize(event.size)
        elif event.type == pygame.WINDOWEXPOSED:
            state.draw_everything()
        elif event.type == pygame.DROPFILE:
            add_picture(lambda: files.open_picture(Path(event.file), state.recogniser), state)
        else:
            self.hands.handle(state, event, self.surface.get_size())

    def resize(self, size: tuple[int, int]) -> None:
        """The window has this size now; the drawing is rendered for it anew."""
        state = self.state
        surface = pygame.display.get_surface()
        assert surface is not None  # there is a window
        self.surface = surface
        state.layout = layout_of(size, state.inside.is_open or state.learning is not None)
        state.is_arranged = True
        if state.drawing:
            state.drawing.resize(state.layout.paper.width)
            state.changed = True
        state.draw_everything()

    def ready(self, result: "Recogniser | Exception") -> None:
        """The network is loaded, or could not be."""
        state = self.state
        if isinstance(result, Exception):
            self.error = result
            state.running = False
            return
        from digits.ink.drawing import Drawing, Stroke

        state.recogniser = result
        state.drawing = Drawing(state.layout.paper.width)
        for width, points in state.early_strokes:
            state.drawing.add(Stroke(width, points=points, is_smooth=True))
        state.changed = bool(state.early_strokes)
        state.draw_everything()

    def _read(self) -> None:
        state = self.state
        self.reader.read(state)
        state.changed = False
        state.stale = True
        pygame.display.set_caption(panels.title(state.reading, TITLE))

    def _load(self) -> None:
        result: Recogniser | Exception
        try:
            if self.state.follows_system:
                self._post(DARK, is_dark=desktop.is_dark())
            result = self.load()
        except Exception as error:  # whatever it is must end the window, not be lost in a thread
            result = error
        self._post(READY, result=result)

    def _post(self, kind: int, **values: Any) -> None:
        if pygame.display.get_init():
            pygame.event.post(pygame.event.Event(kind, **values))
