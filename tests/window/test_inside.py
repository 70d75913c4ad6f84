"""The look inside: it shows the plain layers' values where it says, and the pointer finds each."""

import numpy as np
import pygame
import pytest

from digits.ink.drawing import spline
from tests.window.hand import (
    click,
    on_screen,
    pixels,
    point_at,
    press_at,
    press_key,
    queue_and_process,
    stroke,
)
from window import panels
from window.app import App
from window.commands import layout_of
from window.inside import places_of
from window.inside_layout import MAPS, SLIDERS, cell_rect, geometry
from window.paper import glances_rect
from window.screenshot import THREE, mouse_events

SIZES = [(960, 680), (480, 640), (640, 460), (720, 860), (1080, 1920), (1920, 1080)]


@pytest.fixture
def inside(app):
    """That of a window in which a 3 has been drawn."""
    press_key(app, pygame.K_TAB)
    stroke(app, spline(THREE))
    return app.state.inside


def test_tab_and_the_button_swap_the_bars_for_it_and_the_answer_stays(app):
    stroke(app, spline(THREE))
    with_bars = pixels(app)
    press_key(app, pygame.K_TAB)
    assert app.state.inside.is_open
    assert app.state.reading.single.digit == 3
    assert not (pixels(app) == with_bars).all()
    click(app, "Inside")
    assert not app.state.inside.is_open
    assert app.state.inside.look is None
    assert app.state.reading.single.digit == 3
    point_at(app, app.state.layout.answer.center)
    press_key(app, pygame.K_TAB)
    press_key(app, pygame.K_TAB)
    assert (
        pixels(app)[app.state.layout.bars.left :] == with_bars[app.state.layout.bars.left :]
    ).mean() > 0.99


def test_a_stroke_is_not_torn_by_tab(app):
    down, *moves = mouse_events(app.state.layout.paper, spline(THREE))[:-1]
    queue_and_process(app, [down, *moves[:9]])
    press_key(app, pygame.K_TAB)
    assert not app.state.inside.is_open
    assert len(app.state.drawing.actions) == 1


def test_it_shows_the_maps_of_the_frame(inside, app):
    """The shade of each value of each layer, in the middle of its place in the window."""
    point_at(app, (1, 1))
    places = places_of(app.state.layout)
    shown = pixels(app).astype(int)
    for maps in MAPS:
        y = inside.look.layers[maps.name].y
        share = y / y.max()
        for i, j, f in [(0, 0, 0), *map(tuple, np.argwhere(share > 0.6)[:40].tolist())]:
            center = cell_rect(places, maps.name, i, j, 1, f).center
            darkness = 1 - shown[center].mean() / 255  # ink is dark in the light theme
            assert darkness == pytest.approx(0.87 * share[i, j, f], abs=0.06)


@pytest.mark.parametrize("maps", MAPS)
def test_the_pointer_finds_each_value(inside, app, maps, rng):
    for _ in range(20):
        place = tuple(int(rng.integers(n)) for n in (maps.side, maps.side, maps.number))
        center = cell_rect(
            places_of(app.state.layout), maps.name, place[0], place[1], 1, place[2]
        ).center
        assert inside.value_at(center, app.state.layout) == (maps.name, place)
    rect = places_of(app.state.layout).maps[maps.name][0]
    assert inside.value_at((rect.left - 3, rect.top), app.state.layout) is None
    point_at(app, rect.center)  # draws the card with the sum
    press_key(app, pygame.K_TAB)
    assert inside.value_at(rect.center, app.state.layout) is None


def test_pointing_shows_the_sum_and_a_click_keeps_it(inside, app):
    point_at(app, (1, 1))
    plain = pixels(app)
    place = cell_rect(places_of(app.state.layout), "conv2", 4, 5, 1, 7).center
    point_at(app, place)
    assert not (pixels(app) == plain).all()
    point_at(app, (1, 1))
    assert (pixels(app) == plain).all()
    press_at(app, place)
    assert inside.pinned == ("conv2", (4, 5, 7))
    point_at(app, (1, 1))
    assert not (pixels(app) == plain).all()
    press_at(app, place)
    assert inside.pinned is None


def test_an_output_asks_for_its_digit(inside, app):
    assert inside.look.digit == 3
    outputs = places_of(app.state.layout).outputs
    point_at(app, outputs[8].center)
    assert inside.look.digit == 8
    point_at(app, (1, 1))
    assert inside.look.digit == 3
    press_at(app, outputs[5].center)
    point_at(app, (1, 1))
    assert inside.look.digit == 5


def test_sliders_spoil_the_frame_and_not_the_answer(inside, app):
    before = inside.look.frame.copy()
    for k, slider in enumerate(SLIDERS):
        rect = places_of(app.state.layout).sliders[k]
        event = pygame.event.Event
        start, end = rect.center, (rect.right - 2, rect.centery)
        down = event(pygame.MOUSEBUTTONDOWN, pos=start, button=1)
        motion = event(pygame.MOUSEMOTION, pos=end, rel=(0, 0), buttons=(1, 0, 0))
        queue_and_process(app, [down, motion, event(pygame.MOUSEBUTTONUP, pos=end, button=1)])
        assert inside.amounts[k] == slider.high
        assert (inside.look.frame != before).any()
        assert len(app.state.drawing.actions) == 1
        point_at(app, start)
        assert inside.amounts[k] == slider.high  # let go of
        share = -slider.low / (slider.high - slider.low)
        press_at(app, (rect.left + round(share * rect.width) + 2, rect.centery))
        assert inside.amounts[k] == 0
        np.testing.assert_array_equal(inside.look.frame, before)
    assert app.state.reading.single.digit == 3


