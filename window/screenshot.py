"""A screenshot of the real window, in which a number has been drawn by mouse events."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pygame

from digits.ink.drawing import spline
from nn.errors import UserError
from window import theme

if TYPE_CHECKING:
    from window.app import App

# A 3 as it might be drawn: points x, y as shares of the paper, in the order of the pen.
THREE = np.array(
    [
        *((0.33, 0.29), (0.38, 0.23), (0.46, 0.20), (0.55, 0.21), (0.61, 0.26), (0.62, 0.33)),
        *((0.58, 0.40), (0.51, 0.45), (0.44, 0.47), (0.53, 0.48), (0.61, 0.53), (0.65, 0.61)),
        *((0.63, 0.70), (0.56, 0.77), (0.46, 0.79), (0.37, 0.76), (0.32, 0.70)),
    ]
)
# And a 42, in three strokes.
FORTY_TWO = [
    np.array([(0.27, 0.30), (0.22, 0.42), (0.16, 0.54), (0.26, 0.55), (0.36, 0.54), (0.45, 0.54)]),
    np.array([(0.36, 0.42), (0.35, 0.52), (0.35, 0.62), (0.34, 0.72)]),
    np.array(
        [
            *((0.57, 0.40), (0.59, 0.33), (0.66, 0.30), (0.74, 0.33), (0.76, 0.41), (0.71, 0.51)),
            *((0.63, 0.61), (0.56, 0.70), (0.66, 0.70), (0.75, 0.71), (0.82, 0.70)),
        ]
    ),
]


def take_screenshot(app: "App", path: Path) -> None:
    """Draw the 42 with the mouse in this window, and write what the window shows to a PNG file."""
    if path.suffix.lower() != ".png":
        raise UserError(f"--screenshot must name a file that ends in .png, not '{path}'")
    app.ready(app.load())
    for points in FORTY_TWO:
        app.process(mouse_events(app.state.layout.paper, spline(points)))
    app.process([pygame.event.Event(pygame.WINDOWLEAVE)])
    theme.save_png(app.surface, path)
    print(f"Saved {path}")


def mouse_events(
    paper: pygame.Rect, points: Iterable[Iterable[float]], button: int = 1
) -> list[pygame.event.Event]:
    """The events of a stroke through points given as shares of the paper's side."""
    places = [
        (round(paper.left + x * paper.width), round(paper.top + y * paper.height)) for x, y in points
    ]
    event = pygame.event.Event
    return [
        event(pygame.MOUSEBUTTONDOWN, pos=places[0], button=button),
        *(event(pygame.MOUSEMOTION, pos=place, rel=(0, 0), buttons=(1, 0, 0)) for place in places[1:]),
        event(pygame.MOUSEBUTTONUP, pos=places[-1], button=button),
    ]
