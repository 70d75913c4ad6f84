"""The paper: ink and, over it, a bracket for each digit, the pen's outline, a hint at first."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pygame

from window import theme
from window.panels import colour_of
from window.theme import Painter

if TYPE_CHECKING:  # a second thread loads them
    from numpy import ndarray

    from digits.reading.prediction import Digit, Reading

WAITING = (
    "Getting ready … (the very first time kernels are compiled: some seconds). You can draw already."
)
BEST_SPAN = 0.6  # share of the paper that a digit fills best
GLANCE = 24  # units: the height of what is certain
OUTLINE = 4  # units around a digit's ink


def draw_ink(painter: Painter, paper: pygame.Rect, ink: "ndarray", part: pygame.Rect) -> None:
    """This part of the paper, in the window's pixels."""
    surface = theme.ink_surface(ink, painter.palette)
    painter.surface.blit(surface, part, part.move(-paper.left, -paper.top))


def draw_early_strokes(painter: Painter, paper: pygame.Rect, strokes: Sequence["EarlyStroke"]) -> None:
    """What is drawn before the network is loaded, in plain lines."""
    pygame.draw.rect(painter.surface, painter.palette.paper, paper)
    for width, points in strokes:
        radius = max(1, width * paper.width / 2)
        places = [(paper.left + x * paper.width, paper.top + y * paper.width) for x, y in points]
        for place in places:
            pygame.draw.circle(painter.surface, painter.palette.ink, place, radius)
        if len(places) > 1:
            pygame.draw.lines(painter.surface, painter.palette.ink, False, places, round(2 * radius))


EarlyStroke = tuple[float, list[tuple[float, float]]]  # its width, its points; shares of the paper


def draw_hint(painter: Painter, paper: pygame.Rect, text: str) -> None:
    """A few words on blank paper, and a faint box of the size that a digit is read best with."""
    colours = painter.palette
    box = pygame.Rect(0, 0, round(0.75 * BEST_SPAN * paper.width), round(BEST_SPAN * paper.width))
    box.center = paper.center
    painter.card(box, None, colours.line)
    size = 15 * painter.unit
    lines = theme.wrap(text, size, 0.9 * box.width)
    for k, line in enumerate(lines):
        y = paper.centery + (k - (len(lines) - 1) / 2) * 1.6 * max(size, theme.MIN_FONT_SIZE)
        painter.write(line, 15, colours.muted, center=(paper.centerx, y))


def brackets(reading: "Reading | None", paper: pygame.Rect, unit: float) -> list[pygame.Rect]:
    """Where each digit of a number stands; nothing for a single one."""
    if reading is None or len(reading.digits) < 2:
        return []
    room = round(OUTLINE * unit)
    return [
        pygame.Rect(paper.left + round(x), paper.top + round(y), round(w), round(h)).inflate(
            2 * room, 2 * room
        )
        for x, y, w, h in (digit.box for digit in reading.digits)
    ]


def draw_brackets(painter: Painter, paper: pygame.Rect, reading: "Reading", shown: int | None) -> None:
    """Below each digit a bracket, and what it is read as; around the one that is shown a box."""
    colours = painter.palette
    places = brackets(reading, paper, painter.unit)
    for k, (rect, digit, text) in enumerate(zip(places, *_texts(reading), strict=True)):
        colour = colour_of(digit.prediction, colours) if text != "?" else colours.rejected
        thick = max(1, round((2 if k == shown else 1) * painter.unit))
        foot = max(3, round(5 * painter.unit))
        left, right, bottom = rect.left, rect.right - 1, min(rect.bottom, paper.bottom - 2)
        corners = [(left, bottom - foot), (left, bottom), (right, bottom), (right, bottom - foot)]
        pygame.draw.lines(painter.surface, colour, False, corners, thick)
        if k == shown:
            pygame.draw.rect(painter.surface, colours.line, rect, width=1)
        label = label_rect(rect, paper, painter.unit)
        painter.write(text, 13, colour, bold=True, center=label.center)


def draw_glances(painter: Painter, paper: pygame.Rect, reading: "Reading") -> None:
    """Above each digit what the line network sees there: as high as probable, output by output."""
    colour = painter.palette.unsure
    unit = painter.unit
    for digit in reading.digits:
        rect = glances_rect(digit, paper, unit)
        for glance in digit.glances:
            height = max(1, round(GLANCE * unit * glance.probability))
            bar = pygame.Rect(0, 0, max(2, round(2 * unit)), height)
            bar.midbottom = (paper.left + round(glance.x), rect.bottom)
            pygame.draw.rect(painter.surface, colour, bar)
        if digit.glances:
            best = max(digit.glances, key=lambda glance: glance.probability)
            place = (paper.left + round(best.x), rect.top)
            painter.write(best.character, 12, colour, bold=True, midtop=place)
    place = (paper.left + round(6 * unit), paper.bottom - round(6 * unit))
    painter.write("above the digits: the line network", 11, painter.palette.muted, bottomleft=place)


def glances_rect(digit: "Digit", paper: pygame.Rect, unit: float) -> pygame.Rect:
    """Where draw_glances writes what is seen of this digit."""
    height = round((GLANCE + 18) * unit)
    xs = [glance.x for glance in digit.glances] or [digit.box[0]]
    rect = pygame.Rect(0, 0, round(max(xs) - min(xs)), height).inflate(round(16 * unit), 0)
    rect.centerx = paper.left + round((min(xs) + max(xs)) / 2)
    rect.bottom = paper.top + max(round(digit.box[1] - OUTLINE * unit), height)
    return rect


def label_rect(bracket: pygame.Rect, paper: pygame.Rect, unit: float) -> pygame.Rect:
    """Where a bracket's digit is written: below it, or above where there is no space below."""
    size = round(max(18 * unit, 16))
    label = pygame.Rect(0, 0, size, size)
    label.midtop = bracket.midbottom
    if label.bottom > paper.bottom:
        label.midbottom = bracket.midtop
    return label


def label_at(
    reading: "Reading | None", position: tuple[int, int], paper: pygame.Rect, unit: float
) -> int | None:
    """Index of the digit whose label is here."""
    labels = [label_rect(place, paper, unit) for place in brackets(reading, paper, unit)]
    return next((k for k, label in enumerate(labels) if label.collidepoint(position)), None)


def _texts(reading: "Reading") -> tuple[list["Digit"], list[str]]:
    def characters() -> Iterator[str]:
        for number in reading.numbers:
            yield from number.characters

    return reading.digits, list(characters())


def draw_pen(painter: Painter, outline: pygame.Rect, erases: bool) -> None:
    """The outline of what the pen or the eraser would leave."""
    colour = painter.palette.rejected if erases else painter.palette.edge
    pygame.draw.circle(painter.surface, colour, outline.center, max(1, outline.width / 2), width=1)
