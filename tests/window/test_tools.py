"""All that a hand can do: fingers, keys of any keyboard, tools, dropped and pasted pictures."""

import shutil

import numpy as np
import pygame
import pytest
from PIL import Image

from digits.ink.drawing import PlacedImage, spline
from digits.model import MINUS
from digits.reading.prediction import Number, Prediction, Reading
from nn.errors import UserError
from tests.helpers import posix
from tests.window.hand import (
    DIAGONAL,
    button_rect,
    click,
    finger_events,
    pixels,
    point_at,
    press_at,
    press_key,
    queue_and_process,
    reading_of,
    stroke,
)
from tests.writing import glyph, write
from window import files
from window.app import DARK, READY, App
from window.commands import COMMANDS, WIDTHS, layout_of, run_command
from window.panels import title
from window.paper import brackets, label_rect
from window.pen import ERASER_FACTOR
from window.screenshot import THREE, mouse_events

CYRILLIC_ES = 1089  # what the key of C gives on a Russian keyboard, and its scan code
SCANCODE_C, SCANCODE_Z = 6, 29


def write_in_window(app, text, height=0.3, left=0.08, top=0.3):
    x = left
    for character in text:
        strokes = glyph(character)
        for points in strokes:
            stroke(app, np.array([x, top]) + spline(points) * height)
        x += (max(points[:, 0].max() for points in strokes) + 0.25) * height


def drop(app, path):
    queue_and_process(app, [pygame.event.Event(pygame.DROPFILE, file=str(path))])


def test_a_number_is_read_and_each_digit_can_be_pointed_at(app):
    write_in_window(app, "42")
    assert pygame.display.get_caption()[0].startswith("42 · 99.")
    (four, two) = brackets(app.state.reading, app.state.layout.paper, app.state.layout.unit)
    for place, digit in ((four, 4), (two, 2)):
        point_at(app, place.center)
        assert app.state.prediction.digit == digit


def test_a_click_on_a_label_pins_its_digit_until_another(app):
    write_in_window(app, "42")
    layout = app.state.layout
    labels = [
        label_rect(place, layout.paper, layout.unit).center
        for place in brackets(app.state.reading, layout.paper, layout.unit)
    ]
    actions = len(app.state.drawing.actions)
    for k in (1, 0):
        press_at(app, labels[k])
        point_at(app, layout.bars.center)
        assert app.state.shown == k
        point_at(app, brackets(app.state.reading, layout.paper, layout.unit)[1 - k].center)
        assert app.state.shown == k
    press_at(app, labels[0])
    assert app.state.pinned is None
    assert len(app.state.drawing.actions) == actions
    press_at(app, labels[1])
    stroke(app, DIAGONAL)
    assert app.state.pinned is None


def test_a_digit_gets_its_bracket_as_soon_as_there_is_another(app):
    write_in_window(app, "4")
    stroke(app, [(0.85, 0.35), (0.85, 0.65)])
    seen = pixels(app)
    app.state.stale = app.state.stale_everywhere = True
    app.process([])
    np.testing.assert_array_equal(pixels(app), seen)
    assert len(app.state.reading.digits) == 2


def test_without_a_pointer_the_least_sure_digit_is_shown(app):
    shares = [np.full(10, (1 - share) / 9) for share in (0.9, 0.6, 0.8)]
    for k, share in enumerate((0.9, 0.6, 0.8)):
        shares[k][k] = share
    app.state.reading = reading_of(
        *[Prediction(np.zeros((28, 28), np.uint8), row, True) for row in shares]
    )
    assert app.state.shown == 1


def test_a_finger_draws_presses_buttons_and_erases(app):
    queue_and_process(app, finger_events(app, spline(THREE)))
    assert app.state.prediction.digit == 3
    assert app.state.pointer is None
    ink = app.state.drawing.ink.copy()
    width, height = app.surface.get_size()
    x, y = button_rect(app, "Eraser").center
    tap = [
        pygame.event.Event(kind, x=x / width, y=y / height, finger_id=1, touch_id=1)
        for kind in (pygame.FINGERDOWN, pygame.FINGERUP)
    ]
    queue_and_process(app, tap)
    assert app.state.is_eraser
    queue_and_process(app, finger_events(app, spline(THREE)))
    assert app.state.drawing.ink.sum() < 0.05 * ink.sum()


