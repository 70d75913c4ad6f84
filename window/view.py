"""The whole window as a picture of the app as it stands; only what has changed is drawn anew."""

from typing import TYPE_CHECKING

import pygame

from window import controls, panels, paper
from window.inside_drawing import draw_inside
from window.theme import DARK, LIGHT, Painter

if TYPE_CHECKING:
    from window.app import App

HINT = "Draw a digit or a number: with the mouse, a finger or a pen. Or drop a picture here."


class View:
    """What was drawn last, so that it need not be drawn again."""

    def __init__(self) -> None:
        self.pen: pygame.Rect | None = None  # its outline, as drawn
        self.over: list[pygame.Rect] = []  # brackets and labels, as drawn
        self.was_blank = False

    def render(self, app: "App", everything: bool) -> list[pygame.Rect]:
        """Draw on app.surface. Returns what has changed there; while one draws it is little.

        Otherwise everything but the paper's ink is the same, and the panel and the buttons may differ.
        """
        palette = DARK if app.is_dark else LIGHT
        painter = Painter(app.surface, palette, app.layout.unit)
        if everything or app.help:
            app.surface.fill(palette.desk)
            changed = [app.surface.get_rect()]
            self._paper(app, painter, app.layout.paper)
        else:
            changed = self._changed_paper(app)
            for rect in changed:
                self._paper(app, painter, rect)
            buttons = app.layout.buttons[0].unionall(list(app.layout.buttons))
            for rect in (*_panel_rects(app), buttons):
                app.surface.fill(palette.desk, rect)
                changed.append(rect)
        edge = app.layout.paper.inflate(2, 2)
        pygame.draw.rect(app.surface, palette.edge, edge, width=1)
        self._panel(app, painter)
        self._buttons(app, painter)
        if app.help:
            controls.draw_help(painter)
        return changed

    def _changed_paper(self, app: "App") -> list[pygame.Rect]:
        """The parts of the paper that differ from what is shown."""
        sheet = app.layout.paper
        parts = [*self.over, *([self.pen] if self.pen else [])]
        if app.drawing:
            for rows, columns in app.drawing.take_changes():
                size = (columns.stop - columns.start, rows.stop - rows.start)
                parts.append(pygame.Rect((sheet.left + columns.start, sheet.top + rows.start), size))
        else:
            parts.append(sheet)
        parts += self._overlays(app)
        if pen := pen_outline(app):
            parts.append(pen)
        if app.is_blank != self.was_blank:
            parts.append(sheet)
        if not parts:
            return []
        return [parts[0].unionall(parts[1:]).inflate(4, 4).clip(sheet)]

    def _overlays(self, app: "App") -> list[pygame.Rect]:
        sheet = app.layout.paper
        places = paper.brackets(app.reading, sheet, app.layout.unit)
        labels = [paper.label_rect(place, sheet, app.layout.unit) for place in places]
        return [place.union(label).inflate(4, 4) for place, label in zip(places, labels, strict=True)]

    def _paper(self, app: "App", painter: Painter, part: pygame.Rect) -> None:
        """This part of the paper with all that is over it."""
        surface = app.surface
        sheet = app.layout.paper
        surface.set_clip(part.clip(sheet))  # what is written twice in one place would be bolder
        if app.drawing:
            app.drawing.take_changes()
            paper.draw_ink(painter, sheet, app.drawing.ink, part.clip(sheet))
        else:
            paper.draw_early_strokes(painter, sheet, app.early_strokes)
        if app.is_blank:
            paper.draw_hint(painter, sheet, HINT if app.drawing else paper.WAITING)
        if app.reading and len(app.reading.digits) > 1:
            paper.draw_brackets(painter, sheet, app.reading, app.shown)
        self.over = self._overlays(app)
        self.was_blank = app.is_blank
        self.pen = pen_outline(app)
        if self.pen:
            paper.draw_pen(painter, self.pen, app.erases)
        surface.set_clip(None)

    def _panel(self, app: "App", painter: Painter) -> None:
        layout = app.layout
        answer, bars = _panel_rects(app)
        app.surface.set_clip(answer)  # in a very small window words would leave it
        panels.draw_answer(painter, layout, app.reading)
        panels.draw_frame(painter, layout, app.prediction)
        note = app.note or (panels.ERASER if app.erases else app.truth())
        panels.draw_message(painter, layout, app.reading, note)
        app.surface.set_clip(bars)
        if not app.inside.is_open:
            app.draw_bars(painter)
        app.surface.set_clip(None)
        if app.inside.is_open:
            draw_inside(painter, app.inside)

    def _buttons(self, app: "App", painter: Painter) -> None:
        for button, rect in zip(controls.BUTTONS, app.layout.buttons, strict=True):
            controls.draw_button(
                painter,
                rect,
                button,
                enabled=app.enabled(button.name),
                hovered=app.pointer is not None and rect.collidepoint(app.pointer),
                pressed=app.pressed == button.name,
                chosen=app.chosen(button.name),
            )


def _panel_rects(app: "App") -> tuple[pygame.Rect, pygame.Rect]:
    """Answer, frame and message in one; and the place of the bars."""
    layout = app.layout
    answer = layout.answer.unionall([layout.frame, layout.message])
    return answer.inflate(2, 2), layout.bars.inflate(2, 2)


def pen_outline(app: "App") -> pygame.Rect | None:
    """Around the pointer while it is over the paper: as wide as the pen."""
    if not app.pointer or not app.layout.paper.collidepoint(app.pointer):
        return None
    width = max(2, round(app.pen_width * app.layout.paper.width))
    rect = pygame.Rect(0, 0, width, width)
    rect.center = app.pointer
    return rect
