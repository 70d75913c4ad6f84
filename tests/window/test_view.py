"""What the window shows, read off its pixels: bars, frame, notes, pen, buttons, help, any size."""

import os
from pathlib import Path

import numpy as np
import pygame
import pytest

from digits.ink.drawing import PlacedImage, Stroke, spline
from digits.reading.prediction import Prediction
from tests.window.hand import (
    DIAGONAL,
    button_rect,
    click,
    on_screen,
    pixels,
    press_key,
    queue_and_process,
    reading_of,
    stroke,
)
from window import theme
from window.commands import COMMANDS, layout_of
from window.controls import HELP
from window.layout import LEAST_SIZE
from window.panels import bar_track, percent
from window.screenshot import THREE
from window.theme import LIGHT

SIZES = [(480, 640), (640, 460), (720, 860), (1080, 1920), (1920, 1080), (784, 390)]


def show(app):
    app.state.stale = app.state.stale_everywhere = True
    app.process([])
    return pixels(app)


def part(picture, rect):
    return picture[rect.left : rect.right, rect.top : rect.bottom]


def test_each_bar_is_as_long_as_its_digit_is_probable(app):
    probabilities = np.array([0.01, 0.03, 0.05, 0.07, 0.09, 0.28, 0.11, 0.17, 0.13, 0.06])
    app.state.reading = reading_of(Prediction(np.zeros((28, 28), np.uint8), probabilities, True))
    rows = np.array_split(part(show(app), app.state.layout.bars), 10, axis=1)
    in_bar = [(row == LIGHT.other).all(axis=2) | (row == LIGHT.unsure).all(axis=2) for row in rows]
    lengths = np.array([bar.any(axis=1).sum() for bar in in_bar], float)
    track = bar_track(app.state.layout, 5)
    before = track.left - app.state.layout.bars.left
    lengths[5] -= in_bar[5][:before].any(axis=1).sum()  # the answer's own digit has its colour, too, and
    lengths[5] -= in_bar[5][before + track.width :].any(axis=1).sum()  # so has its percentage
    np.testing.assert_allclose(lengths, probabilities * track.width, atol=3)


@pytest.fixture
def written(app, monkeypatch):
    """Shows the app, and returns what is then written in it: [(text, where)]."""

    def shown():
        texts = []

        def write(painter, text, *style, **anchor):
            place = original(painter, text, *style, **anchor)
            texts.append((text, place))
            return place

        original = theme.Painter.write
        with monkeypatch.context() as patch:
            patch.setattr(theme.Painter, "write", write)
            show(app)
        return texts

    return shown


def prediction(best, share, is_digit):
    probabilities = np.full(10, (1 - share - 0.03) / 9)
    probabilities[best] = share
    probabilities[(best + 3) % 10] = (1 - share - 0.03) / 9 + 0.03
    return Prediction(np.zeros((28, 28), np.uint8), probabilities, is_digit)


def test_beside_each_digit_stands_its_probability(app, written):
    probabilities = np.array([0.01, 0.03, 0.05, 0.07, 0.09, 0.28, 0.11, 0.17, 0.13, 0.06])
    app.state.reading = reading_of(Prediction(np.zeros((28, 28), np.uint8), probabilities, True))
    places = [(text, place) for text, place in written() if app.state.layout.bars.contains(place)]
    digits = sorted(places[::2], key=lambda item: item[1].centery)
    shares = dict(places[1::2])
    assert [text for text, _ in digits] == [*"0123456789"]
    for (_, place), share in zip(digits, probabilities, strict=True):
        assert abs(shares[percent(share)].centery - place.centery) <= 2


@pytest.mark.parametrize(
    ("best", "share", "is_digit", "expected", "colour"),
    [
        (5, 0.98, True, {"5", "98.0 % sure"}, LIGHT.sure),
        (5, 0.28, True, {"5", "Perhaps a 5 · 28.0 %", "or perhaps an 8 (10.7 %)"}, LIGHT.unsure),
        (5, 0.8, False, {"5?", "Not a digit", "if it is one, a 5 (80.0 %)"}, LIGHT.rejected),
        (5, 0.3, False, {"?", "Not a digit"}, LIGHT.rejected),
    ],
)
def test_the_answer_in_words(app, written, best, share, is_digit, expected, colour):
    app.state.reading = reading_of(prediction(best, share, is_digit))
    places = (app.state.layout.answer, app.state.layout.message)
    captions = {"what it reads", "what it sees"}
    shown = {text for text, place in written() if any(part.colliderect(place) for part in places)}
    texts = shown - captions
    assert texts == expected
    answer = part(pixels(app), app.state.layout.answer)
    states = (LIGHT.sure, LIGHT.unsure, LIGHT.rejected)
    assert {c for c in states if (answer == c).all(axis=2).any()} == {colour}


