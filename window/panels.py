"""What stands beside the paper: the answer, the network's frame, ten bars, buttons, the help."""

import pygame

from window import theme

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
LIKELY = 0.5  # from here on more so than all other digits together
ERASER = "Eraser: press E to draw again"


def percent(share):
    """0.998 → '99.8 %'; never 100 % for what is not quite certain."""
    return f"{min(100 * share, 99.9) if share < 1 else 100:.1f} %"


def with_article(digit):
    """'a 7', 'an 8'."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


def headline(reading):
    """'3'; '3?' where it hardly looks like a digit; '?' where there is none that it would rather be."""
    if reading.is_digit:
        return str(reading.digit)
    return f"{reading.digit}?" if reading.confidence >= LIKELY else "?"


def draw_answer(surface, layout, reading):
    """The digit, large: blue, or amber with a question mark where it hardly looks like any."""
    rect = layout.answer
    theme.card(surface, rect)
    if reading is None:
        theme.write(surface, "–", rect.height * 0.5, theme.LINE, center=rect.center)
        return
    colour = theme.BLUE if reading.is_digit else theme.AMBER
    theme.write(surface, headline(reading), rect.height * 0.66, colour, bold=True, center=rect.center)


def draw_frame(surface, layout, reading):
    """The 28×28 frame just as the network gets it, each pixel a square."""
    rect, unit = layout.frame, layout.unit
    theme.card(surface, rect)
    if reading is not None:
        scale = max(1, (rect.width - round(8 * unit)) // 28)
        picture = pygame.transform.scale_by(theme.ink_surface(reading.shown), scale)
        surface.blit(picture, picture.get_rect(center=rect.center))
    below = (rect.centerx, rect.bottom + 5 * unit)
    theme.write(surface, "what the network sees", 12 * unit, theme.FAINT, midtop=below)
    below = (layout.answer.centerx, rect.bottom + 5 * unit)
    theme.write(surface, "what it reads", 12 * unit, theme.FAINT, midtop=below)


def draw_message(surface, layout, reading, note):
    """How sure it is, in words; below it whatever else there is to say."""
    rect, unit = layout.message, layout.unit
    if reading is None:
        text, colour = "Draw a digit", theme.FAINT
    elif reading.is_digit:
        text, colour = f"{percent(reading.confidence)} sure", theme.TEXT
    else:
        text, colour = "Hardly a digit", theme.AMBER
    theme.write(surface, text, 20 * unit, colour, bold=True, topleft=rect.topleft)
    if not note and reading is not None:
        note = _second_thought(reading)
    for k, line in enumerate(theme.wrap_into(2, note, 13 * unit, rect.width)):
        place = (rect.left, rect.top + (27 + 16 * k) * unit)
        theme.write(surface, line, 13 * unit, theme.FAINT, topleft=place)


def _second_thought(reading):
    if not reading.is_digit:
        if reading.confidence < LIKELY:
            return ""
        return f"if it is one, {with_article(reading.digit)} ({percent(reading.confidence)})"
    second = reading.probabilities[reading.second]
    return f"or perhaps {with_article(reading.second)} ({percent(second)})" if second >= 0.05 else ""


def draw_bars(surface, layout, reading):
    """One bar for each digit, as long as it is probable."""
    rect, unit = layout.bars, layout.unit
    row = rect.height / 10
    for digit in range(10):
        share = 0.0 if reading is None else float(reading.probabilities[digit])
        best = reading is not None and str(digit) in headline(reading)
        colour = theme.FAINT if not best else theme.BLUE if reading.is_digit else theme.AMBER
        y = rect.top + (digit + 0.5) * row
        theme.write(surface, str(digit), 15 * unit, colour, bold=best, midleft=(rect.left, y))
        track = pygame.Rect(0, 0, rect.width - round(100 * unit), max(3, round(row * 0.42)))
        track.midleft = (rect.left + round(26 * unit), round(y))
        pygame.draw.rect(surface, theme.LINE, track, border_radius=track.height // 3)
        filled = track.copy()
        filled.width = round(track.width * share)
        if filled.width > 1:
            bar = colour if best else theme.PALE_BLUE
            pygame.draw.rect(surface, bar, filled, border_radius=track.height // 3)
        text = percent(share) if reading is not None else ""
        theme.write(surface, text, 14 * unit, colour, bold=best, midright=(rect.right, y))


def draw_button(surface, rect, unit, label, *, hovered, pressed, enabled):
    """A button; paler while there is nothing for it to do."""
    colour = theme.BUTTON
    if enabled and hovered:
        colour = theme.PRESSED if pressed else theme.HOVER
    theme.card(surface, rect, colour, radius=round(10 * unit))
    text = theme.TEXT if enabled else theme.LINE
    theme.write(surface, label, 14 * unit, text, center=rect.center)


def draw_help(surface, unit):
    """All keys on a card over the darkened window."""
    shade = pygame.Surface(surface.get_size(), pygame.SRCALPHA)
    shade.fill((*theme.INK, 110))
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


def draw_waiting(surface, rect, unit, text):
    """A few words in the middle of the paper."""
    lines = theme.wrap(text, 16 * unit, rect.width * 0.8)
    for k, line in enumerate(lines):
        y = rect.centery + (k - (len(lines) - 1) / 2) * 24 * unit
        theme.write(surface, line, 16 * unit, theme.FAINT, center=(rect.centerx, y))
