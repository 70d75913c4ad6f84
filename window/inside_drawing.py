"""How the look inside is drawn: maps, outputs, the tinted frame, and the sum that a value is."""

from typing import TYPE_CHECKING

import pygame

from window import theme
from window.inside import Inside, Place, places_of
from window.inside_layout import CAPTION, MAPS, SLIDERS, Geometry, Maps, Slider, cell_rect, slider_track
from window.layout import Layout
from window.theme import Painter

if TYPE_CHECKING:  # a second thread loads them
    from numpy import ndarray

    from digits.reading.inside import Explanation, Look, Term


def draw_inside(
    painter: Painter, panel: Inside, layout: Layout, pointer: tuple[int, int] | None
) -> None:
    """All of it, in the place of the bars."""
    places = places_of(layout)
    colours = painter.palette
    chosen = panel.value_at(pointer, layout) or panel.pinned
    for maps in MAPS:
        rect, columns, scale = places.maps[maps.name]
        painter.write(maps.caption, 11, colours.muted, topleft=places.captions[maps.name])
        if panel.look is None:
            pygame.draw.rect(painter.surface, colours.line, rect, width=1)
            continue
        painter.surface.blit(_map_picture(panel.look, maps, columns, scale, painter), rect)
        _divide(painter, rect, (maps.side + 1) * scale, scale)
    _outputs(painter, panel, layout, places)
    for k, rect in enumerate(places.sliders):
        _draw_slider(painter, rect, SLIDERS[k], panel.amounts[k])
    if panel.look is None:
        return
    _frame(painter, panel, layout, chosen)
    if chosen:
        _mark(painter, panel, places, chosen)
        _explain(painter, panel, layout, chosen, pointer)


def _divide(painter: Painter, rect: pygame.Rect, step: int, width: int) -> None:
    """Show where one map ends and the next begins: `step` pixels from one to the next."""
    colour = painter.palette.desk
    for x in range(rect.left + step - width, rect.right, step):
        painter.surface.fill(colour, (x, rect.top, width, rect.height))
    for y in range(rect.top + step - width, rect.bottom, step):
        painter.surface.fill(colour, (rect.left, y, rect.width, width))


def _outputs(painter: Painter, panel: Inside, layout: Layout, places: Geometry) -> None:
    colours = painter.palette
    look = panel.look
    caption = "dense2 and softmax · 10 probabilities"
    if look is not None:
        caption += f" · the frame's colours: for and against {look.digit}"
    if panel.differs:
        caption = "dense2 and softmax · of this look alone; the answer weighs more looks and the line"
    rect = layout.bars
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
        for y, covered_from, size, text in (
            (cell.top + cell.height // 3, 0.7, 13, str(k)),
            (cell.bottom - cell.height // 5, 0.25, 10, f"{100 * share:.0f} %" if look else ""),
        ):
            shade = colours.card if is_best and share > covered_from else colours.text
            painter.write(text, size, shade, bold=is_best, center=(cell.centerx, y))


def _frame(painter: Painter, panel: Inside, layout: Layout, chosen: Place | None) -> None:
    """The frame over the plain one: tinted, and with the patch under the chosen value."""
    assert panel.look is not None
    rect = layout.frame
    scale = max(1, (rect.width - round(8 * painter.unit)) // 28)
    picture = pygame.transform.scale_by(_tinted(panel.look, painter), scale)
    place = picture.get_rect(center=rect.center)
    painter.surface.blit(picture, place)
    if chosen and chosen[0] == "conv1":
        i, j, _ = chosen[1]
        patch = pygame.Rect(place.left + j * scale, place.top + i * scale, 3 * scale, 3 * scale)
        pygame.draw.rect(painter.surface, painter.palette.unsure, patch.inflate(2, 2), width=2)


def _mark(painter: Painter, panel: Inside, places: Geometry, chosen: Place) -> None:
    """A ring around the chosen value, and around the patch that it is made of."""
    name, (i, j, f) = chosen
    if name != "dense2":
        pygame.draw.rect(
            painter.surface, painter.palette.unsure, cell_rect(places, name, i, j, 1, f), width=2
        )
    below = {"conv2": ("conv1", 2), "conv3": ("conv2", 2), "dense1": ("conv3", 1)}
    if name in below and panel.look is not None:
        source, pool = below[name]
        side = 3 * pool  # a pooled pixel stands for 2×2
        for term in panel.look.explain(name, (i, j, f)).terms:
            ring = cell_rect(places, source, i * pool, j * pool, side, term.channel)
            pygame.draw.rect(painter.surface, painter.palette.unsure, ring, width=1)


def _explain(
    painter: Painter,
    panel: Inside,
    layout: Layout,
    chosen: Place,
    pointer: tuple[int, int] | None,
) -> None:
    """A card with the sum that the chosen value is."""
    assert panel.look is not None
    found = panel.look.explain(*chosen)
    unit = painter.unit
    colours = painter.palette
    rect = layout.bars
    line = max(round(17 * unit), theme.MIN_FONT_SIZE + 5)
    lines = _sum_in_words(chosen[0], found)
    grid = 3 * max(round(22 * unit), 16) if found.terms[0].patch.shape == (3, 3) else 0
    has_grid = grid > 0
    card = pygame.Rect(0, 0, rect.width, (len(lines) + 2) * line + (grid + line if has_grid else 0))
    card = card.clip(pygame.Rect(0, 0, *rect.size))
    top = pointer is None or pointer[1] > rect.centery
    if panel.pinned == chosen and chosen[0] == "conv1":
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
            width = _draw_term(painter, (x, y), grid, line, term, panel.look, chosen[0])
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
                colour = theme.mixed(colours.desk, target, min(1.0, abs(value) / largest))
                pygame.draw.rect(painter.surface, colour, square)
    names = {"conv1": "pixels × filter", "dense1": f"map {term.channel} × weights"}
    text = names.get(name, f"map {term.channel} × filter")
    painter.write(text, 10, colours.muted, topleft=(x, y + side))
    return 2 * side + 2 * line


def _draw_slider(painter: Painter, rect: pygame.Rect, slider: Slider, amount: float) -> None:
    colours = painter.palette
    unit = painter.unit
    track = slider_track(rect, unit)
    painter.write(slider.name, 11, colours.muted, topleft=rect.topleft)
    painter.write(slider.text.format(amount), 11, colours.text, topright=rect.topright)
    pygame.draw.rect(painter.surface, colours.edge, track, border_radius=track.height // 2)
    share = (amount - slider.low) / (slider.high - slider.low)
    knob = (track.left + round(share * track.width), track.centery)
    pygame.draw.circle(painter.surface, colours.sure, knob, max(5, round(7 * unit)))


def _map_picture(look: "Look", maps: Maps, columns: int, scale: int, painter: Painter) -> pygame.Surface:
    from digits.reading.inside import mosaic

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