def test_the_label_of_a_test_digit_and_all_keys_are_written(app, written):
    rows, columns = np.mgrid[:28, :28] - 14
    ring = np.where(abs(np.hypot(rows, columns) - 8) < 2, 255, 0).astype(np.uint8)  # a 0
    app.state.drawing.add(PlacedImage(ring, label=7))
    app.state.changed = True
    assert "A test digit of MNIST: a 7, misread" in dict(written())
    press_key(app, pygame.K_h)
    texts = " ".join(text for text, _ in written())
    assert all(what in texts and how in texts for what, how in HELP)


def test_the_frame_is_what_the_network_sees(app):
    stroke(app, spline(THREE))
    rect = app.state.layout.frame
    scale = (rect.width - 8) // 28
    box = pygame.Rect(0, 0, 28 * scale, 28 * scale)
    box.center = rect.center
    ink = 255 - part(pixels(app), box)[scale // 2 :: scale, scale // 2 :: scale].mean(axis=2).T
    order = np.corrcoef(ink.ravel(), app.state.prediction.network_input.ravel())[0, 1]
    assert order > 0.999


@pytest.mark.parametrize(
    ("share", "text"), [(0.998, "99.8 %"), (0.99999, "99.9 %"), (1.0, "100.0 %"), (0.05, "5.0 %")]
)
def test_percent(share, text):
    assert percent(share) == text


def test_a_note_is_shown_until_the_next_stroke(app):
    stroke(app, DIAGONAL)
    without = part(pixels(app), app.state.layout.message)
    app.state.say("a note")
    app.process([])
    assert (part(pixels(app), app.state.layout.message) != without).any()
    stroke(app, [(0.3, 0.3)])
    np.testing.assert_array_equal(part(pixels(app), app.state.layout.message), without)


def test_that_the_eraser_is_on_is_said_all_the_time(app):
    stroke(app, DIAGONAL)
    without = part(pixels(app), app.state.layout.message)
    press_key(app, pygame.K_e, unicode="e")
    stroke(app, [(0.9, 0.9)])
    assert (part(pixels(app), app.state.layout.message) != without).any()
    press_key(app, pygame.K_e, unicode="e")
    np.testing.assert_array_equal(part(pixels(app), app.state.layout.message), without)


def test_a_long_note_stays_within_and_keeps_its_ends(app):
    folder = "/".join(["some", "where", "x" * 90, "quite", "deep"] * 3)
    note = f"cannot write /{folder}/2026-01-01-120000.png: Permission denied"
    lines = theme.wrap_into(2, note, 13, 352)
    assert len(lines) == 2
    assert all(theme.font(13).size(line)[0] <= 352 for line in lines)
    assert lines[0].startswith("cannot write /some")
    assert lines[1].endswith("Permission denied")
    assert sum(theme.font(13).size(line)[0] for line in lines) > 1.2 * 352
    assert theme.wrap_into(2, "a short one", 13, 352) == ["a short one"]


def test_a_word_longer_than_a_line_is_broken(app):
    lines = theme.wrap(f"a {'word' * 30}", 13, 352)
    assert "".join(lines) == f"a {'word' * 30}"
    assert max(theme.font(13).size(line)[0] for line in lines) <= 352


def test_buttons_that_have_nothing_to_do_are_pale_and_do_nothing(app):
    def enabled():
        return {name for name in COMMANDS if COMMANDS[name].enabled(app.state)}

    always = {
        "Pen",
        "Eraser",
        "Thin",
        "Medium",
        "Thick",
        "Test digit",
        "Paste",
        "Theme",
        "Help",
        "Inside",
    }
    assert enabled() == always
    click(app, "Undo")
    at_rest = show(app)
    undo, redo = (part(at_rest, button_rect(app, name)) for name in ("Undo", "Redo"))
    assert (undo[10, 10] == LIGHT.desk).all()
    stroke(app, DIAGONAL)
    assert enabled() == {*always, "Undo", "Clear", "Copy", "Save"}
    assert (part(show(app), button_rect(app, "Undo"))[10, 10] == LIGHT.card).all()
    assert (redo[10, 10] == LIGHT.desk).all()
    click(app, "Undo")
    assert enabled() == {*always, "Redo"}


def test_the_pens_outline_follows_the_mouse(app):
    stroke(app, [(0.01, 0.01)])  # so that there is no hint on the paper
    queue_and_process(app, [pygame.event.Event(pygame.WINDOWLEAVE)])
    without = pixels(app)
    for place in (app.state.layout.paper.center, (100, 200)):
        motion = pygame.event.Event(pygame.MOUSEMOTION, pos=place, rel=(0, 0), buttons=(0, 0, 0))
        queue_and_process(app, [motion])
        outline = np.argwhere((pixels(app) != without).any(axis=2))
        distances = np.hypot(*(outline - place).T)
        width = app.state.pen_width * app.state.layout.paper.width
        np.testing.assert_allclose(distances, width / 2, atol=2.5)
        assert len(outline) > 0.7 * np.pi * width
    queue_and_process(app, [pygame.event.Event(pygame.WINDOWLEAVE)])
    np.testing.assert_array_equal(pixels(app), without)


@pytest.mark.parametrize("event", [pygame.WINDOWEXPOSED, pygame.WINDOWLEAVE])
def test_it_is_drawn_anew_when_the_screen_asks(app, monkeypatch, event):
    drawn = []
    monkeypatch.setattr(app.view, "render", lambda *_: drawn.append(app) or [])
    queue_and_process(app, [pygame.event.Event(event)])
    assert drawn == [app]


def test_shrunk_it_stays_the_window_that_it_is(app, monkeypatch):
    """A new one would be made at another place, and the drag that shrinks it would break off."""
    monkeypatch.setattr(pygame.display, "set_mode", lambda *_: pytest.fail("made another window"))
    for size in ((100, 100), (330, 290), (640, 300)):
        queue_and_process(app, [pygame.event.Event(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])])
    assert app.state.layout == layout_of((640, 300))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs a list of open files")
