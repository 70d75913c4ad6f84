"""Every button and its key, in one table: buttons, keys, help and tests read it.

A new button is a new line of COMMANDS. Esc, Ctrl Q, F1, F11 and the keys for the width are in events.py.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from nn.errors import UserError, explain
from window import files
from window.layout import Layout, arrange
from window.state import MEDIUM, State

if TYPE_CHECKING:  # a second thread loads it
    from digits.ink.drawing import Action, Drawing

# Widths of the pen, as shares of the paper's side, for the eye: what is read is drawn with a pen that
# fits (digits/ink/fitted_pen.py). Of 440 of UCI's pendigits 435, 434 and 433 are read right.
WIDTHS = {"Thin": 0.03, "Medium": MEDIUM, "Thick": 0.081}


def _between_strokes(change: "Callable[[Drawing], None]", state: State) -> None:
    if state.drawing and not state.in_stroke:
        change(state.drawing)
        state.ink_changed()


def _undo(drawing: "Drawing") -> None:
    drawing.undo()


def _redo(drawing: "Drawing") -> None:
    drawing.redo()


def _clear(state: State) -> None:
    """Clear the paper and select the pen."""
    state.is_eraser = state.is_eraser and state.is_pen_down
    state.inside.restore()
    _between_strokes(lambda drawing: drawing.clear(), state)


def _choose_tool(is_eraser: bool, state: State) -> None:
    state.is_eraser = is_eraser and not state.is_eraser
    state.say("")


def _choose_width(name: str, state: State) -> None:
    state.pen_width = WIDTHS[name]
    state.say("")


def add_picture(make: "Callable[[], Action]", state: State) -> None:
    """Put a picture on new paper; on an error say why, and leave the drawing."""
    if not state.drawing or state.in_stroke:
        state.say(
            "One moment: finish the stroke first" if state.drawing else "One moment: not ready yet"
        )
        return
    try:
        action = make()
    except (UserError, OSError) as error:
        state.say(explain(error))
    except MemoryError:
        state.say("The picture is too large for the memory there is")
    except Exception as error:  # whatever it is: what was handed over must not end the window
        state.say(f"This cannot be read as a picture: {error!r}")
    else:
        state.inside.restore()
        _between_strokes(lambda drawing: drawing.add(action), state)


def _test_digit(state: State) -> None:
    add_picture(lambda: files.random_digit(state.data_dir), state)


def _paste(state: State) -> None:
    add_picture(lambda: files.paste_picture(state.recogniser), state)


def _copy(state: State) -> None:
    assert state.drawing is not None  # else it is not enabled
    try:
        files.copy_picture(state.drawing.ink)
        state.say("The drawing is in the clipboard")
    except UserError as error:
        state.say(explain(error))


def _save(state: State) -> None:
    """Write the drawing and its frame as PNG files."""
    assert state.drawing is not None  # else it is not enabled
    try:
        is_single = bool(state.reading and state.reading.single)
        state.say(files.save(state.drawing.ink, state.save_dir, is_single))
    except (UserError, OSError) as error:
        state.say(explain(error))


def _change_theme(state: State) -> None:
    state.is_dark = not state.is_dark
    state.follows_system = False
    state.draw_everything()


def _toggle_inside(state: State) -> None:
    """Show the inside in place of the bars, or the bars again."""
    if not state.in_stroke:
        state.inside.is_open = not state.inside.is_open
        state.inside.dragged = None
        state.inside.restore()
        state.is_arranged = False


def _toggle_help(state: State) -> None:
    state.help = not state.help
    state.draw_everything()


def _always(_: State) -> bool:
    return True


def _never(_: State) -> bool:
    return False


def _has_drawing(state: State) -> bool:
    return state.drawing is not None


def _has_ink(state: State) -> bool:
    return state.drawing is not None and not state.is_blank


def _is_width(name: str, state: State) -> bool:
    return abs(state.pen_width - WIDTHS[name]) < 1e-6


class Command(NamedTuple):
    """A button, the key that does the same, and what both do."""

    name: str
    key: str  # as it is written on the button: "P", "Ctrl Z", "Tab"
    do: Callable[[State], None]
    enabled: Callable[[State], bool] = _has_drawing  # whether it has anything to do
    chosen: Callable[[State], bool] = _never  # whether the tool or view is in use
    help: str = ""  # where its name does not say enough
    repeats: bool = False  # while its key is held


def _width(name: str, key: str) -> Command:
    return Command(name, key, partial(_choose_width, name), _always, partial(_is_width, name))


COMMANDS = {
    command.name: command
    for command in (
        Command("Pen", "P", partial(_choose_tool, False), _always, lambda s: not s.erases),
        Command("Eraser", "E", partial(_choose_tool, True), _always, lambda s: s.erases),
        _width("Thin", "1"),
        _width("Medium", "2"),
        _width("Thick", "3"),
        Command(
            *("Undo", "Ctrl Z", partial(_between_strokes, _undo)),
            enabled=lambda s: bool(s.drawing and s.drawing.actions),
            repeats=True,
        ),
        Command(
            *("Redo", "Ctrl Y", partial(_between_strokes, _redo)),
            enabled=lambda s: bool(s.drawing and s.drawing.undone),
            repeats=True,
        ),
        Command("Clear", "C", _clear, lambda s: _has_ink(s) or (s.is_eraser and _has_drawing(s))),
        Command(
            *("Test digit", "R", _test_digit),
            help="a random one of MNIST's, which the network has not learned from",
        ),
        Command("Paste", "Ctrl V", _paste),
        Command("Copy", "Ctrl C", _copy, _has_ink),
        Command("Save", "S", _save, lambda s: _has_drawing(s) and s.reading is not None),
        Command(
            *("Inside", "Tab", _toggle_inside, _always, lambda s: s.inside.is_open),
            help="every value of every layer; point at one for its sum, click to keep it",
        ),
        Command("Theme", "D", _change_theme, _always),
        Command("Help", "H", _toggle_help, _always),
    )
}


def run_command(state: State, name: str) -> None:
    """Do what the button of this name does, if it is enabled."""
    command = COMMANDS[name]
    if command.enabled(state):
        command.do(state)


def command_at(state: State, position: tuple[int, int]) -> str | None:
    """The name of the button here, if any."""
    places = zip(COMMANDS, state.layout.buttons, strict=True)
    return next((name for name, rect in places if rect.collidepoint(position)), None)


def layout_of(size: tuple[int, int], is_inside: bool = False) -> Layout:
    """Where everything is in a window of this size."""
    return arrange(size, len(COMMANDS), is_inside)
