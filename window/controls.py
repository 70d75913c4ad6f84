"""How buttons and the help look."""

import pygame

from window import theme
from window.commands import COMMANDS, WIDTHS, Command
from window.theme import Painter

GESTURES = (
    ("Draw", "left button, finger or pen: a digit, a number, several lines"),
    ("Erase", "right button; or E, then draw"),
    ("Width", "1, 2, 3; wheel, + and −, [ and ]"),
    ("Digits", "point at one to see how the network reads it; click its label to keep it"),
    ("Pictures", "drop a file on the window, or paste one"),
    ("Frame", "what the network sees: up and to the left, which tells it that this is not MNIST's"),
    ("Screen", "F11 fills it, or gives it back"),
    ("Quit", "Ctrl Q; or Esc where there is no drawing"),
)
HELP = (*GESTURES, *((name, command.help) for name, command in COMMANDS.items() if command.help))


def draw_button(
    painter: Painter,
    rect: pygame.Rect,
    button: Command,
    *,
    enabled: bool,
    hovered: bool,
    pressed: bool,
    chosen: bool,
) -> None:
    """A card with the name and the key; without a card while there is nothing for it to do."""
    colours = painter.palette
    fill = None
    if enabled:
        fill = colours.pressed if pressed and hovered else colours.hovered if hovered else colours.card
    edge = colours.sure if chosen else colours.edge if enabled else colours.line
    painter.card(rect, fill, edge, width=max(2, round(2 * painter.unit)) if chosen else 1)
    colour = colours.text if enabled else colours.muted
    name = rect.inflate(-round(6 * painter.unit), 0)
    name.height = round(rect.height * 0.6)
    key = pygame.Rect(name.left, name.bottom - rect.height // 12, name.width, rect.height * 2 // 5)
    if button.name in WIDTHS:
        radius = max(1.5, WIDTHS[button.name] * 140 * painter.unit)
        pygame.draw.circle(painter.surface, colour, name.center, radius)
    else:
        painter.write_to_fit(button.name, 14, colour, name, bold=chosen)
    painter.write_to_fit(button.key, 11, colours.muted, key)


def draw_help(painter: Painter) -> None:
    """What can be done, on a card over the darkened window."""
    surface = painter.surface
    colours = painter.palette
    shade = pygame.Surface(surface.get_size(), pygame.SRCALPHA)
    shade.fill((0, 0, 0, 120))
    surface.blit(shade, (0, 0))
    unit = painter.unit
    rect = pygame.Rect(0, 0, max(round(660 * unit), 460), max(round((40 + 36 * len(HELP)) * unit), 320))
    rect = rect.clip(surface.get_rect().inflate(-8, -8))
    rect.center = surface.get_rect().center
    painter.card(rect, colours.card, colours.edge)
    height = (rect.height - 2 * round(12 * unit)) / len(HELP)
    left = rect.left + round(20 * unit)
    column = left + theme.font(14 * unit, bold=True).size("Test digit ")[0]
    for k, (what, how) in enumerate(HELP):
        y = rect.top + round(12 * unit + (k + 0.5) * height)
        painter.write(what, 14, colours.sure, bold=True, midleft=(left, y))
        words = theme.wrap_into(2, how, 13 * unit, rect.right - column - round(8 * unit))
        for n, line in enumerate(words):
            up = (n - (len(words) - 1) / 2) * theme.font(13 * unit).get_height()
            painter.write(line, 13, colours.text, midleft=(column, y + round(up)))
