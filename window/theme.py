"""The window's looks: two palettes, fonts, and the few shapes that everything is drawn with."""

import bisect
import functools
import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pygame

from nn.files import replace_file

if TYPE_CHECKING:
    from numpy import ndarray

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """Every colour in the window. tests/window/test_contrast.py says which must stand out from which."""

    desk: Colour  # behind everything
    card: Colour
    paper: Colour
    ink: Colour
    text: Colour
    muted: Colour  # what is said in passing, and what can't be done now
    line: Colour  # around cards: it only adorns
    edge: Colour  # around controls and tracks
    sure: Colour
    unsure: Colour
    rejected: Colour
    other: Colour  # bars that are not the answer's
    hovered: Colour
    pressed: Colour


LIGHT = Palette(
    desk=(238, 240, 245),
    card=(255, 255, 255),
    paper=(255, 255, 255),
    ink=(23, 32, 58),
    text=(23, 32, 58),
    muted=(84, 92, 112),
    line=(205, 211, 224),
    edge=(122, 131, 153),
    sure=(29, 84, 214),
    unsure=(124, 58, 202),
    rejected=(168, 70, 0),
    other=(112, 138, 200),
    hovered=(226, 234, 252),
    pressed=(196, 214, 252),
)
DARK = Palette(
    desk=(17, 21, 32),
    card=(29, 35, 51),
    paper=(29, 35, 51),
    ink=(236, 240, 250),
    text=(236, 240, 250),
    muted=(163, 172, 194),
    line=(52, 60, 82),
    edge=(118, 129, 156),
    sure=(122, 170, 255),
    unsure=(200, 156, 255),
    rejected=(255, 164, 92),
    other=(98, 124, 186),
    hovered=(44, 54, 82),
    pressed=(48, 62, 98),
)

MIN_FONT_SIZE = 11  # pixels
CORNER = 12  # radius of a card's corners at NORMAL_SIZE, as all lengths


@dataclass
class Painter:
    """A surface, with the palette and the unit of length that it is painted with."""

    surface: pygame.Surface
    palette: Palette
    unit: float

    def write(
        self, text: str, size: float, colour: Colour, *, bold: bool = False, **anchor: Any
    ) -> pygame.Rect:
        """Write one line of this size in units; anchor is one of Rect's positions, say center=(x, y).

        Returns where it stands.
        """
        picture = font(size * self.unit, bold).render(text, True, colour)
        place = picture.get_rect(**anchor)
        self.surface.blit(picture, place)
        return place

    def write_to_fit(
        self, text: str, size: float, colour: Colour, rect: pygame.Rect, *, bold: bool = False
    ) -> None:
        """Write a line in the middle of this rectangle: smaller, or cut, where it would not fit."""
        pixels = round(size * self.unit)
        while pixels > MIN_FONT_SIZE and (width := font(pixels, bold).size(text)[0]) > rect.width:
            pixels = max(MIN_FONT_SIZE, min(pixels - 1, int(pixels * rect.width / width)))
        while len(text) > 1 and font(pixels, bold).size(text)[0] > rect.width:
            text = text[: len(text) // 2] + "…" if not text.endswith("…") else text[:-2] + "…"
        self.write(text, pixels / self.unit, colour, bold=bold, center=rect.center)

    def card(self, rect: pygame.Rect, fill: Colour | None, edge: Colour, width: int = 1) -> None:
        """A rectangle with round corners and a thin edge; fill None: only the edge."""
        radius = min(round(CORNER * self.unit), min(rect.size) // 3)
        if fill:
            pygame.draw.rect(self.surface, fill, rect, border_radius=radius)
        pygame.draw.rect(self.surface, edge, rect, width=width, border_radius=radius)


def font(size: float, bold: bool = False) -> pygame.font.Font:
    """DejaVu Sans, which matplotlib carries; pygame's own font should it not be there."""
    return load_font(max(MIN_FONT_SIZE, round(size)), bold)


@functools.lru_cache(maxsize=48)  # a window has a dozen, at each size others; each keeps a file open
def load_font(size: int, bold: bool) -> pygame.font.Font:
    package = importlib.util.find_spec("matplotlib")  # finds it without the time of importing it
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    file = Path(package.origin or "").parent / "mpl-data/fonts/ttf" / name if package else None
    return pygame.font.Font(file if file and file.exists() else None, size)


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
    """Wrap into at most `count` lines: a text that needs more loses its middle."""

    def lines(length: int) -> list[str]:
        head = length // 2
        return wrap(f"{text[:head]}…{text[len(text) - (length - head) :]}", size, width)

    whole = wrap(text, size, width)
    if len(whole) <= count:
        return whole
    return lines(bisect.bisect(range(len(text)), count, key=lambda length: len(lines(length))) - 1)


def icon() -> pygame.Surface:
    """What stands for the window in the title bar and among others."""
    surface = pygame.Surface((64, 64), pygame.SRCALPHA)
    pygame.draw.rect(surface, LIGHT.sure, surface.get_rect(), border_radius=14)
    Painter(surface, LIGHT, 1).write("3", 48, LIGHT.card, bold=True, center=(32, 32))
    return surface


def ink_surface(ink: "ndarray", palette: Palette = LIGHT) -> pygame.Surface:
    """Ink (H, W) bytes → a surface of that size."""
    surface = pygame.image.frombuffer(ink, ink.shape[::-1], "P")  # type: ignore[arg-type]
    surface.set_palette(_shades(palette.paper, palette.ink))
    return surface


def save_png(surface: pygame.Surface, path: Path) -> None:
    """Write a picture to a PNG file. UserError where that cannot be done."""
    content = io.BytesIO()
    pygame.image.save(surface, content, "picture.png")
    with replace_file(path) as beside:
        beside.write_bytes(content.getvalue())


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """The first colour with this share of the second."""
    red, green, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return red, green, blue


@functools.cache
def _shades(paper: Colour, ink: Colour) -> list[Colour]:
    return [mixed(paper, ink, k / 255) for k in range(256)]
