"""The window among others on a screen: a size that fits, and no work while nothing happens."""

import time

import pygame

from window.layout import NORMAL_SIZE

LARGE_SCREEN = (1440, 1200)  # pixels; the window grows in proportion to what a screen has more


def wait_for_events() -> list[pygame.event.Event]:
    """All events that there are, as soon as there is one.

    SDL's own waiting looks a thousand times a second on some systems: 4 % of a core under X11. So
    after half a second in which nothing has happened, look every 15 ms only.
    """
    first = pygame.event.wait(500)
    if first.type != pygame.NOEVENT:
        return [first, *pygame.event.get()]
    while not (events := pygame.event.get()):
        time.sleep(0.015)
    return events


def comfortable_size() -> tuple[int, int]:
    """NORMAL_SIZE, or larger on a screen with so many pixels that this would be small."""
    width, height = pygame.display.get_desktop_sizes()[0]
    factor = max(1.0, min(width / LARGE_SCREEN[0], height / LARGE_SCREEN[1]))
    return round(NORMAL_SIZE[0] * factor), round(NORMAL_SIZE[1] * factor)
