"""What the hands do: mouse, fingers and keys become strokes and commands of the app.

A finger, or a pen that the system reports as one, draws like the left mouse button. SDL also reports
it as a mouse; those events are left out.
"""

from typing import TYPE_CHECKING

import pygame

if TYPE_CHECKING:
    from window.app import App

Position = tuple[int, int]
Holder = tuple[str, int]  # what draws: a mouse button or a finger, by its number

LEFT, RIGHT = 1, 3  # mouse buttons
PEN_UP = (pygame.WINDOWFOCUSLOST, pygame.WINDOWMINIMIZED, pygame.WINDOWHIDDEN)
FIRST_LETTER = 4  # the scan code of A on an American keyboard; the others follow
LETTERS = {
    "p": "Pen",
    "e": "Eraser",
    "c": "Clear",
    "r": "Test digit",
    "s": "Save",
    "d": "Theme",
    "h": "Help",
    "\t": "Inside",
    "1": "Thin",
    "2": "Medium",
    "3": "Thick",
}
CONTROL_LETTERS = {"z": "Undo", "y": "Redo", "v": "Paste", "c": "Copy"}
WIDER, NARROWER = ("]", "+"), ("[", "-", "−")
REPEATED = ("Undo", "Redo")


class Input:
    """The hands of one app: what is pressed now, and where."""

    def __init__(self, app: "App") -> None:
        self.app = app
        self.held: Holder | None = None  # what draws, or presses a button, while it is down
        self.keys_down: set[int] = set()
        self.is_quitting = False  # Escape was the last key

    def handle(self, event: pygame.event.Event) -> None:
        """Do what one event asks for."""
        app = self.app
        kind = event.type
        if kind == pygame.KEYDOWN:
            self._key(event)
        elif kind == pygame.KEYUP:
            self.keys_down.discard(event.key)
        elif kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEMOTION, pygame.MOUSEBUTTONUP):
            self._mouse(event)
        elif kind in (pygame.FINGERDOWN, pygame.FINGERMOTION, pygame.FINGERUP):
            self._finger(event)
        elif kind == pygame.MOUSEWHEEL:
            app.change_width(event.y)
        elif kind in PEN_UP:  # another window has the mouse: here it is not heard when a button comes up
            self.let_go()
            self.keys_down.clear()
        elif kind == pygame.WINDOWLEAVE:
            app.point_at(None)

    def let_go(self) -> None:
        """Whatever is down is up."""
        self.held = None
        self.app.end_stroke()
        self.app.release_button()

    def _mouse(self, event: pygame.event.Event) -> None:
        if getattr(event, "touch", False):
            return
        if event.type == pygame.MOUSEMOTION:
            self._move(event.pos, is_mouse=True)
        elif event.button in (LEFT, RIGHT):
            holder = ("button", event.button)
            if event.type == pygame.MOUSEBUTTONDOWN:
                self._down(holder, event.pos)
            else:
                self._up(holder, event.pos)

    def _finger(self, event: pygame.event.Event) -> None:
        width, height = self.app.surface.get_size()
        position = (round(event.x * width), round(event.y * height))
        holder = ("finger", event.finger_id)
        if event.type == pygame.FINGERDOWN:
            self._down(holder, position)
        elif self.held == holder and event.type == pygame.FINGERMOTION:
            self._move(position)
        elif event.type == pygame.FINGERUP:
            self._up(holder, position)
            self.app.point_at(None)

    def _down(self, holder: Holder, position: Position) -> None:
        app = self.app
        if self.held:
            return
        self.held = holder
        app.point_at(position)
        is_right = holder == ("button", RIGHT)
        if not is_right and app.press_button(position):
            return
        app.pen_down(position, erases=is_right)

    def _move(self, position: Position, is_mouse: bool = False) -> None:
        self.app.point_at(position)
        if self.held and not (is_mouse and self.held[0] == "finger"):
            self.app.pen_to(position)

    def _up(self, holder: Holder, position: Position) -> None:
        if self.held != holder:
            return
        self.held = None
        self.app.end_stroke()
        self.app.release_button(position)

    def _key(self, event: pygame.event.Event) -> None:
        app = self.app
        is_repeated = event.key in self.keys_down
        self.keys_down.add(event.key)
        control = event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META)  # on a Mac it is Cmd
        letter = self._letter(event)
        # First of all, as a bracket may need AltGr, which may count as Ctrl.
        if event.unicode in WIDER or event.unicode in NARROWER:
            app.change_width(1 if event.unicode in WIDER else -1)
        elif event.key == pygame.K_ESCAPE:
            self._escape(is_repeated)
            return
        elif control and letter == "q":
            app.running = False
        elif event.key == pygame.K_F1 and not is_repeated:
            app.command("Help")
        elif control:
            name = CONTROL_LETTERS.get(letter)
            if name == "Undo" and event.mod & pygame.KMOD_SHIFT:
                name = "Redo"
            if name and (name in REPEATED or not is_repeated):
                app.command(name)
        elif letter in LETTERS and not is_repeated and not event.mod & pygame.KMOD_ALT:
            app.command(LETTERS[letter])
        self.is_quitting = False

    def _escape(self, is_repeated: bool) -> None:
        """Close the help, or put the eraser away; quit where nothing is lost, or when asked twice."""
        app = self.app
        if app.help:
            app.command("Help")
        elif app.is_eraser:
            app.command("Pen")
        elif app.is_blank or (self.is_quitting and not is_repeated):
            app.running = False
        else:
            self.is_quitting = True
            app.say("Esc again quits; S saves the drawing")

    def _letter(self, event: pygame.event.Event) -> str:
        """The key's letter or digit; of another alphabet, what is there on an American one."""
        if event.unicode.isdigit():  # also on the keypad
            return str(event.unicode)
        if 0 < event.key < 128:
            return chr(event.key).lower()
        scan_code = getattr(event, "scancode", 0)
        if FIRST_LETTER <= scan_code < FIRST_LETTER + 26:
            return chr(ord("a") + scan_code - FIRST_LETTER)
        return ""