def test_what_sdl_makes_a_mouse_of_a_finger_is_left_out(app):
    events = mouse_events(app.state.layout.paper, DIAGONAL)
    for event in events:
        event.touch = True
    queue_and_process(app, events)
    assert app.state.drawing.actions == []


def test_a_second_finger_does_not_disturb_the_first(app):
    first = finger_events(app, [(0.2, 0.5), (0.5, 0.5), (0.8, 0.5)], finger=1)
    second = finger_events(app, [(0.2, 0.8), (0.8, 0.8)], finger=2)
    queue_and_process(app, [first[0], second[0], first[1], second[1], second[2], first[2], first[3]])
    (only,) = app.state.drawing.actions
    np.testing.assert_allclose(only.points, [(0.2, 0.5), (0.5, 0.5), (0.8, 0.5)], atol=0.01)


def test_keys_of_other_alphabets_and_with_control(app):
    stroke(app, DIAGONAL)
    press_key(app, CYRILLIC_ES, scancode=SCANCODE_C)
    assert app.state.is_blank
    press_key(app, CYRILLIC_ES, pygame.KMOD_LCTRL, scancode=SCANCODE_Z)
    assert not app.state.is_blank


def test_keys_that_are_held_repeat_only_where_that_makes_sense(app):
    for _ in range(3):
        stroke(app, DIAGONAL)
    press_key(app, pygame.K_e, unicode="e", release=False)
    press_key(app, pygame.K_e, unicode="e")
    assert app.state.is_eraser
    press_key(app, pygame.K_z, pygame.KMOD_LCTRL, release=False)
    press_key(app, pygame.K_z, pygame.KMOD_LCTRL)
    assert len(app.state.drawing.actions) == 1


def test_escape_loses_no_drawing(app):
    stroke(app, DIAGONAL)
    press_key(app, pygame.K_ESCAPE)
    assert "Ctrl Q quits" in app.state.note
    press_key(app, pygame.K_e, unicode="e")
    press_key(app, pygame.K_ESCAPE)
    assert not app.state.is_eraser
    for _ in range(3):
        press_key(app, pygame.K_ESCAPE)
    assert app.state.running
    press_key(app, pygame.K_DELETE)
    assert app.state.is_blank
    press_key(app, pygame.K_ESCAPE)
    assert not app.state.running


def test_escape_closes_the_inside_first(app):
    press_key(app, pygame.K_TAB)
    assert app.state.inside.is_open
    press_key(app, pygame.K_ESCAPE)
    assert not app.state.inside.is_open
    assert app.state.running


def test_f11_fills_the_screen_and_gives_it_back(app, monkeypatch):
    calls = []
    monkeypatch.setattr(pygame.display, "toggle_fullscreen", lambda: calls.append(1))
    press_key(app, pygame.K_F11)
    press_key(app, pygame.K_F11)
    assert len(calls) == 2


def test_usual_keys_do_the_usual_things(app):
    stroke(app, DIAGONAL)
    press_key(app, pygame.K_s, pygame.KMOD_CTRL)
    assert app.state.note.startswith("Saved")
    press_key(app, pygame.K_BACKSPACE)
    assert app.state.is_blank
    queue_and_process(app, [pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=1)])
    assert app.state.note.startswith("Pen: ")


@pytest.mark.parametrize("name", WIDTHS)
def test_widths(app, name):
    click(app, name)
    assert COMMANDS[name].chosen(app.state)
    stroke(app, DIAGONAL)
    assert app.state.drawing.actions[-1].width == WIDTHS[name]


