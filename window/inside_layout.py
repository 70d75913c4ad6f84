"""Where everything of the look inside is: the maps of each layer, ten outputs, three sliders."""

from dataclasses import dataclass
from typing import NamedTuple

import pygame

from window import theme


class Maps(NamedTuple):
    """A layer as it is shown: how many maps of which side, how large at most, and what is above them."""

    name: str
    number: int  # of them
    side: int
    largest: int  # units
    caption: str


MAPS = (
    Maps("conv1", 32, 26, 66, "conv1 · 32 maps of 26×26, after ReLU"),
    Maps("conv2", 64, 11, 40, "conv2 · 64 maps of 11×11, after pooling, convolution and ReLU"),
    Maps("conv3", 64, 3, 20, "conv3 · 64 maps of 3×3, likewise"),
    Maps("dense1", 64, 1, 18, "dense1 · 64 units, each of all 576 values above"),
)


class Slider(NamedTuple):
    """Something that the frame can be spoiled with, from `low` to `high`."""

    name: str
    low: float
    high: float
    text: str  # how a value is written


SLIDERS = (
    Slider("Turn", -45, 45, "{:.0f}°"),
    Slider("Noise", 0, 0.5, "{:.2f}"),
    Slider("Blur", 0, 2, "{:.1f} px"),
)
CAPTION = 17  # heights in units
OUTPUTS = 46
SLIDER = 36


@dataclass
class Geometry:
    """Where things are: each layer's maps, the ten outputs, the sliders."""

    maps: dict[str, tuple[pygame.Rect, int, int]]  # rect, columns of maps, pixels for a value
    captions: dict[str, tuple[int, int]]
    outputs: list[pygame.Rect]
    sliders: list[pygame.Rect]


def geometry(rect: pygame.Rect, unit: float) -> Geometry:
    """All within this rectangle; the maps as large as they can be."""
    caption = max(round(CAPTION * unit), theme.MIN_FONT_SIZE + 4)
    outputs, slider = max(round(OUTPUTS * unit), 34), max(round(SLIDER * unit), 28)
    free = rect.height - (len(MAPS) + 1) * caption - outputs - slider

    def columns(maps: Maps, scale: int) -> int:
        return max(1, min(maps.number, rect.width // ((maps.side + 1) * scale)))

    def height(maps: Maps, scale: int) -> int:
        return -(-maps.number // columns(maps, scale)) * (maps.side + 1) * scale

    scales = [1] * len(MAPS)
    can_grow = True
    while can_grow:  # those first that are farthest from as large as they may be
        can_grow = False
        for k in sorted(range(len(MAPS)), key=lambda k: _cell_size(k, scales[k]) / MAPS[k].largest):
            larger = [scale + (n == k) for n, scale in enumerate(scales)]
            total = sum(height(maps, scale) for maps, scale in zip(MAPS, larger, strict=True))
            if total <= free and _cell_size(k, larger[k]) <= MAPS[k].largest * unit:
                scales = larger
                can_grow = True
                break
    y = rect.top
    places = {}
    captions = {}
    for maps, scale in zip(MAPS, scales, strict=True):
        captions[maps.name] = (rect.left, y)
        across = columns(maps, scale) * (maps.side + 1) * scale
        down = height(maps, scale)
        places[maps.name] = (
            pygame.Rect(rect.left, y + caption, across, down),
            columns(maps, scale),
            scale,
        )
        y += caption + down
    captions["dense2"] = (rect.left, y)
    y += caption
    tenth = rect.width / 10
    row = [
        pygame.Rect(round(rect.left + k * tenth), y, round(tenth - 3 * unit), outputs - 4)
        for k in range(10)
    ]
    third = rect.width / len(SLIDERS)
    low = rect.bottom - slider
    sliders = [
        pygame.Rect(round(rect.left + k * third), low, round(third - 10 * unit), slider)
        for k in range(len(SLIDERS))
    ]
    return Geometry(places, captions, row, sliders)


def _cell_size(k: int, scale: int) -> int:
    return (MAPS[k].side + 1) * scale


def slider_track(rect: pygame.Rect, unit: float) -> pygame.Rect:
    """The line that the knob of the slider in this rectangle moves along."""
    height = max(3, round(4 * unit))
    inset = max(6, round(8 * unit))
    return pygame.Rect(
        rect.left + inset, rect.bottom - max(8, round(10 * unit)), rect.width - 2 * inset, height
    )


def cell_rect(places: Geometry, name: str, i: int, j: int, side: int, f: int) -> pygame.Rect:
    """Around `side` × `side` values of map f, from row i and column j on."""
    rect, columns, scale = places.maps[name]
    maps = next(maps for maps in MAPS if maps.name == name)
    cell = (maps.side + 1) * scale
    left = rect.left + f % columns * cell + j * scale
    top = rect.top + f // columns * cell + i * scale
    return pygame.Rect(left, top, side * scale, side * scale).inflate(4, 4)
