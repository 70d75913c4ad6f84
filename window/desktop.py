"""Being a good guest on somebody's screen: a fitting size, and no work while nothing happens."""

import time

import pygame


def wait_for_events():
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


def comfortable_size():
    """960×680, or larger on a screen with so many pixels that this would be small."""
    width, height = pygame.display.get_desktop_sizes()[0]
    factor = max(1.0, min(width / 1440, height / 1200))
    return round(960 * factor), round(680 * factor)