def test_fast_strokes_are_curves_and_what_is_seen_at_once_is_what_stays(app):
    corner = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8)]
    stroke(app, corner)
    columns = np.flatnonzero((app.state.drawing.ink > 127).any(axis=0))
    size = len(app.state.drawing.ink)
    assert columns.max() / size > 0.8 + 0.6 * app.state.pen_width  # the curve swings out
    drawn = app.state.drawing.ink.copy()
    app.state.drawing.resize(size)
    np.testing.assert_array_equal(app.state.drawing.ink, drawn)


def test_a_dropped_picture_is_new_paper_and_can_be_undone(app, tmp_path):
    stroke(app, DIAGONAL)
    before = app.state.drawing.ink.copy()
    Image.fromarray(255 - write("305").ink).save(tmp_path / "a.png")
    drop(app, tmp_path / "a.png")
    assert [number.text for number in app.state.reading.numbers] == ["305"]
    click(app, "Undo")
    np.testing.assert_array_equal(app.state.drawing.ink, before)


def test_what_is_dropped_and_is_no_picture_is_said_in_one_line(app, tmp_path):
    stroke(app, DIAGONAL)
    before = app.state.drawing.ink.copy()
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (tmp_path / "text.txt").write_text("42")
    Image.new("L", (300, 300), 255).save(tmp_path / "white.png")
    Image.new("L", (11_000, 11_000)).save(tmp_path / "large.png")
    messages = {
        "broken.png": "picture",
        "text.txt": "no picture",
        "white.png": "no ink",
        "large.png": "too large",
        "": "folder",
        "missing.png": "No such file",
    }
    for name, message in messages.items():
        drop(app, tmp_path / name)
        assert message in app.state.note
        assert "\n" not in app.state.note
        np.testing.assert_array_equal(app.state.drawing.ink, before)


@pytest.fixture
def clipboard(monkeypatch):
    """A clipboard of types and contents, in place of the system's: without a screen there is none."""
    contents = {}

    def run_command(commands, content=None):
        if commands is files.COPY_COMMANDS:
            contents["image/png"] = content
            return b""
        return contents.get("text/uri-list" if commands is files.FILE_NAME_COMMANDS else "image/png")

    monkeypatch.setattr(files, "run_command", run_command)
    monkeypatch.setattr(pygame.scrap, "get_init", lambda: True)
    monkeypatch.setattr(pygame.scrap, "get", contents.get)
    return contents


def test_copy_and_paste(app, clipboard):
    stroke(app, spline(THREE))
    press_key(app, pygame.K_c, pygame.KMOD_LCTRL)
    assert clipboard["image/png"].startswith(b"\x89PNG")
    press_key(app, pygame.K_c)
    assert app.state.is_blank
    for _ in range(3):  # it is held
        press_key(app, pygame.K_v, pygame.KMOD_LCTRL, release=False)
    assert app.state.prediction.digit == 3
    assert len(app.state.drawing.actions) == 3


@pytest.mark.parametrize("kind", ["text/uri-list", "text/plain"])
def test_a_picture_files_name_can_be_pasted(app, clipboard, tmp_path, kind):
    path = tmp_path / "a picture.png"
    Image.fromarray(255 - write("42").ink).save(path)
    clipboard[kind] = path.as_uri().encode() + b"\r\n"
    click(app, "Paste")
    assert [number.text for number in app.state.reading.numbers] == ["42"]


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({}, "no picture in the clipboard"),
        ({"UTF8_STRING": b"just text\0"}, "There is text in the clipboard"),
        ({"UTF8_STRING": b"file://["}, "There is text in the clipboard"),
        ({"text/uri-list": b"file:///%00\r\n"}, "There is text in the clipboard"),
        ({"image/png": b"\x89PNG\r\n\x1a\nbroken"}, "the clipboard's picture"),
    ],
)
def test_what_cannot_be_pasted_is_said(app, clipboard, contents, message):
    clipboard.update(contents)
    stroke(app, DIAGONAL)
    click(app, "Paste")
    assert message in app.state.note
    assert len(app.state.drawing.actions) == 1


