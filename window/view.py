"""The whole window as a picture of the app as it stands; changes nothing in it."""

from typing import TYPE_CHECKING

import pygame

from window import panels, theme

if TYPE_CHECKING:
    from window.app import App


def render_window(app: "App") -> None:
    """Draw the paper, what stands beside it, the pen and the help on app.surface."""
    surface = app.surface
    layout = app.layout
    unit = layout.unit
    mouse = pygame.mouse.get_pos()
    surface.fill(theme.BACKGROUND)
    if app.drawing:
        surface.blit(theme.ink_surface(app.drawing.ink), layout.paper)
    else:
        surface.fill(theme.PAPER_COLOUR, layout.paper)
        text = "Getting ready … (on the very first start the kernels are compiled: some seconds)"
        panels.draw_waiting(surface, layout.paper, unit, text)
    pygame.draw.rect(surface, theme.OUTLINE, layout.paper.inflate(2, 2), width=1)
    panels.draw_answer(surface, layout, app.prediction)
    panels.draw_frame(surface, layout, app.prediction)
    note = app.note or (panels.ERASER if app.eraser else app.truth())
    panels.draw_message(surface, layout, app.prediction, note)
    panels.draw_bars(surface, layout, app.prediction)
    for name, rect in zip(app.commands, layout.buttons, strict=True):
        panels.draw_button(
            surface,
            rect,
            unit,
            name,
            hovered=rect.collidepoint(mouse),
            pressed=app.pressed == name,
            enabled=app.enabled(name),
        )
    if app.drawing and layout.paper.collidepoint(mouse) and pygame.mouse.get_focused():
        colour = theme.AMBER if app.eraser else theme.MUTED
        surface.set_clip(layout.paper)
        pygame.draw.circle(surface, colour, mouse, app.pen_width * layout.paper.width / 2, width=1)
        surface.set_clip(None)
    if app.help:
        panels.draw_help(surface, unit)
