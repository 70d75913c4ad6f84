"""Strokes: what a mouse, a finger or a pen that is down draws on the paper."""

from window.state import State

MIN_PEN_WIDTH = 0.01  # shares of the paper's side
MAX_PEN_WIDTH = 0.2
PEN_WIDTH_FACTOR = 1.12  # from one width to the next
ERASER_FACTOR = 1.5  # by which the eraser is wider than the pen


def pen_down(state: State, position: tuple[int, int], erases: bool) -> None:
    """A stroke begins as soon as it comes upon the paper, where something can come of it."""
    state.is_pen_down = True
    state.erases_now = erases
    pen_to(state, position)


def pen_to(state: State, position: tuple[int, int]) -> None:
    """The pointer is here now; while the pen is down it draws."""
    if not state.is_pen_down:
        return
    sheet = state.layout.paper
    point = ((position[0] - sheet.left) / sheet.width, (position[1] - sheet.top) / sheet.height)
    if state.in_stroke and state.drawing:
        state.drawing.extend(*point)
    elif state.in_stroke:
        state.early_strokes[-1][1].append(point)
    elif sheet.collidepoint(position) and not (state.erases and state.is_blank):
        _begin_stroke(state, point)
    else:
        return
    state.ink_changed()


def end_stroke(state: State) -> None:
    """The pen is up: now it is read for good."""
    state.changed |= state.in_stroke
    state.is_pen_down = state.in_stroke = state.erases_now = False
    state.stale = True


def _begin_stroke(state: State, point: tuple[float, float]) -> None:
    if not state.drawing:
        if not state.erases:
            state.early_strokes.append((state.pen_width, [point]))
            state.in_stroke = True
        return
    from digits.ink.drawing import Stroke  # imported by the second thread by now

    width = state.pen_width * (ERASER_FACTOR if state.erases else 1)
    state.drawing.add(Stroke(width, state.erases, [point], is_smooth=True))
    state.in_stroke = True


def change_width(state: State, direction: int) -> None:
    """One step wider (1) or narrower (−1)."""
    width = state.pen_width * PEN_WIDTH_FACTOR**direction
    state.pen_width = min(max(width, MIN_PEN_WIDTH), MAX_PEN_WIDTH)
    state.say(f"Pen: {state.pen_width:.1%} of the paper's width")
