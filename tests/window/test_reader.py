"""While somebody draws, the answer is calm; when the pen is up it is right."""

import numpy as np
import pygame
import pytest

from digits.ink.drawing import spline
from tests.window.hand import queue_and_process, stroke
from window.panels import headline
from window.reader import STEADY
from window.screenshot import THREE, mouse_events


def shown(app):
    return headline(app.state.reading) if app.state.reading else ""


@pytest.fixture
def answers(app, monkeypatch):
    """What the reader is made to read, one text after another; '' for none."""
    texts = []

    class Named:
        def __init__(self, text):
            self.text = text

        def grown(self, _):
            return self

    def read(*_, **__):
        text = texts.pop(0)
        return Named(text) if text else None

    monkeypatch.setattr(app.state.recogniser, "read_numbers", read)
    monkeypatch.setattr("window.panels.headline", lambda reading: reading.text)
    return texts


def read_all(app, texts, answers, in_stroke):
    answers[:] = texts
    app.state.in_stroke = in_stroke
    for _ in texts:
        app.reader.read(app.state)


def text_of(app):
    return app.state.reading.text if app.state.reading else ""


def test_while_the_pen_is_down_only_what_stays_is_shown(app, answers):
    read_all(app, ["1"] * (STEADY - 1), answers, in_stroke=True)
    assert text_of(app) == ""
    read_all(app, ["1", "7", "7", "1", "6"], answers, in_stroke=True)
    assert text_of(app) == "1"
    read_all(app, ["6"] * STEADY, answers, in_stroke=True)
    assert text_of(app) == "6"


def test_a_question_mark_is_shown_only_when_the_pen_is_up(app, answers):
    read_all(app, ["?"] * 2 * STEADY, answers, in_stroke=True)
    assert text_of(app) == ""
    read_all(app, ["?"], answers, in_stroke=False)
    assert text_of(app) == "?"


def test_what_is_shown_already_stays_up_to_date(app, answers):
    read_all(app, ["4"], answers, in_stroke=False)
    first = app.state.reading
    read_all(app, ["4"], answers, in_stroke=True)
    assert app.state.reading is not first


def test_a_digit_is_read_for_good_when_the_pen_is_up(app):
    *events, up = mouse_events(app.state.layout.paper, spline(THREE))
    queue_and_process(app, events)
    assert app.state.in_stroke
    queue_and_process(app, [up])
    assert shown(app) == "3"


def test_a_number_is_read_whatever_the_pen(app):
    for width in (0.03, 0.055, 0.081):
        app.state.pen_width = width
        app.state.drawing.clear()
        for left in (0.1, 0.27, 0.44):
            stroke(app, [(left + 0.25 * x, 0.3 + 0.25 * y) for x, y in spline(THREE)])
        assert shown(app) == "333"
        last = app.state.reading.digits[-1].box
        visible = np.flatnonzero(app.state.drawing.ink.any(axis=0))[-1] + 1
        assert last[0] + last[2] == pytest.approx(visible, abs=4)  # pixels


def test_paper_that_is_cleared_says_nothing(app):
    stroke(app, spline(THREE))
    app.state.drawing.clear()
    app.state.ink_changed()
    app.process([pygame.event.Event(pygame.USEREVENT)])
    assert app.state.reading is None
