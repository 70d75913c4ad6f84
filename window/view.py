"""The window as a picture of its state; only what has changed is drawn."""

import pygame

from window import controls, panels, paper
from window.commands import COMMANDS
from window.inside_drawing import draw_inside
from window.learning import draw_learning
from window.pen import ERASER_FACTOR
from window.state import State
from window.theme import DARK, LIGHT, Painter, Palette

HINT = "Draw a digit or a number: with the mouse, a finger or a pen. Or drop a picture here."


class View:
    """What was drawn last, so that it need not be drawn again."""

    def __init__(self) -> None:
        self.pen: pygame.Rect | None = None  # its outline, as drawn
        self.over: list[pygame.Rect] = []  # brackets and labels, as drawn
        self.was_blank = False

    def render(self, surface: pygame.Surface, state: State) -> list[pygame.Rect]:
        """Draw the state. Returns what has changed on the surface; while one draws it is little.

        Otherwise everything but the paper's ink is the same, and the panel and the buttons may differ.
        """
        palette = DARK if state.is_dark else LIGHT
        painter = Painter(surface, palette, state.layout.unit)
        if state.stale_everywhere or state.help:
            surface.fill(palette.desk)
            changed = [surface.get_rect()]
            self._paper(painter, state, state.layout.paper)
        else:
            changed = self._changed_paper(state)
            for rect in changed:
                self._paper(painter, state, rect)
            buttons = state.layout.buttons[0].unionall(list(state.layout.buttons))
            for rect in (*_panel_rects(state), buttons):
                surface.fill(palette.desk, rect)
                changed.append(rect)
        edge = state.layout.paper.inflate(2, 2)
        pygame.draw.rect(surface, palette.edge, edge, width=1)
        self._panel(painter, state)
        self._buttons(painter, state)
        if state.help:
            controls.draw_help(painter)
        return changed

    def _changed_paper(self, state: State) -> list[pygame.Rect]:
        """The parts of the paper that differ from what is shown."""
        sheet = state.layout.paper
        parts = [*self.over, *([self.pen] if self.pen else [])]
        if state.drawing:
            for rows, columns in state.drawing.take_changes():
                size = (columns.stop - columns.start, rows.stop - rows.start)
                parts.append(pygame.Rect((sheet.left + columns.start, sheet.top + rows.start), size))
        else:
            parts.append(sheet)
        parts += self._overlays(state)
        if pen := pen_outline(state):
            parts.append(pen)
        if state.is_blank != self.was_blank:
            parts.append(sheet)
        if not parts:
            return []
        return [parts[0].unionall(parts[1:]).inflate(4, 4).clip(sheet)]

    def _overlays(self, state: State) -> list[pygame.Rect]:
        sheet = state.layout.paper
        places = paper.brackets(state.reading, sheet, state.layout.unit)
        labels = [paper.label_rect(place, sheet, state.layout.unit) for place in places]
        parts = [place.union(label).inflate(4, 4) for place, label in zip(places, labels, strict=True)]
        if state.reading and state.inside.is_open:
            parts += [
                paper.glances_rect(digit, sheet, state.layout.unit) for digit in state.reading.digits
            ]
        return parts

    def _paper(self, painter: Painter, state: State, part: pygame.Rect) -> None:
        """This part of the paper with all that is over it."""
        surface = painter.surface
        sheet = state.layout.paper
        surface.set_clip(part.clip(sheet))  # what is written twice in one place would be bolder
        if state.drawing:
            state.drawing.take_changes()
            paper.draw_ink(painter, sheet, state.drawing.ink, part.clip(sheet))
        else:
            paper.draw_early_strokes(painter, sheet, state.early_strokes)
        if state.is_blank:
            paper.draw_hint(painter, sheet, HINT if state.drawing else paper.WAITING)
        if state.reading and len(state.reading.digits) > 1:
            paper.draw_brackets(painter, sheet, state.reading, state.shown)
        if state.reading and state.inside.is_open:
            paper.draw_glances(painter, sheet, state.reading)
        self.over = self._overlays(state)
        self.was_blank = state.is_blank
        self.pen = pen_outline(state)
        if self.pen:
            paper.draw_pen(painter, self.pen, state.erases)
        surface.set_clip(None)

    def _panel(self, painter: Painter, state: State) -> None:
        layout = state.layout
        surface = painter.surface
        answer, bars = _panel_rects(state)
        surface.set_clip(answer)  # in a very small window words would leave it
        said = _answer(state, painter.palette)
        panels.draw_answer(painter, layout, said, state.in_stroke)
        panels.draw_frame(painter, layout, state.prediction)
        truth = "" if state.inside.is_changed else state.truth
        note = state.note or (panels.ERASER if state.erases else truth)
        panels.draw_message(painter, layout, said, note, state.in_stroke)
        surface.set_clip(bars)
        if not state.inside.is_open and state.learning is not None:
            draw_learning(painter, layout.bars, state.learning)
        elif not state.inside.is_open:
            panels.draw_bars(painter, layout, state.prediction)
        surface.set_clip(None)
        if state.inside.is_open:
            draw_inside(painter, state.inside, layout, state.pointer)

    def _buttons(self, painter: Painter, state: State) -> None:
        for command, rect in zip(COMMANDS.values(), state.layout.buttons, strict=True):
            controls.draw_button(
                painter,
                rect,
                command,
                enabled=command.enabled(state),
                hovered=state.pointer is not None and rect.collidepoint(state.pointer),
                pressed=state.pressed == command.name,
                chosen=command.chosen(state),
            )


def _answer(state: State, colours: Palette) -> panels.Answer | None:
    """What is read; while sliders change the frame, what is read of that."""
    if state.inside.is_changed and state.inside.look:
        return panels.answer_of_look(state.inside.look, state.inside.change, colours)
    return panels.answer_of(state.reading, colours) if state.reading else None


def _panel_rects(state: State) -> tuple[pygame.Rect, pygame.Rect]:
    """Answer, frame and message in one; and the place of the bars."""
    layout = state.layout
    answer = layout.answer.unionall([layout.frame, layout.message])
    return answer.inflate(2, 2), layout.bars.inflate(2, 2)


def pen_outline(state: State) -> pygame.Rect | None:
    """Around the pointer while it is over the paper: as wide as the pen."""
    if not state.pointer or not state.layout.paper.collidepoint(state.pointer):
        return None
    factor = ERASER_FACTOR if state.erases else 1
    width = max(2, round(factor * state.pen_width * state.layout.paper.width))
    rect = pygame.Rect(0, 0, width, width)
    rect.center = state.pointer
    return rect
