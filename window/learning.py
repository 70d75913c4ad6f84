"""What a training has come to, as it is drawn: two curves, conv1's filters, digits that are misread."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pygame

from window import theme
from window.panels import percent
from window.theme import Colour, Painter

if TYPE_CHECKING:  # a second thread loads it
    from numpy import ndarray


class Learning(NamedTuple):
    """Everything that is shown."""

    epochs: Sequence[dict[str, Any]] = ()  # records of the epochs that are over
    filters: "ndarray | None" = None  # (3, 3, 32)
    misread: "Sequence[tuple[ndarray, int, int]]" = ()  # image (28, 28), label, guess
    misread_count: int = 0
    looked_at: int = 0  # of how many
    progress: dict[str, Any] | None = None  # of the epoch that is running


def draw_learning(painter: Painter, rect: pygame.Rect, learning: Learning) -> None:
    """All of it, in this rectangle."""
    colours = painter.palette
    line = max(round(20 * painter.unit), theme.MIN_FONT_SIZE + 6)
    painter.write(status(learning), 13, colours.text, bold=True, topleft=rect.topleft)
    charts = pygame.Rect(rect.left, rect.top + line, rect.width, round(rect.height * 0.36))
    half = (charts.width - line) // 2
    left = pygame.Rect(charts.left, charts.top, half, charts.height)
    right = pygame.Rect(charts.right - half, charts.top, half, charts.height)
    _draw_curves(painter, left, learning.epochs, "loss")
    _draw_curves(painter, right, learning.epochs, "accuracy")
    y = charts.bottom + line // 2
    painter.write("conv1 · 32 filters", 11, colours.muted, topleft=(rect.left, y))
    below = pygame.Rect(rect.left, y + line, rect.width, round(rect.height * 0.17))
    if learning.filters is not None:
        _draw_filters(painter, below, learning.filters)
    y = below.bottom + line // 3
    text = f"misread of {learning.looked_at} validation digits: {learning.misread_count}"
    painter.write(text, 11, colours.muted, topleft=(rect.left, y))
    _draw_misread(
        painter, pygame.Rect(rect.left, y + line, rect.width, rect.bottom - y - line), learning
    )


def status(learning: Learning) -> str:
    """'epoch 3 of 30 · 45 % of it · loss 0.123 · accuracy 97.1 %'."""
    row = learning.progress or {}
    done = len(learning.epochs)
    if row.get("epoch", 0) > done:
        return (
            f"epoch {row['epoch']} of {row['epochs']} · {row['share']:.0%} of it · "
            f"loss {row['loss']:.3f} · accuracy {percent(row['accuracy'])}"
        )
    return f"epochs done: {done}" if done else "about to begin"


def _draw_curves(
    painter: Painter, rect: pygame.Rect, epochs: Sequence[dict[str, Any]], figure: str
) -> None:
    colours = painter.palette
    painter.card(rect, colours.card, colours.line)
    inside = rect.inflate(-round(24 * painter.unit), -round(44 * painter.unit))
    painter.write(figure, 11, colours.muted, midtop=(rect.centerx, rect.top + 3))
    names = ((f"train_{figure}", colours.other), (f"validation_{figure}", colours.sure))
    values = [e[name] for name, _ in names for e in epochs if e[name] is not None]
    if not values:
        return
    low, high = min(values), max(values)
    span = max(high - low, 1e-9)
    for k, (name, colour) in enumerate(names):
        points = [
            (
                inside.left + inside.width * n / max(1, len(epochs) - 1),
                inside.bottom - inside.height * (e[name] - low) / span,
            )
            for n, e in enumerate(epochs)
            if e[name] is not None
        ]
        if len(points) > 1:
            pygame.draw.lines(painter.surface, colour, False, points, max(2, round(2 * painter.unit)))
        for point in points:
            pygame.draw.circle(painter.surface, colour, point, max(2, round(3 * painter.unit)))
        if points:
            last = epochs[-1][name]
            text = f"{name.split('_')[0]} {percent(last) if figure == 'accuracy' else f'{last:.3f}'}"
            if k:
                painter.write(text, 11, colour, bottomright=(rect.right - 8, rect.bottom - 3))
            else:
                painter.write(text, 11, colour, bottomleft=(rect.left + 8, rect.bottom - 3))


def _draw_filters(painter: Painter, rect: pygame.Rect, filters: "ndarray") -> None:
    colours = painter.palette
    cell = max(1, min(rect.width // 64, rect.height // 8))
    most = max(float(abs(filters).max()), 1e-9)
    for f in range(32):
        left, top = rect.left + f % 16 * 4 * cell, rect.top + f // 16 * 4 * cell
        for a in range(3):
            for b in range(3):
                share = float(filters[a, b, f]) / most
                target: Colour = colours.sure if share > 0 else colours.rejected
                colour = theme.mixed(colours.card, target, abs(share))
                square = pygame.Rect(left + b * cell, top + a * cell, cell, cell)
                pygame.draw.rect(painter.surface, colour, square)


def _draw_misread(painter: Painter, rect: pygame.Rect, learning: Learning) -> None:
    colours = painter.palette
    caption = max(round(14 * painter.unit), theme.MIN_FONT_SIZE + 2)
    scale = max(1, round(1.6 * painter.unit))
    across, down = 28 * scale + 4, 28 * scale + caption + 4
    columns = max(1, rect.width // across)
    rows = max(0, rect.height // down)
    for k, (image, label, guess) in enumerate(learning.misread[: columns * rows]):
        left, top = rect.left + k % columns * across, rect.top + k // columns * down
        picture = pygame.transform.scale_by(theme.ink_surface(image, painter.palette), scale)
        painter.surface.blit(picture, (left, top))
        center = (left + 14 * scale, top + 28 * scale + caption // 2)
        painter.write(f"{label}→{guess}", 10, colours.text, center=center)
