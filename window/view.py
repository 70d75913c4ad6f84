"""The whole window as a picture of the app as it stands; changes nothing in it."""

import pygame

from window import panels, theme


def draw(app):
    """Draw the paper, what stands beside it, the pen and the help on app.surface."""
    surface, layout, unit = app.surface, app.layout, app.layout.unit
    mouse = pygame.mouse.get_pos()
    surface.fill(theme.DESK)
    if app.drawing:
        surface.blit(theme.ink_surface(app.drawing.ink), layout.paper)
    else:
        surface.fill(theme.PAPER, layout.paper)
        text = "Getting ready … (on the very first start the kernels are compiled: some seconds)"
        panels.draw_waiting(surface, layout.paper, unit, text)
    pygame.draw.rect(surface, theme.LINE, layout.paper.inflate(2, 2), width=1)
    panels.draw_answer(surface, layout, app.reading)
    panels.draw_frame(surface, layout, app.reading)
    note = app.note or (panels.ERASER if app.eraser else app.truth())
    panels.draw_message(surface, layout, app.reading, note)
    panels.draw_bars(surface, layout, app.reading)
    for name, rect in zip(app.actions, layout.buttons, strict=True):
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
        colour = theme.AMBER if app.eraser else theme.FAINT
        surface.set_clip(layout.paper)
        pygame.draw.circle(surface, colour, mouse, app.pen_width * layout.paper.width / 2, width=1)
        surface.set_clip(None)
    if app.help:
        panels.draw_help(surface, unit)
