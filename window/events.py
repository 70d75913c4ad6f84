"""Events of mouse, touch and keyboard become strokes and commands.

A finger, or a pen that the system reports as one, draws like the left mouse button. SDL also reports
it as a mouse; those events are left out.
"""

import pygame

from window import paper, pen
from window.commands import COMMANDS, command_at, run_command
from window.state import State

Position = tuple[int, int]
Holder = tuple[str, int]  # what draws: a mouse button or a finger, by its number

LEFT, RIGHT = 1, 3  # mouse buttons
RELEASE_EVENTS = (pygame.WINDOWFOCUSLOST, pygame.WINDOWMINIMIZED, pygame.WINDOWHIDDEN)
FIRST_LETTER = 4  # the scan code of A on an American keyboard; the others follow


def _key_of(label: str) -> tuple[bool, str]:
    """ "Ctrl Z" → (True, "z"), "Tab" → (False, "\\t")."""
    key = label.removeprefix("Ctrl ")
    return key != label, "\t" if key == "Tab" else key.lower()


KEYS = {_key_of(command.key): name for name, command in COMMANDS.items()}
KEYS[True, "s"] = "Save"  # as everywhere else
KEYS[False, "\x7f"] = KEYS[False, "\b"] = "Clear"  # Delete and Backspace
WIDER, NARROWER = ("]", "+"), ("[", "-", "−")


class Hands:
    """What is pressed now, and where."""

    def __init__(self) -> None:
        self.held: Holder | None = None  # what draws, or presses a button, while it is down
        self.keys_down: set[int] = set()

    def handle(self, state: State, event: pygame.event.Event, size: tuple[int, int]) -> None:
        """Do what one event asks for, in a window of this size."""
        kind = event.type
        if kind == pygame.KEYDOWN:
            self._key(state, event)
        elif kind == pygame.KEYUP:
            self.keys_down.discard(event.key)
        elif kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEMOTION, pygame.MOUSEBUTTONUP):
            self._mouse(state, event)
        elif kind in (pygame.FINGERDOWN, pygame.FINGERMOTION, pygame.FINGERUP):
            self._finger(state, event, (round(event.x * size[0]), round(event.y * size[1])))
        elif kind == pygame.MOUSEWHEEL:
            pen.change_width(state, event.y)
        elif kind in RELEASE_EVENTS:  # the release of a button will not reach this window
            self.let_go(state)
            self.keys_down.clear()
        elif kind == pygame.WINDOWLEAVE:
            point_at(state, None)

    def let_go(self, state: State) -> None:
        """Release everything that is held."""
        self.held = None
        pen.end_stroke(state)
        release_button(state)

    def _mouse(self, state: State, event: pygame.event.Event) -> None:
        if getattr(event, "touch", False):
            return
        if event.type == pygame.MOUSEMOTION:
            self._move(state, event.pos, is_mouse=True)
        elif event.button in (LEFT, RIGHT):
            holder = ("button", event.button)
            if event.type == pygame.MOUSEBUTTONDOWN:
                self._down(state, holder, event.pos)
            else:
                self._up(state, holder, event.pos)

    def _finger(self, state: State, event: pygame.event.Event, position: Position) -> None:
        holder = ("finger", event.finger_id)
        if event.type == pygame.FINGERDOWN:
            self._down(state, holder, position)
        elif self.held == holder and event.type == pygame.FINGERMOTION:
            self._move(state, position)
        elif event.type == pygame.FINGERUP and self.held == holder:
            self._up(state, holder, position)
            point_at(state, None)

    def _down(self, state: State, holder: Holder, position: Position) -> None:
        if self.held:
            return
        self.held = holder
        point_at(state, position)
        if state.help:  # the click that closes it draws nothing
            run_command(state, "Help")
            return
        is_right = holder == ("button", RIGHT)
        if is_right or not press_button(state, position):
            pen.pen_down(state, position, erases=is_right)

    def _move(self, state: State, position: Position, is_mouse: bool = False) -> None:
        point_at(state, position)
        if self.held and not (is_mouse and self.held[0] == "finger"):
            pen.pen_to(state, position)

    def _up(self, state: State, holder: Holder, position: Position) -> None:
        if self.held != holder:
            return
        self.held = None
        pen.end_stroke(state)
        release_button(state, position)

    def _key(self, state: State, event: pygame.event.Event) -> None:
        is_repeated = event.key in self.keys_down
        self.keys_down.add(event.key)
        control = bool(event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META))  # on a Mac it is Cmd
        alt = bool(event.mod & pygame.KMOD_ALT) and not control
        letter = _letter(event)
        if control and letter == "z" and event.mod & pygame.KMOD_SHIFT:
            letter = "y"
        name = KEYS.get((control, letter))
        # Checked first, because a bracket may need AltGr, which may count as Ctrl.
        if event.unicode in WIDER or event.unicode in NARROWER:
            pen.change_width(state, 1 if event.unicode in WIDER else -1)
        elif event.key == pygame.K_ESCAPE:
            _escape(state)
        elif control and letter == "q":
            state.running = False
        elif event.key == pygame.K_F1 and not is_repeated:
            run_command(state, "Help")
        elif event.key == pygame.K_F11 and not is_repeated:
            pygame.display.toggle_fullscreen()
        elif name and not (is_repeated and not COMMANDS[name].repeats) and not alt:
            run_command(state, name)


def _escape(state: State) -> None:
    """Close what is open, or put the eraser away; quit where nothing is lost."""
    if state.help:
        run_command(state, "Help")
    elif state.inside.is_open:
        run_command(state, "Inside")
    elif state.is_eraser:
        run_command(state, "Pen")
    elif state.is_blank:
        state.running = False
    else:
        state.say("Ctrl Q quits; S saves the drawing")


def _letter(event: pygame.event.Event) -> str:
    """The key's letter or digit; in other alphabets, the letter at that place of a US keyboard."""
    if event.unicode.isdigit():  # also on the keypad
        return str(event.unicode)
    if 0 < event.key < 128:
        return chr(event.key).lower()
    scan_code = getattr(event, "scancode", 0)
    if FIRST_LETTER <= scan_code < FIRST_LETTER + 26:
        return chr(ord("a") + scan_code - FIRST_LETTER)
    return ""


def point_at(state: State, position: Position | None) -> None:
    """The pointer is here, or nowhere in the window."""
    state.pointer = position
    if position:
        state.inside.drag(position, state.layout)
    state.stale = True


def press_button(state: State, position: Position) -> bool:
    """Press the button, the part of the inside, or the label that is here; return if there is one."""
    state.stale = True
    if state.inside.press(position, state.layout):
        return True
    label = paper.label_at(state.reading, position, state.layout.paper, state.layout.unit)
    if label is not None:  # to pin that digit, or to let it go
        state.pinned = None if state.pinned == label else label
        return True
    state.pressed = command_at(state, position)
    return state.pressed is not None


def release_button(state: State, position: Position | None = None) -> None:
    """A button runs its command if the pointer is still on it."""
    pressed, state.pressed = state.pressed, None
    state.inside.dragged = None
    state.stale = True
    if pressed and position and command_at(state, position) == pressed:
        run_command(state, pressed)
