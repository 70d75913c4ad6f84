"""Drawing in the real window, by queued events under SDL's dummy driver."""

import numpy as np
import pygame
import pytest

from digits.data.augmentation import Inputs
from digits.ink.drawing import PlacedImage, spline
from digits.ink.framing import apply_domain_offset
from digits.model import load_cnn
from nn.fast import ParallelRunner
from tests.helpers import WEIGHTS
from tests.window.hand import (
    DIAGONAL,
    button_rect,
    click,
    on_screen,
    press_key,
    queue_and_process,
    reading_of,
    stroke,
)
from window.app import TITLE, App
from window.commands import COMMANDS, WIDTHS
from window.desktop import comfortable_size
from window.panels import headline
from window.pen import MAX_PEN_WIDTH, MIN_PEN_WIDTH
from window.screenshot import THREE, mouse_events


def test_a_drawn_three_is_read(app):
    stroke(app, spline(THREE))
    assert app.state.prediction.digit == 3
    assert app.state.prediction.is_digit
    assert pygame.display.get_caption()[0].startswith("3 · ")
    assert pygame.display.get_caption()[0].endswith(f" % – {TITLE}")
    assert on_screen(app)[int(0.2 * 560), int(0.46 * 560)] > 0.8


def test_blank_paper_predicts_nothing(app):
    assert app.state.prediction is None
    assert app.reader.count == 0
    assert pygame.display.get_caption()[0] == TITLE
    stroke(app, DIAGONAL)
    press_key(app, pygame.K_c)
    assert app.state.prediction is None
    assert pygame.display.get_caption()[0] == TITLE
    assert not app.state.drawing.ink.any()


def test_one_prediction_for_all_events_at_once_and_none_without_ink(app):
    stroke(app, spline(THREE))
    assert app.reader.count == 1
    motion = pygame.event.Event(pygame.MOUSEMOTION, pos=(300, 300), rel=(0, 0), buttons=(0, 0, 0))
    queue_and_process(app, [motion] * 5)
    press_key(app, pygame.K_h)
    press_key(app, pygame.K_h)
    assert app.reader.count == 1


def test_nothing_is_drawn_anew_without_reason(app, monkeypatch):
    drawn = []
    monkeypatch.setattr(app.view, "render", lambda *_: drawn.append(app) or [])
    app.state.stale = False
    queue_and_process(app, [pygame.event.Event(pygame.KEYUP, key=pygame.K_a, mod=0)])
    assert drawn == []


