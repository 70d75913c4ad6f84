"""A look inside the network in place of the ten bars: feature maps, units, outputs, and what made them.

`Tab` opens it. What it shows comes from digits/inside.py; here is where each value lies in the window,
and what a pointer does with it.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pygame

from window import theme
from window.theme import Colour, Painter

if TYPE_CHECKING:  # a second thread loads them
    from numpy import ndarray

    from digits.inside import Explanation, Look, Term
    from window.app import App

Place = tuple[str, tuple[int, int, int]]  # a layer, and the row, column and channel of a value in it


class Maps(NamedTuple):
    """A layer as it is shown: how many maps of which side, how large at most, and what is above them."""

    name: str
    number: int  # of them
    side: int
    largest: int  # units
    caption: str


MAPS = (
    Maps("conv1", 32, 26, 66, "conv1 · 32 maps"),
    Maps("conv2", 64, 11, 40, "conv2 · 64 maps"),
    Maps("conv3", 64, 3, 20, "conv3 · 64 maps"),
    Maps("dense1", 64, 1, 18, "dense1 · 64 units"),
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
CENTRED = 0.04  # of a slider's length: so near to none is none
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


@dataclass
class InsidePanel:
    """What is shown of the inside of this app's network, and what the pointer has chosen there."""

    app: "App"
    is_open: bool = False
    pinned: Place | None = None
    pinned_digit: int | None = None  # whose saliency is shown, where somebody has asked for it
    amounts: list[float] = field(default_factory=lambda: [0.0] * len(SLIDERS))
    dragged: int | None = None  # the slider that the pointer holds
    look: "Look | None" = None
    _looked_at: "tuple[bytes, int | None, tuple[float, ...]] | None" = None

    # ── the pointer ───────────────────────────────────────────────────────────────────────────

    def places(self) -> Geometry:
        return geometry(self.app.layout.bars, self.app.layout.unit)

    def value_at(self, position: tuple[int, int] | None) -> Place | None:
        """The value under the pointer, if any; of an output its logit."""
        if position is None or not self.is_open:
            return None
        places = self.places()
        for maps in MAPS:
            rect, columns, scale = places.maps[maps.name]
            if rect.collidepoint(position):
                cell = (maps.side + 1) * scale
                column, x = divmod(position[0] - rect.left, cell)
                row, y = divmod(position[1] - rect.top, cell)
                f = row * columns + column
                i, j = y // scale, x // scale
                if f < maps.number and i < maps.side and j < maps.side:
                    return maps.name, (i, j, f)
        digit = self.digit_at(position)
        return None if digit is None else ("dense2", (0, 0, digit))

    def digit_at(self, position: tuple[int, int] | None) -> int | None:
        """The output under the pointer."""
        if position is None or not self.is_open:
            return None
        hits = [k for k, rect in enumerate(self.places().outputs) if rect.collidepoint(position)]
        return hits[0] if hits else None

    def press(self, position: tuple[int, int]) -> bool:
        """Whether something here is pressed: a slider, or a value, which is pinned or let go."""
        if not self.is_open or not self.app.layout.bars.collidepoint(position):
            return False
        for k, rect in enumerate(self.places().sliders):
            if rect.collidepoint(position):
                self.dragged = k
                self.drag(position)
                return True
        place = self.value_at(position)
        self.pinned = None if place == self.pinned else place
        self.pinned_digit = self.pinned[1][2] if self.pinned and self.pinned[0] == "dense2" else None
        return True

    def drag(self, position: tuple[int, int]) -> None:
        """The slider that is held is where the pointer is."""
        if self.dragged is None:
            return
        track = _track(self.places().sliders[self.dragged], self.app.layout.unit)
        share = min(max((position[0] - track.left) / track.width, 0), 1)
        slider = SLIDERS[self.dragged]
        none = -slider.low / (slider.high - slider.low)
        share = none if abs(share - none) < CENTRED else share
        self.amounts[self.dragged] = slider.low + share * (slider.high - slider.low)

    # ── what is shown ─────────────────────────────────────────────────────────────────────────

    def update(self) -> None:
        """Look again if the frame, the digit asked for or a slider has changed."""
        prediction = self.app.prediction
        recogniser = self.app.recogniser
        if not self.is_open or prediction is None or recogniser is None:
            self.look = self._looked_at = None
            return
        from digits.inside import corrupted  # the second thread has imported NumPy by now

        hovered = self.digit_at(self.app.pointer)
        digit = hovered if hovered is not None else self.pinned_digit
        now = (prediction.network_input.tobytes(), digit, tuple(self.amounts))
        if now == self._looked_at:
            return
        self.look = recogniser.look(corrupted(prediction.network_input, *self.amounts), digit)
        self._looked_at = now

    def draw(self, painter: Painter) -> None:
        """All of it, in the place of the bars."""
        places = self.places()
        colours = painter.palette
        chosen = self.value_at(self.app.pointer) or self.pinned
        for maps in MAPS:
            rect, columns, scale = places.maps[maps.name]
            painter.write(maps.caption, 11, colours.muted, topleft=places.captions[maps.name])
            if self.look is None:
                pygame.draw.rect(painter.surface, colours.line, rect, width=1)
                continue
            painter.surface.blit(_map_picture(self.look, maps, columns, scale, painter), rect)
        self._outputs(painter, places)
        for k, rect in enumerate(places.sliders):
            _draw_slider(painter, rect, SLIDERS[k], self.amounts[k])
        if self.look is None:
            return
        self._frame(painter, chosen)
        if chosen:
            self._mark(painter, places, chosen)
            self._explain(painter, chosen)

    def _outputs(self, painter: Painter, places: Geometry) -> None:
        colours = painter.palette
        look = self.look
        caption = "dense2 and softmax · 10 probabilities"
        if look is not None:
            caption += f" · the frame's colours: for and against {look.digit}"
        rect = self.app.layout.bars
        where = pygame.Rect(places.captions["dense2"], (rect.width, round(CAPTION * painter.unit)))
        line = theme.wrap_into(1, caption, 11 * painter.unit, where.width)[0]
        painter.write(line, 11, colours.muted, topleft=where.topleft)
        for k, cell in enumerate(places.outputs):
            share = 0.0 if look is None else float(look.probabilities[k])
            is_best = look is not None and k == int(look.probabilities.argmax())
            colour = colours.sure if is_best else colours.other
            pygame.draw.rect(painter.surface, colours.card, cell)
            bar = cell.copy()
            bar.height = round(cell.height * share)
            bar.bottom = cell.bottom
            pygame.draw.rect(painter.surface, colour, bar)
            asked = look is not None and look.digit == k
            edge = colours.text if asked else colours.edge
            pygame.draw.rect(painter.surface, edge, cell, width=2 if asked else 1)
            text = colours.card if share > 0.6 else colours.text
            painter.write(str(k), 13, text, bold=is_best, center=cell.center)

    def _frame(self, painter: Painter, chosen: Place | None) -> None:
        """The frame over the plain one: tinted, and with the patch under the chosen value."""
        assert self.look is not None
        rect = self.app.layout.frame
        scale = max(1, (rect.width - round(8 * painter.unit)) // 28)
        picture = pygame.transform.scale_by(_tinted(self.look, painter), scale)
        place = picture.get_rect(center=rect.center)
        painter.surface.blit(picture, place)
        if chosen and chosen[0] == "conv1":
            i, j, _ = chosen[1]
            patch = pygame.Rect(place.left + j * scale, place.top + i * scale, 3 * scale, 3 * scale)
            pygame.draw.rect(painter.surface, painter.palette.unsure, patch.inflate(2, 2), width=2)

    def _mark(self, painter: Painter, places: Geometry, chosen: Place) -> None:
        """A ring around the chosen value, and around the patch that it is made of."""
        name, (i, j, f) = chosen
        if name != "dense2":
            pygame.draw.rect(
                painter.surface, painter.palette.unsure, _cell(places, name, i, j, 1, f), width=2
            )
        below = {"conv2": ("conv1", 2), "conv3": ("conv2", 2), "dense1": ("conv3", 1)}
        if name in below and self.look is not None:
            source, pool = below[name]
            side = 3 * pool  # a pooled pixel stands for 2×2
            for term in self.look.explain(name, (i, j, f)).terms:
                ring = _cell(places, source, i * pool, j * pool, side, term.channel)
                pygame.draw.rect(painter.surface, painter.palette.unsure, ring, width=1)

    def _explain(self, painter: Painter, chosen: Place) -> None:
        """A card with the sum that the chosen value is."""
        assert self.look is not None
        found = self.look.explain(*chosen)
        unit = painter.unit
        colours = painter.palette
        rect = self.app.layout.bars
        line = max(round(17 * unit), theme.MIN_FONT_SIZE + 5)
        lines = _sum_in_words(chosen[0], found)
        grid = 3 * max(round(22 * unit), 16) if found.terms[0].patch.shape == (3, 3) else 0
        has_grid = grid > 0
        card = pygame.Rect(0, 0, rect.width, (len(lines) + 2) * line + (grid + line if has_grid else 0))
        card = card.clip(pygame.Rect(0, 0, *rect.size))
        top = self.app.pointer is None or self.app.pointer[1] > rect.centery
        if self.pinned == chosen and chosen[0] == "conv1":
            top = False
        card.topleft = rect.topleft if top else (rect.left, rect.bottom - card.height)
        painter.card(card, colours.card, colours.edge)
        painter.surface.set_clip(card.clip(painter.surface.get_clip()))
        x, y = card.left + round(10 * unit), card.top + line // 3
        i, j, f = chosen[1]
        where = f"unit {f}" if chosen[0].startswith("dense") else f"map {f}, row {i}, column {j}"
        painter.write(f"{chosen[0]}, {where}", 12, colours.text, bold=True, topleft=(x, y))
        y += line
        if has_grid:
            for term in found.terms:
                width = _draw_term(painter, (x, y), grid, line, term, self.look, chosen[0])
                x += width
                if x + width > card.right:
                    break
            x = card.left + round(10 * unit)
            y += grid + line
        for text in lines:
            words = theme.wrap_into(1, text, 12 * unit, card.width - round(20 * unit))[0]
            painter.write(words, 12, colours.text, topleft=(x, y))
            y += line
        painter.surface.set_clip(None)


def _sum_in_words(name: str, found: "Explanation") -> list[str]:
    """'map 3: +0.520 · …', the sum, what ReLU makes of it, and pooling."""
    if len(found.terms) == 1:
        parts = f"patch × filter {_signed(found.terms[0].total)}"
    else:
        what = "unit" if name == "dense2" else "map"
        parts = " · ".join(f"{what} {term.channel}: {_signed(term.total)}" for term in found.terms)
        parts += f" · all others: {_signed(found.rest)}"
    total = f"bias {_signed(found.bias)} · sum {_signed(found.total)}"
    lines = [parts, total if name == "dense2" else f"{total} · after ReLU {found.value:.3f}"]
    if found.pooling:
        names = (("upper left", "upper right"), ("lower left", "lower right"))
        winner = found.pooling.winner
        what = "this one goes on" if winner == found.pooling.own else "this one does not"
        lines.append(f"pooling: of its four the {names[winner[0]][winner[1]]} wins; {what}")
    elif name in ("conv1", "conv2"):
        lines.append("pooling: in no window; the last row and column are left out")
    return lines


def _signed(value: float) -> str:
    """'+0.125', and no '-0.000'."""
    return f"{round(value, 3) + 0.0:+.3f}"


def _draw_term(
    painter: Painter,
    corner: tuple[int, int],
    side: int,
    line: int,
    term: "Term",
    look: "Look",
    name: str,
) -> int:
    """Patch × filter of one channel, as two grids of nine numbers each. Returns the width."""
    colours = painter.palette
    x, y = corner
    cell = side // 3
    most = max(float(look.layers[name].x.max()), 1e-9)
    heaviest = max(float(abs(look.layers[name].W).max()), 1e-9)
    painter.write("×", 13, colours.text, center=(x + side + line // 2, y + side // 2))
    for k, (grid, largest) in enumerate(((term.patch, most), (term.weights, heaviest))):
        left = x + k * (side + line)
        for a in range(3):
            for b in range(3):
                value = float(grid[a, b])
                square = pygame.Rect(left + b * cell, y + a * cell, cell - 1, cell - 1)
                target = colours.sure if value > 0 else colours.rejected
                colour = _mixed(colours.desk, target, min(1.0, abs(value) / largest))
                pygame.draw.rect(painter.surface, colour, square)
    names = {"conv1": "pixels × filter", "dense1": f"map {term.channel} × weights"}
    text = names.get(name, f"map {term.channel} × filter")
    painter.write(text, 10, colours.muted, topleft=(x, y + side))
    return 2 * side + 2 * line


def _draw_slider(painter: Painter, rect: pygame.Rect, slider: Slider, amount: float) -> None:
    colours = painter.palette
    unit = painter.unit
    track = _track(rect, unit)
    painter.write(slider.name, 11, colours.muted, topleft=rect.topleft)
    painter.write(slider.text.format(amount), 11, colours.text, topright=rect.topright)
    pygame.draw.rect(painter.surface, colours.edge, track, border_radius=track.height // 2)
    share = (amount - slider.low) / (slider.high - slider.low)
    knob = (track.left + round(share * track.width), track.centery)
    pygame.draw.circle(painter.surface, colours.sure, knob, max(5, round(7 * unit)))


def _track(rect: pygame.Rect, unit: float) -> pygame.Rect:
    height = max(3, round(4 * unit))
    inset = max(6, round(8 * unit))
    return pygame.Rect(
        rect.left + inset, rect.bottom - max(8, round(10 * unit)), rect.width - 2 * inset, height
    )


def _cell(places: Geometry, name: str, i: int, j: int, side: int, f: int) -> pygame.Rect:
    """Around `side` × `side` values of map f, from row i and column j on."""
    rect, columns, scale = places.maps[name]
    maps = next(maps for maps in MAPS if maps.name == name)
    cell = (maps.side + 1) * scale
    left = rect.left + f % columns * cell + j * scale
    top = rect.top + f // columns * cell + i * scale
    return pygame.Rect(left, top, side * scale, side * scale).inflate(4, 4)


def _map_picture(look: "Look", maps: Maps, columns: int, scale: int, painter: Painter) -> pygame.Surface:
    from digits.inside import mosaic

    picture = theme.ink_surface(mosaic(look.layers[maps.name].y, columns), painter.palette)
    return pygame.transform.scale_by(picture, scale)


def _tinted(look: "Look", painter: Painter) -> pygame.Surface:
    """The frame, its ink coloured by what speaks for the digit and what against."""
    import numpy as np  # the second thread has imported it by now

    colours = painter.palette
    paper, ink, for_it, against = (
        np.array(colour, float)
        for colour in (colours.paper, colours.ink, colours.sure, colours.rejected)
    )
    share = look.frame[..., np.newaxis] / 255
    strength = np.abs(look.saliency) / max(float(np.abs(look.saliency).max()), 1e-9)
    strength = np.sqrt(strength)[..., np.newaxis]
    tint = np.where(look.saliency[..., np.newaxis] > 0, for_it, against)
    inked: ndarray = ink + (tint - ink) * strength
    pixels = np.rint(paper + (inked - paper) * share).astype(np.uint8)
    return pygame.image.frombuffer(pixels.tobytes(), (28, 28), "RGB")


def _mixed(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return red, green, blue
