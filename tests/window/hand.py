"""A user's hand: mouse and keys, by way of SDL's own queue; and eyes: what the window shows."""

import pygame

from window.screenshot import mouse_events

DIAGONAL = [(0.3, 0.3), (0.7, 0.7)]


def queue_and_process(app, events):
    """Through SDL's own queue, as in real life."""
    pygame.event.clear()
    for event in events:
        pygame.event.post(event)
    app.process(pygame.event.get())


def press_key(app, key, mod=0, unicode=""):
    queue_and_process(app, [pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, unicode=unicode)])


def stroke(app, points, button=1):
    queue_and_process(app, mouse_events(app.layout.paper, points, button))


def click(app, name):
    rect = app.layout.buttons[list(app.commands).index(name)]
    event = pygame.event.Event
    down = event(pygame.MOUSEBUTTONDOWN, pos=rect.center, button=1)
    queue_and_process(app, [down, event(pygame.MOUSEBUTTONUP, pos=rect.center, button=1)])


def pixels(app):
    return pygame.surfarray.array3d(app.surface).copy()


def on_screen(app):
    """The paper as the screen shows it, as ink (S, S): dark is 1."""
    paper = app.layout.paper
    grey = pixels(app)[paper.left : paper.right, paper.top : paper.bottom].mean(axis=2).T
    return 1 - grey / 255