def test_fast_strokes_have_no_gaps(app):
    stroke(app, [(0.1, 0.5), (0.9, 0.5)])
    middle = app.state.drawing.ink[app.state.layout.paper.height // 2]
    assert (middle[round(0.1 * len(middle)) : round(0.9 * len(middle))] == 255).all()


def test_drawing_goes_on_outside_the_paper_and_begins_where_the_pen_comes_upon_it(app):
    stroke(app, [(0.5, 0.5), (1.4, 0.5), (0.5, 0.9)])
    middle = app.state.layout.paper.height // 2
    assert app.state.drawing.ink[middle - 20 : middle + 20, -1].any()
    stroke(app, [(1.2, 0.2), (1.3, 0.3)])
    assert len(app.state.drawing.actions) == 1
    stroke(app, [(1.2, 0.2), (0.9, 0.2), (0.5, 0.2)])
    assert [x for x, _ in app.state.drawing.actions[1].points] == pytest.approx([0.9, 0.5], abs=0.01)


def test_what_begins_on_a_button_draws_nothing(app):
    down, *moves, up = mouse_events(app.state.layout.paper, [(0.5, 0.5), (0.5, 0.5), (0.8, 0.5)])
    on_button = pygame.event.Event(down.type, pos=button_rect(app, "Thin").center, button=1)
    queue_and_process(app, [on_button, *moves, up])
    assert app.state.drawing.actions == []


@pytest.mark.parametrize("how", ["right button", "E"])
def test_erasing(app, how):
    stroke(app, [(0.1, 0.5), (0.9, 0.5)])
    if how == "E":
        press_key(app, pygame.K_e, unicode="e")
    stroke(app, [(0.5, 0.3), (0.5, 0.7)], button=3 if how == "right button" else 1)
    size = app.state.layout.paper.width
    assert app.state.drawing.ink[size // 2, size // 2] == 0
    assert app.state.drawing.ink[size // 2, size // 4] == 255
    if how == "E":
        press_key(app, pygame.K_e, unicode="e")
        stroke(app, [(0.5, 0.3), (0.5, 0.7)])
        assert app.state.drawing.ink[size // 2, size // 2] == 255


def test_what_cannot_be_erased_is_no_action_and_new_paper_comes_with_the_pen(app):
    press_key(app, pygame.K_e, unicode="e")
    stroke(app, DIAGONAL)
    assert app.state.drawing.actions == []
    press_key(app, pygame.K_c)
    stroke(app, DIAGONAL)
    assert app.state.drawing.ink.any()


def test_a_stroke_ends_when_its_own_button_comes_up(app):
    down, *moves, up = mouse_events(app.state.layout.paper, [(0.2, 0.5), (0.5, 0.5), (0.8, 0.5)])
    other = [
        pygame.event.Event(kind, pos=up.pos, button=3)
        for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP)
    ]
    undo = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_z, mod=pygame.KMOD_CTRL, unicode="")
    queue_and_process(app, [down, moves[0], *other, undo, moves[1], up, moves[0]])
    (only,) = app.state.drawing.actions
    assert len(only.points) == 3


@pytest.mark.parametrize("event", [pygame.WINDOWFOCUSLOST, pygame.WINDOWMINIMIZED, pygame.WINDOWHIDDEN])
def test_a_stroke_ends_when_its_window_is_left(app, event):
    down, *moves, _ = mouse_events(app.state.layout.paper, [(0.2, 0.5), (0.5, 0.5), (0.8, 0.5)])
    queue_and_process(app, [down, moves[0], pygame.event.Event(event), moves[1]])
    assert len(app.state.drawing.actions[0].points) == 2


def test_a_pressed_button_comes_up_when_its_window_is_left(app, monkeypatch):
    drawn = []
    down = pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=button_rect(app, "Help").center, button=1)
    queue_and_process(app, [down])
    monkeypatch.setattr(app.view, "render", lambda *_: drawn.append(app) or [])
    queue_and_process(app, [pygame.event.Event(pygame.WINDOWFOCUSLOST)])
    assert app.state.pressed is None
    assert drawn == [app]


def test_what_stands_at_the_edge_is_ink_too(app):
    """On other pictures what most of the border shows is taken for paper."""
    angle = np.linspace(0, 2 * np.pi, 40)
    stroke(app, np.stack([0.5 + 0.5 * np.sin(angle), 0.5 + 0.5 * np.cos(angle)], axis=1))
    assert app.state.prediction.digit == 0
    press_key(app, pygame.K_s)
    (frame,) = app.state.save_dir.glob("*-frame.png")
    saved = pygame.surfarray.array3d(pygame.image.load(frame))[:, :, 0].T
    np.testing.assert_array_equal(apply_domain_offset(saved), app.state.prediction.network_input)
    app.state.drawing.ink[:] = 255
    app.state.changed = True
    app.process([])
    assert COMMANDS["Clear"].enabled(app.state)
    assert not app.state.prediction.is_digit


@pytest.mark.parametrize("way", ["keys", "other keys", "a Mac's keys", "buttons"])
def test_undo_and_redo(app, way):
    control = pygame.KMOD_LMETA if way == "a Mac's keys" else pygame.KMOD_LCTRL

    def undo():
        if way == "buttons":
            click(app, "Undo")
        else:
            press_key(app, pygame.K_z, control)

    def redo():
        if way == "buttons":
            click(app, "Redo")
        elif way == "keys":
            press_key(app, pygame.K_y, control)
        else:
            press_key(app, pygame.K_z, control | pygame.KMOD_SHIFT)

    stroke(app, DIAGONAL)
    first = app.state.drawing.ink.copy()
    stroke(app, spline(THREE))
    both = app.state.drawing.ink.copy()
    prediction = app.state.prediction
    undo()
    np.testing.assert_array_equal(app.state.drawing.ink, first)
    undo()
    assert app.state.prediction is None
    undo()
    redo()
    redo()
    redo()
    np.testing.assert_array_equal(app.state.drawing.ink, both)
    np.testing.assert_array_equal(app.state.prediction.probabilities, prediction.probabilities)


def test_clear_button_can_be_undone(app):
    stroke(app, DIAGONAL)
    drawn = app.state.drawing.ink.copy()
    click(app, "Clear")
    assert not app.state.drawing.ink.any()
    click(app, "Undo")
    np.testing.assert_array_equal(app.state.drawing.ink, drawn)


def test_a_press_that_leaves_its_button_does_nothing(app):
    stroke(app, DIAGONAL)
    rect = app.state.layout.buttons[list(COMMANDS).index("Clear")]
    event = pygame.event.Event
    down = event(pygame.MOUSEBUTTONDOWN, pos=rect.center, button=1)
    queue_and_process(app, [down, event(pygame.MOUSEBUTTONUP, pos=(5, 5), button=1)])
    assert app.state.drawing.ink.any()
    assert app.state.pressed is None
    right = [
        event(kind, pos=rect.center, button=3) for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP)
    ]
    queue_and_process(app, right)
    assert app.state.drawing.ink.any()
    assert app.state.pressed is None


def test_what_other_programs_do_with_control_is_not_done_here(app):
    stroke(app, DIAGONAL)
    for key in (pygame.K_c, pygame.K_e, pygame.K_s, pygame.K_r, pygame.K_d):
        press_key(app, key, pygame.KMOD_LCTRL)
    assert app.state.drawing.ink.any()
    assert not app.state.is_eraser
    assert len(app.state.drawing.actions) == 1