def test_fonts_do_not_pile_up_open_files(app):
    for size in np.arange(8, 250, 0.5):
        theme.font(size)
    assert len(os.listdir("/proc/self/fd")) < 100


def test_help_opens_and_closes(app):
    before = pixels(app)
    for opens, closes in [
        (lambda: press_key(app, pygame.K_h), lambda: press_key(app, pygame.K_F1)),
        (lambda: click(app, "Help"), lambda: press_key(app, pygame.K_ESCAPE)),
        (lambda: press_key(app, pygame.K_F1), lambda: stroke(app, DIAGONAL)),  # and is not drawn
        (lambda: press_key(app, pygame.K_h), lambda: press_key(app, pygame.K_r)),  # to be seen
        (lambda: press_key(app, pygame.K_h), lambda: press_key(app, pygame.K_s)),
    ]:
        opens()
        assert app.state.help
        assert (pixels(app) != before).any(axis=2).mean() > 0.5  # all but the card is darker
        closes()
        assert not app.state.help
    assert [type(step) for step in app.state.drawing.actions] == [PlacedImage]
    assert app.state.running


@pytest.mark.parametrize(
    "size", [(960, 680), (1500, 900), (700, 1000), LEAST_SIZE, (3840, 2160), (10, 10), *SIZES]
)
def test_nothing_overlaps_or_leaves_the_window(size):
    layout = layout_of(size)
    window = pygame.Rect(0, 0, *map(max, size, LEAST_SIZE))
    parts = [layout.paper, layout.answer, layout.frame, layout.message, layout.bars, *layout.buttons]
    for k, part in enumerate(parts):
        assert window.contains(part)
        assert part.width > 20
        assert part.height > 20
        assert part.collidelist(parts[k + 1 :]) == -1


def test_the_pen_is_shown_thick_as_it_is(app):
    app.state.drawing.add(Stroke(0.1, points=[(0.5, 0.5)]))
    app.state.stale = True
    app.process([])
    size = app.state.layout.paper.width
    assert np.count_nonzero(on_screen(app)[size // 2] > 0.5) == pytest.approx(0.1 * size, abs=3)