def test_where_there_is_no_clipboard(app, monkeypatch):
    def fail():
        raise pygame.error("none")

    monkeypatch.setattr(pygame.scrap, "get_init", lambda: False)
    monkeypatch.setattr(pygame.scrap, "init", fail)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    stroke(app, DIAGONAL)
    click(app, "Paste")
    assert app.state.note == "There is no picture in the clipboard"
    click(app, "Copy")
    assert "wl-copy or xclip" in app.state.note


@posix
def test_programs_are_called_in_turn_and_may_fail(tmp_path):
    program = tmp_path / "clip"
    program.write_text("#!/bin/sh\n[ $1 = out ] && printf picture || cat > $2\n")
    program.chmod(0o755)
    missing = ("no-such-program", "out")
    assert files.run_command([missing, (str(program), "out")]) == b"picture"
    assert files.run_command([(str(program), "in", str(tmp_path / "copy"))], b"content") == b""
    assert (tmp_path / "copy").read_bytes() == b"content"
    assert files.run_command([missing]) is None
    assert files.run_command([(str(program), "in", "/nowhere/at/all")], b"content") is None


@posix
@pytest.mark.parametrize("script", ["cat /dev/zero", "sleep 60"])
def test_a_clipboard_without_end_is_given_up(tmp_path, monkeypatch, script):
    monkeypatch.setattr(files, "MAX_CLIPBOARD", 1_000_000)
    monkeypatch.setattr(files, "COMMAND_SECONDS", 0.5 if "sleep" in script else 60)
    program = tmp_path / "clip"
    program.write_text(f"#!/bin/sh\nexec {script}\n")
    program.chmod(0o755)
    with pytest.raises(UserError, match="more than a picture"):
        files.run_command([(str(program),)])


def test_whatever_goes_wrong_with_a_picture_the_window_and_the_drawing_stay(app, monkeypatch, tmp_path):
    def fail(*_):
        raise RuntimeError("something new")

    monkeypatch.setattr(files, "open_picture", fail)
    stroke(app, DIAGONAL)
    drop(app, tmp_path / "a.png")
    assert "cannot be read as a picture" in app.state.note
    assert "something new" in app.state.note
    assert len(app.state.drawing.actions) == 1


def test_dark_and_light(app):
    light = pixels(app)
    press_key(app, pygame.K_d, unicode="d")
    assert pixels(app).mean() < 0.4 * light.mean()
    click(app, "Theme")
    queue_and_process(app, [pygame.event.Event(pygame.WINDOWLEAVE)])
    np.testing.assert_array_equal(pixels(app), light)


def test_the_systems_theme_is_followed_until_another_is_chosen(recogniser, monkeypatch):
    monkeypatch.setattr("window.desktop.is_dark", lambda: True)
    app = App((960, 680), lambda: recogniser)
    app._load()
    app.process(pygame.event.get())
    assert app.state.is_dark
    press_key(app, pygame.K_d, unicode="d")
    queue_and_process(app, [pygame.event.Event(DARK, is_dark=True)])  # it has only now been found out
    assert not app.state.is_dark
    app.close()


def test_a_large_picture_dropped_is_read_within_the_paper(app, tmp_path):
    Image.fromarray(np.kron(255 - write("71").ink, np.ones((4, 4), np.uint8))).save(tmp_path / "a.png")
    drop(app, tmp_path / "a.png")
    assert [number.text for number in app.state.reading.numbers] == ["71"]


RANDOM_KEYS = [*map(ord, "pecrdhzyv[]+-123"), pygame.K_ESCAPE, pygame.K_F1]
SIZES = [(960, 680), (640, 460), (480, 640), (320, 280), (100, 90), (1300, 700)]


