"""What stands beside the paper: the answer, the network's frame, ten bars, buttons, the help."""

from typing import TYPE_CHECKING

import pygame

from window import theme
from window.layout import Layout

if TYPE_CHECKING:  # a second thread loads it
    from digits.prediction import Prediction

HELP = (
    ("left button, pen or finger", "draw"),
    ("right button; E switches", "erase"),
    ("wheel, [ and ]", "width of the pen"),
    ("Ctrl+Z", "undo"),
    ("Ctrl+Y, Ctrl+Shift+Z", "redo"),
    ("C", "clear the paper"),
    ("R", "a random test digit of MNIST"),
    ("S", "save the drawing and its frame"),
    ("H, F1", "this help"),
    ("Esc, Ctrl+Q", "quit"),
)
LIKELY = 0.5  # from here on a digit is more likely than all others together
CONSIDERABLE = 0.05  # from here on the runner-up is named
ERASER = "Eraser: press E to draw again"


def percent(share: float) -> str:
    """0.998 → '99.8 %'; never 100 % for what is not quite certain."""
    return f"{min(100 * share, 99.9) if share < 1 else 100:.1f} %"


def with_article(digit: int) -> str:
    """'a 7', 'an 8'."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


def headline(prediction: "Prediction") -> str:
    """'3'; '3?' for what is rejected as not a digit but most like a 3; '?' if most like none."""
    if prediction.is_digit:
        return str(prediction.digit)
    return f"{prediction.digit}?" if prediction.confidence >= LIKELY else "?"


def draw_answer(surface: pygame.Surface, layout: Layout, prediction: "Prediction | None") -> None:
    """The digit, large: blue, or amber with a question mark for what is rejected as not a digit."""
    rect = layout.answer
    theme.card(surface, rect)
    if prediction is None:
        theme.write(surface, "–", rect.height * 0.5, theme.OUTLINE, center=rect.center)
        return
    colour = theme.BLUE if prediction.is_digit else theme.AMBER
    theme.write(surface, headline(prediction), rect.height * 0.66, colour, bold=True, center=rect.center)


def draw_frame(surface: pygame.Surface, layout: Layout, prediction: "Prediction | None") -> None:
    """The 28×28 frame just as the network gets it, each pixel a square."""
    rect = layout.frame
    unit = layout.unit
    theme.card(surface, rect)
    if prediction is not None:
        scale = max(1, (rect.width - round(8 * unit)) // 28)
        picture = pygame.transform.scale_by(theme.ink_surface(prediction.network_input), scale)
        surface.blit(picture, picture.get_rect(center=rect.center))
    below = (rect.centerx, rect.bottom + 5 * unit)
    theme.write(surface, "what the network sees", 12 * unit, theme.MUTED, midtop=below)
    below = (layout.answer.centerx, rect.bottom + 5 * unit)
    theme.write(surface, "what it reads", 12 * unit, theme.MUTED, midtop=below)


def draw_message(
    surface: pygame.Surface, layout: Layout, prediction: "Prediction | None", note: str
) -> None:
    """How sure it is, in words; below it whatever else there is to say."""
    rect = layout.message
    unit = layout.unit
    if prediction is None:
        text = "Draw a digit"
        colour = theme.MUTED
    elif prediction.is_digit:
        text = f"{percent(prediction.confidence)} sure"
        colour = theme.TEXT
    else:
        text = "Not a digit"
        colour = theme.AMBER
    theme.write(surface, text, 20 * unit, colour, bold=True, topleft=rect.topleft)
    if not note and prediction is not None:
        note = _second_thought(prediction)
    for k, line in enumerate(theme.wrap_into(2, note, 13 * unit, rect.width)):
        place = (rect.left, rect.top + (27 + 16 * k) * unit)
        theme.write(surface, line, 13 * unit, theme.MUTED, topleft=place)


def _second_thought(prediction: "Prediction") -> str:
    if not prediction.is_digit:
        if prediction.confidence < LIKELY:
            return ""
        return f"if it is one, {with_article(prediction.digit)} ({percent(prediction.confidence)})"
    runner_up = prediction.runner_up
    share = prediction.probabilities[runner_up]
    if share < CONSIDERABLE:
        return ""
    return f"or perhaps {with_article(runner_up)} ({percent(share)})"


def draw_bars(surface: pygame.Surface, layout: Layout, prediction: "Prediction | None") -> None:
    """One bar for each digit, as long as it is probable."""
    rect = layout.bars
    unit = layout.unit
    row = rect.height / 10
    for digit in range(10):
        share = 0.0 if prediction is None else float(prediction.probabilities[digit])
        best = False
        colour = theme.MUTED
        if prediction is not None and str(digit) in headline(prediction):
            best = True
            colour = theme.BLUE if prediction.is_digit else theme.AMBER
        y = rect.top + (digit + 0.5) * row
        theme.write(surface, str(digit), 15 * unit, colour, bold=best, midleft=(rect.left, y))
        track = pygame.Rect(0, 0, rect.width - round(100 * unit), max(3, round(row * 0.42)))
        track.midleft = (rect.left + round(26 * unit), round(y))
        pygame.draw.rect(surface, theme.OUTLINE, track, border_radius=track.height // 3)
        filled = track.copy()
        filled.width = round(track.width * share)
        if filled.width > 1:
            bar = colour if best else theme.PALE_BLUE
            pygame.draw.rect(surface, bar, filled, border_radius=track.height // 3)
        text = percent(share) if prediction is not None else ""
        theme.write(surface, text, 14 * unit, colour, bold=best, midright=(rect.right, y))


def draw_button(
    surface: pygame.Surface,
    rect: pygame.Rect,
    unit: float,
    label: str,
    *,
    hovered: bool,
    pressed: bool,
    enabled: bool,
) -> None:
    """A button; paler while there is nothing for it to do."""
    colour = theme.BUTTON
    if enabled and hovered:
        colour = theme.BUTTON_PRESSED if pressed else theme.BUTTON_HOVERED
    theme.card(surface, rect, colour, radius=round(10 * unit))
    text = theme.TEXT if enabled else theme.OUTLINE
    theme.write(surface, label, 14 * unit, text, center=rect.center)


def draw_help(surface: pygame.Surface, unit: float) -> None:
    """All keys on a card over the darkened window."""
    shade = pygame.Surface(surface.get_size(), pygame.SRCALPHA)
    shade.fill((*theme.INK_COLOUR, 110))
    surface.blit(shade, (0, 0))
    rect = pygame.Rect(0, 0, round(520 * unit), round((110 + 32 * len(HELP)) * unit))
    rect.center = surface.get_rect().center
    theme.card(surface, rect)
    top = rect.top + 24 * unit
    theme.write(surface, "Keys", 22 * unit, theme.TEXT, bold=True, topleft=(rect.left + 32 * unit, top))
    for k, (keys, meaning) in enumerate(HELP):
        y = top + (48 + 32 * k) * unit
        theme.write(surface, keys, 14 * unit, theme.BLUE, topleft=(rect.left + 32 * unit, y))
        theme.write(surface, meaning, 14 * unit, theme.TEXT, topleft=(rect.left + 262 * unit, y))


def draw_waiting(surface: pygame.Surface, rect: pygame.Rect, unit: float, text: str) -> None:
    """A few words in the middle of the paper."""
    lines = theme.wrap(text, 16 * unit, rect.width * 0.8)
    for k, line in enumerate(lines):
        y = rect.centery + (k - (len(lines) - 1) / 2) * 24 * unit
        theme.write(surface, line, 16 * unit, theme.MUTED, center=(rect.centerx, y))