def drag_slider(app, k):
    rect = places_of(app.state.layout).sliders[k]
    event = pygame.event.Event
    end = (rect.right - 2, rect.centery)
    down = event(pygame.MOUSEBUTTONDOWN, pos=rect.center, button=1)
    motion = event(pygame.MOUSEMOTION, pos=end, rel=(0, 0), buttons=(1, 0, 0))
    queue_and_process(app, [down, motion, event(pygame.MOUSEBUTTONUP, pos=end, button=1)])


@pytest.fixture
def said(monkeypatch):
    """The answers that are drawn."""
    answers = []
    right = panels.draw_answer

    def spy(painter, layout, answer, is_drawing=False):
        answers.append(answer)
        right(painter, layout, answer, is_drawing)

    monkeypatch.setattr(panels, "draw_answer", spy)
    return answers


def test_the_answer_is_of_the_frame_that_is_shown(said, inside, app):
    assert said[-1].lines == ["3"]
    drag_slider(app, 0)
    drag_slider(app, 1)
    look = inside.look
    assert said[-1].lines == [str(look.probabilities.argmax())]
    assert f"{100 * look.probabilities.max():.1f} %" in said[-1].verdict
    assert "Turn 45°, Noise 0.50" in said[-1].note
    press_at(app, app.state.layout.frame.center)
    assert inside.amounts == [0, 0, 0]
    assert said[-1].lines == ["3"]
    assert len(app.state.drawing.actions) == 1


@pytest.mark.parametrize("way", ["clear", "close"])
def test_sliders_do_not_outlive_what_they_changed(inside, app, way):
    drag_slider(app, 1)
    press_key(app, pygame.K_c if way == "clear" else pygame.K_TAB)
    assert not any(inside.amounts)


@pytest.mark.parametrize("is_mean", [True, False])
def test_where_more_than_this_look_counts_for_the_answer_that_is_known(app, monkeypatch, is_mean):
    monkeypatch.setattr("digits.reading.recogniser.AUGMENT_BELOW", 1.1 if is_mean else 0)
    monkeypatch.setattr("window.inside.SAME", 1e-7)  # all five are nearly as sure that it is a 3
    inside = app.state.inside
    press_key(app, pygame.K_TAB)
    stroke(app, spline(THREE))
    assert inside.differs == is_mean
    drag_slider(app, 1)
    assert not inside.differs  # what is said is of this look alone


def test_above_each_digit_stands_what_the_line_network_sees(inside, app):
    press_key(app, pygame.K_c)
    for x in (0.1, 0.5):
        stroke(app, np.array([x, 0.3]) + 0.4 * spline(THREE))
    point_at(app, (1, 1))
    for is_open in (True, False):
        paper = app.state.layout.paper
        for digit in app.state.reading.digits:
            left, _, width, _ = digit.box
            assert all(left - 0.2 * width < glance.x < left + 1.2 * width for glance in digit.glances)
            best = max(digit.glances, key=lambda glance: glance.probability)
            assert best.character == "3"
            rect = glances_rect(digit, paper, app.state.layout.unit).move(-paper.left, -paper.top)
            above = on_screen(app)[rect.top : rect.centery, rect.left : rect.right]
            assert (above.max() > 0.3) == is_open
        press_key(app, pygame.K_TAB)


def test_drawing_goes_on_and_a_blank_paper_has_nothing_inside(inside, app):
    first = inside.look
    stroke(app, [(0.1, 0.1), (0.2, 0.15)])
    assert inside.look is not first
    press_key(app, pygame.K_c)
    assert inside.look is None
    point_at(app, places_of(app.state.layout).maps["conv1"][0].center)


@pytest.mark.parametrize("size", SIZES)
def test_all_of_it_is_within_the_window_and_apart(size):
    layout = layout_of(size, is_inside=True)
    places = geometry(layout.bars, layout.unit)
    maps = [rect for rect, _, _ in places.maps.values()]
    parts = [*maps, *places.outputs, *places.sliders, layout.paper, layout.answer, layout.frame]
    parts += [layout.message, *layout.buttons]
    window = pygame.Rect((0, 0), size)
    for k, part in enumerate(parts):
        assert window.contains(part)
        assert part.collidelist(parts[k + 1 :]) < 0
    for (rect, columns, scale), layer in zip(places.maps.values(), MAPS, strict=True):
        assert columns * (layer.side + 1) * scale <= rect.width
        assert -(-layer.number // columns) * (layer.side + 1) * scale <= rect.height


@pytest.mark.parametrize("size", [*SIZES, (320, 280), (200, 900)])
def test_any_window_can_be_looked_inside(size, recogniser):
    app = App(size, lambda: recogniser, is_dark=size[0] < size[1])
    try:
        app.ready(recogniser)
        press_key(app, pygame.K_TAB)
        stroke(app, spline(THREE))
        assert app.state.reading.single.digit == 3
        bars = app.state.layout.bars
        for x in range(bars.left, bars.right, max(1, bars.width // 4)):
            for y in range(bars.top, bars.bottom, max(1, bars.height // 9)):
                point_at(app, (x, y))
    finally:
        app.close()