def random_events(app, rng, folder, count):
    """Whatever may come, in any order."""
    make = pygame.event.Event
    for _ in range(count):
        width, height = app.surface.get_size()
        place = (int(rng.integers(-20, width + 20)), int(rng.integers(-20, height + 20)))
        button = int(rng.integers(1, 4))
        share = {"x": place[0] / width, "y": place[1] / height, "touch_id": 1}
        key = int(rng.choice(RANDOM_KEYS))
        mod = int(rng.choice([0, 0, pygame.KMOD_LCTRL, pygame.KMOD_LCTRL | pygame.KMOD_LSHIFT]))
        text = chr(key) if 32 < key < 127 else ""
        kind = rng.choice(12, p=[0.1, 0.3, 0.1, 0.05, 0.1, 0.05, 0.1, 0.06, 0.04, 0.03, 0.02, 0.05])
        if kind == 0:
            yield make(pygame.MOUSEBUTTONDOWN, pos=place, button=button)
        elif kind == 1:
            yield make(pygame.MOUSEMOTION, pos=place, rel=(0, 0), buttons=(0, 0, 0))
        elif kind == 2:
            yield make(pygame.MOUSEBUTTONUP, pos=place, button=button)
        elif kind in (3, 4, 5):
            finger = (pygame.FINGERDOWN, pygame.FINGERMOTION, pygame.FINGERUP)[kind - 3]
            yield make(finger, finger_id=button, **share)
        elif kind == 6:
            yield make(pygame.KEYDOWN, key=key, mod=mod, unicode=text, scancode=0)
            yield make(pygame.KEYUP, key=key, mod=mod)
        elif kind == 7:
            yield make(pygame.MOUSEWHEEL, x=0, y=int(rng.integers(-3, 4)))
        elif kind == 8:
            size = SIZES[rng.integers(len(SIZES))]
            pygame.display.set_mode(size, pygame.RESIZABLE)
            yield make(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])
        elif kind == 9:
            yield make(
                int(rng.choice([pygame.WINDOWFOCUSLOST, pygame.WINDOWLEAVE, pygame.WINDOWEXPOSED]))
            )
        elif kind == 10:
            yield make(pygame.DROPFILE, file=str(folder / rng.choice(["a.png", "b.png", "none"])))
        else:
            yield make(pygame.TEXTINPUT, text=text)


def check_random_events(app, rng, folder, count):
    """No exception; after each event the window shows what it would show if all were drawn anew."""
    Image.fromarray(255 - write("305").ink).save(folder / "a.png")
    (folder / "b.png").write_bytes(b"broken")
    for k, event in enumerate(random_events(app, rng, folder, count)):
        app.process([event])
        app.state.running = True
        if k % 50 == 0:
            seen = pixels(app)
            app.state.stale = app.state.stale_everywhere = True
            app.process([])
            np.testing.assert_array_equal(pixels(app), seen)
    for finger in range(1, 4):
        x, y = 0.5, 0.5
        app.process([pygame.event.Event(pygame.FINGERUP, finger_id=finger, x=x, y=y, touch_id=1)])
    app.process([pygame.event.Event(pygame.WINDOWFOCUSLOST)])
    pygame.display.set_mode((960, 680), pygame.RESIZABLE)
    app.process([pygame.event.Event(pygame.VIDEORESIZE, size=(960, 680), w=960, h=680)])
    app.state.help = False
    for name in ("Pen", "Medium", "Clear"):
        run_command(app.state, name)
    stroke(app, spline(THREE))
    assert app.state.prediction.digit == 3
    assert app.state.layout == layout_of((960, 680))


def test_random_events(app, rng, tmp_path, clipboard):
    check_random_events(app, rng, tmp_path, 600)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_the_key_on_a_button_runs_its_command(app, command, monkeypatch):
    ran = []
    other = command._replace(do=ran.append, enabled=lambda _: True)
    monkeypatch.setitem(COMMANDS, command.name, other)
    key = command.key.removeprefix("Ctrl ")
    code = pygame.K_TAB if key == "Tab" else ord(key.lower())
    mod = pygame.KMOD_LCTRL if command.key.startswith("Ctrl ") else 0
    press_key(app, code, mod, unicode=key.lower() if len(key) == 1 and not mod else "")
    assert ran == [app.state]
    click(app, command.name)
    assert ran == [app.state] * 2