def test_ink_is_where_the_mouse_was(app):
    stroke(app, [(0.25, 0.75)])
    rows, columns = np.nonzero(app.state.drawing.ink)
    size = app.state.layout.paper.width
    assert (columns.mean() / size, rows.mean() / size) == pytest.approx((0.25, 0.75), abs=0.004)


def test_before_the_network_is_there_nothing_goes_wrong(tmp_path):
    app = App((960, 680), None, save_dir=tmp_path / "saved")
    for key in (pygame.K_c, pygame.K_r, pygame.K_s, pygame.K_e, pygame.K_z):
        for mod in (0, pygame.KMOD_LCTRL):
            press_key(app, key, mod)
    queue_and_process(app, [pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=1)])
    stroke(app, DIAGONAL)
    for button in COMMANDS.values():
        if button.name != "Help":
            click(app, button.name)
    assert app.state.drawing is None
    assert not (tmp_path / "saved").exists()
    app.close()


@pytest.mark.parametrize("way", ["wheel", "brackets", "AltGr"])
def test_width_of_the_pen(app, way):
    def change(direction):
        if way == "wheel":
            wheel = pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=direction)
            queue_and_process(app, [wheel])
        elif way == "brackets":
            press_key(app, 0, unicode="]" if direction > 0 else "[")
        else:  # on a German keyboard brackets need AltGr, which may count as Ctrl and Alt
            press_key(app, 56, pygame.KMOD_LCTRL | pygame.KMOD_RALT, "]" if direction > 0 else "[")

    change(1)
    assert app.state.pen_width > WIDTHS["Medium"]
    stroke(app, [(0.5, 0.5)])
    assert app.state.drawing.actions[-1].width == app.state.pen_width
    for direction, limit in ((1, MAX_PEN_WIDTH), (-1, MIN_PEN_WIDTH)):
        for _ in range(60):
            change(direction)
        assert app.state.pen_width == limit


@pytest.mark.parametrize(
    ("desktop", "expected"),
    [
        ((1366, 768), (960, 678)),
        ((1080, 1920), (960, 680)),
        ((3840, 2160), (1728, 1224)),
        ((800, 480), (784, 390)),  # with a title bar it is on the screen all the same
    ],
)
def test_the_window_suits_the_screen(monkeypatch, desktop, expected):
    monkeypatch.setattr(pygame.display, "get_desktop_sizes", lambda: [desktop])
    assert comfortable_size() == expected


@pytest.mark.parametrize("size", [(1500, 900), (700, 1000), (500, 380), (2400, 1700), (200, 150)])
def test_resized_the_drawing_stays_and_can_be_drawn_in(app, size):
    stroke(app, spline(THREE))
    queue_and_process(app, [pygame.event.Event(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])])
    assert app.state.prediction.digit == 3
    assert app.state.drawing.ink.shape == (app.state.layout.paper.height, app.state.layout.paper.width)
    press_key(app, pygame.K_c)
    stroke(app, spline(THREE))
    assert app.state.prediction.digit == 3


def test_resized_the_drawing_is_read_anew(app):
    """Its brackets are where it is now."""
    stroke(app, spline(THREE))
    count = app.reader.count
    box = app.state.reading.digits[0].box
    side = app.state.layout.paper.width
    queue_and_process(app, [pygame.event.Event(pygame.VIDEORESIZE, size=(640, 460), w=640, h=460)])
    assert app.reader.count == count + 1
    scale = app.state.layout.paper.width / side
    np.testing.assert_allclose(app.state.reading.digits[0].box, np.array(box) * scale, atol=3)


def test_test_digits_on_the_paper_are_read_as_in_evaluate(app, test_digits, rng):
    network, _ = load_cnn(WEIGHTS)
    few = test_digits[:200]
    with ParallelRunner(network, 2) as runner:
        expected = runner.logits(Inputs(few.images)).argmax(axis=1)
    guesses = []
    for image in few.images:
        app.state.drawing.clear()
        x, y = rng.uniform(0.3, 0.7, 2)
        app.state.drawing.add(PlacedImage(image, x=x, y=y, height=rng.uniform(0.4, 0.6)))
        app.state.changed = True
        app.process([])
        guesses.append(app.state.prediction.digit)
    assert np.mean(np.array(guesses) == expected) >= 0.995


@pytest.mark.parametrize("scribble", ["dot", "zigzag"])
def test_what_is_rejected_gets_a_question_mark(app, scribble, rng):
    points = [(0.5, 0.5)] if scribble == "dot" else rng.uniform(0.1, 0.9, (40, 2))
    stroke(app, points)
    assert not app.state.prediction.is_digit
    assert pygame.display.get_caption()[0].startswith("? – ")
    probabilities = np.array([0.2, 0.8, *[0.0] * 8])
    assert headline(reading_of(app.state.prediction._replace(probabilities=probabilities))) == "1?"
    right = app.state.prediction._replace(probabilities=probabilities, is_digit=True)
    assert headline(reading_of(right)) == "1"
    app.state.drawing.clear()
    stroke(app, spline(THREE))
    assert pygame.display.get_caption()[0].startswith("3 · ")
