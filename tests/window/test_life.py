"""The window's beginning and end: loading, errors, no screen, a picture of it, quitting."""

import os
import subprocess
import sys

import pygame
import pytest

from digits.ink.drawing import spline
from nn.errors import UserError
from tests.helpers import PNG, PROJECT, assert_refused, call
from tests.window.hand import pixels, press_key, queue_and_process, stroke
from window.app import App
from window.desktop import wait_for_events
from window.layout import LEAST_SIZE
from window.screenshot import THREE, mouse_events


@pytest.mark.parametrize(
    "event",
    [
        pygame.event.Event(pygame.QUIT),
        pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0, unicode=""),
        pygame.event.Event(pygame.KEYDOWN, key=pygame.K_q, mod=pygame.KMOD_LCTRL, unicode=""),
    ],
)
def test_quit(app, event):
    queue_and_process(app, [event])
    assert not app.state.running


def test_no_event_is_lost_to_waiting(app):
    pygame.event.clear()
    events = [pygame.event.Event(pygame.USEREVENT, number=k) for k in range(3)]
    for event in events:
        pygame.event.post(event)
    assert wait_for_events() == events


def test_q_alone_does_not_quit(app):
    press_key(app, pygame.K_q, unicode="q")
    assert app.state.running


def test_the_window_lives_while_the_network_is_loaded(recogniser):
    """It shows itself, takes events, and begins to draw once the second thread is done."""
    app = App((960, 680), lambda: recogniser, is_dark=False)
    app.process([])
    waiting = pixels(app)
    stroke(app, spline(THREE))
    assert (pixels(app) != waiting).any()
    press_key(app, pygame.K_s)
    down, move, *_ = mouse_events(app.state.layout.paper, [(0.9, 0.1), (0.9, 0.15)])
    queue_and_process(app, [down, move])
    assert app.state.drawing is None
    app._load()
    app.process([pygame.event.wait(2000)])
    assert len(app.state.drawing.actions) == 2  # what was drawn meanwhile is kept
    assert app.reader.count == 1
    queue_and_process(
        app, mouse_events(app.state.layout.paper, [(0.9, 0.2), (0.9, 0.3)])[1:]
    )  # and goes on
    assert len(app.state.drawing.actions[1].points) == 3
    press_key(app, pygame.K_z, pygame.KMOD_CTRL)
    assert app.state.prediction.digit == 3
    app.close()


@pytest.mark.parametrize("error", [UserError("broken"), ValueError("broken")])
def test_run_ends_with_the_error_that_loading_had(error):
    def load():
        raise error

    with pytest.raises(type(error), match="broken"):
        App((960, 680), load).run()
    assert not pygame.display.get_init()


def test_run_ends_in_one_line_where_the_screen_fails(recogniser, monkeypatch):
    def fail(events):
        raise pygame.error("display Surface quit")

    app = App((960, 680), lambda: recogniser)
    monkeypatch.setattr(app, "process", fail)
    with pytest.raises(UserError, match="display Surface quit"):
        app.run()
    assert not pygame.display.get_init()


def test_run_until_quit(recogniser):
    app = App((960, 680), lambda: recogniser)
    real = app.ready

    def ready_then_quit(result):
        real(result)
        pygame.event.post(pygame.event.Event(pygame.QUIT))

    app.ready = ready_then_quit
    app.run()
    assert app.state.recogniser is recogniser


def test_screenshot(tmp_path, program):
    path = tmp_path / "window.png"
    assert program("draw.py", "--screenshot", path) == (0, f"Saved {path}\n", "")
    assert path.read_bytes().startswith(PNG)
    picture = pygame.image.load(path)
    assert picture.get_size() == (960, 680)


def test_started_in_another_folder_it_finds_its_weights(tmp_path):
    status, _, err = call("draw.py", "--screenshot", "window.png", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["window.png"]


def test_draw_refuses(tmp_path, program):
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"nothing")
    shot = ["--screenshot", tmp_path / "a.png"]
    assert_refused(program("draw.py", "--weights", tmp_path / "none.npz"), "draw.py: ", "none.npz")
    assert_refused(program("draw.py", "--weights", broken, *shot), "draw.py: ", "broken.npz")
    assert_refused(program("draw.py", "--screenshot", tmp_path / "a.xyz"), "draw.py: ", ".png")
    assert_refused(program("draw.py", "--screenshot", "/proc/a.png"), "draw.py: ", "/proc/a.png")
    assert program("draw.py", "--size", *LEAST_SIZE, *shot)[0] == 0
    assert pygame.image.load(tmp_path / "a.png").get_size() == LEAST_SIZE
    assert_refused(program("draw.py", "--size", LEAST_SIZE[0], LEAST_SIZE[1] - 1), "draw.py: ", "--size")


SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")


def test_no_display(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in SCREENS}
    command = [sys.executable, "draw.py"]
    for driver in ("x11", "nonsense", None):  # None: SDL then chooses one itself
        chosen = {"SDL_VIDEODRIVER": driver} if driver else {"XDG_RUNTIME_DIR": str(tmp_path)}
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=environment | chosen,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,  # rather than wait in a window that nobody sees
        )
        assert_refused((done.returncode, done.stdout, done.stderr), "draw.py: no window can be opened")


def test_what_the_window_waits_for_is_small():
    """numba and what else takes long to import comes in a second thread, once the window is there."""
    heavy = "{'numba', 'matplotlib', 'PIL', 'nn.layers', 'digits.ink.drawing'}"
    program = f"import sys, draw, window.app; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False).returncode == 0


def test_the_screen_may_blank_and_the_desktop_keeps_its_effects():
    program = (
        "import draw, os, pygame; pygame.display.init(); print(pygame.display.get_allow_screensaver())"
    )
    program += "; print(os.environ['SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR'])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "0"]