def test_what_is_drawn_while_it_gets_ready_is_read_then(recogniser):
    app = App((960, 680), None, is_dark=False)
    app.process([])
    for points in (THREE - np.array([0.2, 0]), THREE + np.array([0.25, 0])):
        app.process(mouse_events(app.state.layout.paper, spline(points)))
    assert app.state.reading is None
    app.process([pygame.event.Event(READY, result=recogniser)])
    assert [number.text for number in app.state.reading.numbers] == ["33"]
    assert len(app.state.drawing.actions) == 2
    app.close()


def test_the_truth_of_a_test_digit(app, test_digits):
    image = test_digits.images[0]  # a 7

    def put(action):
        app.state.drawing.add(action)
        app.state.changed = True
        app.process([])

    put(PlacedImage(image, label=7))
    assert app.state.truth == "A test digit of MNIST: a 7, read right"
    put(PlacedImage(image, label=1))
    assert app.state.truth == "A test digit of MNIST: a 1, misread"
    put(PlacedImage(np.hstack([image, test_digits.images[1]]), label=7))  # read as two
    assert app.state.reading.single is None
    assert app.state.truth == "A test digit of MNIST: a 7, misread"
    put(PlacedImage(image, label=7))
    stroke(app, DIAGONAL)
    assert app.state.truth == ""


def test_the_title_has_no_share_where_there_are_no_digits(app):
    nothing = Prediction(np.zeros((28, 28), np.uint8), np.full(10, 0.1), False)
    assert title(reading_of(nothing, nothing), "X") == "?? – X"
    assert title(reading_of(nothing), "X") == "? – X"


def test_a_sign_is_not_what_is_shown_of_a_number(app):
    rows = np.full((2, 10), 0.01)
    rows[0, 3], rows[1, 5] = 0.5, 0.91
    reading = reading_of(*[Prediction(np.zeros((28, 28), np.uint8), row, True) for row in rows])
    minus, five = reading.digits
    app.state.reading = Reading([[Number([minus._replace(sign=MINUS), five])]])
    assert app.state.shown == 1
    app.state.reading = reading
    assert app.state.shown == 0


def test_the_outline_is_as_wide_as_what_is_erased(app):
    stroke(app, DIAGONAL)
    point = app.state.layout.paper.center
    widths = []
    for name in ("Pen", "Eraser"):
        click(app, name)
        motion = pygame.event.Event(pygame.MOUSEMOTION, pos=point, rel=(0, 0), buttons=(0, 0, 0))
        queue_and_process(app, [motion])
        widths.append(app.view.pen.width)
    assert widths[1] == pytest.approx(ERASER_FACTOR * widths[0], abs=1)


def test_a_second_finger_that_is_lifted_leaves_the_pointer(app):
    event = pygame.event.Event
    finger = {"x": 0.3, "y": 0.4, "touch_id": 1}
    queue_and_process(app, [event(pygame.FINGERDOWN, finger_id=1, **finger)])
    queue_and_process(app, [event(pygame.FINGERUP, finger_id=2, **finger)])
    assert app.state.pointer is not None
    queue_and_process(app, [event(pygame.FINGERUP, finger_id=1, **finger)])
    assert app.state.pointer is None


def test_a_picture_that_comes_during_a_stroke_is_not_lost_without_a_word(app, tmp_path):
    Image.fromarray(255 - write("7").ink).save(tmp_path / "a.png")
    down = mouse_events(app.state.layout.paper, spline(THREE))[:10]
    queue_and_process(app, down)
    drop(app, tmp_path / "a.png")
    assert app.state.note == "One moment: finish the stroke first"


def test_a_button_does_nothing_where_the_pointer_has_gone_to_another(app):
    stroke(app, DIAGONAL)
    event = pygame.event.Event
    down = event(pygame.MOUSEBUTTONDOWN, pos=button_rect(app, "Clear").center, button=1)
    up = event(pygame.MOUSEBUTTONUP, pos=button_rect(app, "Eraser").center, button=1)
    queue_and_process(app, [down, up])
    assert app.state.drawing.ink.any()
    assert not app.state.is_eraser
