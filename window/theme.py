"""The window's looks: colours, fonts, and the few shapes that everything is drawn with."""

import bisect
import functools
import importlib.util
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pygame

from nn.files import replace_file

if TYPE_CHECKING:
    from numpy import ndarray

Colour = tuple[int, int, int]

BACKGROUND = (238, 240, 245)
CARD = (255, 255, 255)
PAPER_COLOUR = (255, 255, 255)
INK_COLOUR = (23, 32, 58)
TEXT = (23, 32, 58)
MUTED = (108, 117, 138)
OUTLINE = (212, 217, 228)
BLUE = (37, 99, 235)
PALE_BLUE = (191, 212, 254)
AMBER = (194, 88, 10)
BUTTON = (255, 255, 255)
BUTTON_HOVERED = (226, 234, 252)
BUTTON_PRESSED = (191, 212, 254)

MIN_FONT_SIZE = 8  # pixels


def font(size: float, bold: bool = False) -> pygame.font.Font:
    """DejaVu Sans, which matplotlib carries; pygame's own font should it not be there."""
    return load_font(max(MIN_FONT_SIZE, round(size)), bold)


@functools.lru_cache(maxsize=32)  # a window has a dozen, at each size others; each keeps a file open
def load_font(size: int, bold: bool) -> pygame.font.Font:
    package = importlib.util.find_spec("matplotlib")  # finds it without the time of importing it
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    file = Path(package.origin or "").parent / "mpl-data/fonts/ttf" / name if package else None
    return pygame.font.Font(file if file and file.exists() else None, size)


def write(
    surface: pygame.Surface,
    text: str,
    size: float,
    colour: Colour,
    *,
    bold: bool = False,
    **anchor: Any,
) -> pygame.Rect:
    """Write one line; anchor is one of Rect's positions, say center=(x, y). Returns its Rect."""
    picture = font(size, bold).render(text, True, colour)
    place = picture.get_rect(**anchor)
    surface.blit(picture, place)
    return place


def wrap(text: str, size: float, width: float) -> list[str]:
    """Break a text into lines of at most `width` pixels: at spaces, or within what is longer."""

    def fits(line: str) -> bool:
        return font(size).size(line)[0] <= width

    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if fits(longer):
            lines[-1] = longer
        elif fits(word):
            lines.append(word)
        else:
            for letter in f" {word}":
                if fits(lines[-1] + letter):
                    lines[-1] += letter
                else:
                    lines.append(letter)
    return [line.strip() for line in lines]


@functools.lru_cache(maxsize=32)
def wrap_into(count: int, text: str, size: float, width: float) -> list[str]:
    """The same in at most `count` lines: a text that needs more loses its middle."""

    def lines(length: int) -> list[str]:
        head = length // 2
        return wrap(f"{text[:head]}…{text[len(text) - (length - head) :]}", size, width)

    whole = wrap(text, size, width)
    if len(whole) <= count:
        return whole
    return lines(bisect.bisect(range(len(text)), count, key=lambda length: len(lines(length))) - 1)


def card(surface: pygame.Surface, rect: pygame.Rect, colour: Colour = CARD, radius: int = 12) -> None:
    """A rounded rectangle with a thin outline."""
    pygame.draw.rect(surface, colour, rect, border_radius=radius)
    pygame.draw.rect(surface, OUTLINE, rect, width=1, border_radius=radius)


def icon() -> pygame.Surface:
    """What stands for the window in the title bar and among others."""
    surface = pygame.Surface((64, 64), pygame.SRCALPHA)
    pygame.draw.rect(surface, BLUE, surface.get_rect(), border_radius=14)
    write(surface, "3", 48, CARD, bold=True, center=(32, 32))
    return surface


def ink_surface(ink: "ndarray", paper: Colour = PAPER_COLOUR) -> pygame.Surface:
    """Ink (H, W) bytes → a surface of that size: dark ink on light paper."""
    surface = pygame.image.frombuffer(ink, ink.shape[::-1], "P")  # type: ignore[arg-type]
    surface.set_palette(_palette(paper))
    return surface


def save_png(surface: pygame.Surface, path: Path) -> None:
    """Write a picture to a PNG file. UserError where that cannot be done."""
    content = io.BytesIO()
    pygame.image.save(surface, content, "picture.png")
    with replace_file(path) as beside:
        beside.write_bytes(content.getvalue())


@functools.cache
def _palette(paper: Colour) -> list[Colour]:
    def mixed(k: int) -> Colour:
        red, green, blue = (round(p + (i - p) * k / 255) for p, i in zip(paper, INK_COLOUR, strict=True))
        return red, green, blue

    return [mixed(k) for k in range(256)]
