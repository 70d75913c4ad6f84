"""A user's hand: mouse, fingers and keys, by way of SDL's own queue; and eyes: what the window shows."""

import pygame

from digits.reading.prediction import Digit, Number, Reading
from window.commands import COMMANDS
from window.screenshot import mouse_events

DIAGONAL = [(0.3, 0.3), (0.7, 0.7)]


def queue_and_process(app, events):
    """Through SDL's own queue, as in real life."""
    pygame.event.clear()
    for event in events:
        pygame.event.post(event)
    app.process(pygame.event.get())


def press_key(app, key, mod=0, unicode="", scancode=0, release=True):
    event = pygame.event.Event
    down = event(pygame.KEYDOWN, key=key, mod=mod, unicode=unicode, scancode=scancode)
    queue_and_process(app, [down, event(pygame.KEYUP, key=key, mod=mod)] if release else [down])


def point_at(app, position):
    motion = pygame.event.Event(pygame.MOUSEMOTION, pos=position, rel=(0, 0), buttons=(0, 0, 0))
    queue_and_process(app, [motion])


def press_at(app, position):
    event = pygame.event.Event
    down = event(pygame.MOUSEBUTTONDOWN, pos=position, button=1)
    queue_and_process(app, [down, event(pygame.MOUSEBUTTONUP, pos=position, button=1)])


def stroke(app, points, button=1):
    queue_and_process(app, mouse_events(app.state.layout.paper, points, button))


def finger_events(app, points, finger=5):
    """The events of a stroke of a finger through points given as shares of the paper's side."""
    width, height = app.surface.get_size()
    paper = app.state.layout.paper
    places = [
        ((paper.left + x * paper.width) / width, (paper.top + y * paper.height) / height)
        for x, y in points
    ]
    kinds = [pygame.FINGERDOWN, *[pygame.FINGERMOTION] * (len(places) - 1)]
    moves = [
        pygame.event.Event(kind, x=x, y=y, finger_id=finger, touch_id=1)
        for kind, (x, y) in zip(kinds, places, strict=True)
    ]
    x, y = places[-1]
    return [*moves, pygame.event.Event(pygame.FINGERUP, x=x, y=y, finger_id=finger, touch_id=1)]


def button_rect(app, name):
    return app.state.layout.buttons[list(COMMANDS).index(name)]


def click(app, name):
    press_at(app, button_rect(app, name).center)


def pixels(app):
    return pygame.surfarray.array3d(app.surface).copy()


def on_screen(app):
    """The paper as the screen shows it, as ink (S, S): dark is 1."""
    paper = app.state.layout.paper
    grey = pixels(app)[paper.left : paper.right, paper.top : paper.bottom].mean(axis=2).T
    return 1 - grey / 255


def reading_of(*predictions):
    """A reading of one number with these digits, side by side."""
    digits = [Digit(prediction, (90 * k, 100, 80, 120)) for k, prediction in enumerate(predictions)]
    return Reading([[Number(digits)]])
