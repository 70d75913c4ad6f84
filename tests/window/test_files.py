"""What the window takes from files and leaves in them: random test digits, and saved drawings."""

import os
import time
from pathlib import Path

import numpy as np
import pygame
import pytest

from digits.data import mnist
from digits.data.mnist_files import FILES
from digits.ink.drawing import PlacedImage, spline
from digits.ink.framing import apply_domain_offset
from tests.helpers import posix
from tests.window.hand import DIAGONAL, click, press_key, queue_and_process, stroke
from window.app import App
from window.screenshot import THREE

TOO_LONG = "x" * 300  # for the name of a folder


def test_random_digit_with_its_label(app, test_digits):
    for way in (lambda: press_key(app, pygame.K_r), lambda: click(app, "Test digit")):
        way()
        picture = app.state.drawing.actions[-1]
        assert isinstance(picture, PlacedImage)
        (k,) = np.flatnonzero((test_digits.images == picture.image).all(axis=(1, 2)))
        assert f" {test_digits.labels[k]}, " in app.state.truth
    press_key(app, pygame.K_z, pygame.KMOD_CTRL)
    press_key(app, pygame.K_z, pygame.KMOD_CTRL)
    assert not app.state.drawing.ink.any()
    stroke(app, DIAGONAL)
    drawn = app.state.drawing.ink.copy()
    press_key(app, pygame.K_r)
    assert app.state.truth
    press_key(app, pygame.K_z, pygame.KMOD_CTRL)  # one action, though it took new paper
    np.testing.assert_array_equal(app.state.drawing.ink, drawn)
    assert app.state.truth == ""


def test_random_digit_where_mnist_is_not(recogniser, tmp_path):
    app = App((960, 680), None, data_dir=tmp_path)
    app.ready(recogniser)
    press_key(app, pygame.K_r)
    assert "MNIST is not here" in app.state.note
    assert app.state.drawing.actions == []
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(b"altered")
    for name in set(FILES) - {"t10k-labels-idx1-ubyte"}:
        (tmp_path / name).symlink_to(mnist.folder().resolve() / name)
    press_key(app, pygame.K_r)
    assert "not the original" in app.state.note
    app.state.data_dir = tmp_path / TOO_LONG
    press_key(app, pygame.K_r)
    assert "too long" in app.state.note
    app.close()


def test_what_was_just_wiped_away_is_not_saved(app, tmp_path):
    stroke(app, spline(THREE))
    keys = [
        pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode="")
        for key in (pygame.K_c, pygame.K_s)
    ]
    queue_and_process(app, keys)  # both before it is read again
    assert not (tmp_path / "saved").exists()


@pytest.mark.parametrize("way", ["key", "button"])
def test_save(app, way, recogniser, tmp_path, program):
    click(app, "Save")  # nothing to save, and no file
    assert not (tmp_path / "saved").exists()
    stroke(app, spline(THREE))
    if way == "key":
        press_key(app, pygame.K_s)
    else:
        click(app, "Save")
    assert app.state.note.startswith("Saved ")
    frame, drawing = sorted(Path(tmp_path / "saved").iterdir(), key=lambda p: p.stat().st_size)
    assert frame.name == f"{drawing.stem}-frame.png"
    saved = pygame.surfarray.array3d(pygame.image.load(frame))[:, :, 0].T
    np.testing.assert_array_equal(apply_domain_offset(saved), app.state.prediction.network_input)
    status, out, err = program("evaluate.py", "--image", drawing, frame)
    assert (status, err) == (0, "")
    assert [line.split(": ")[1][0] for line in out.splitlines()] == ["3", "3"]


def test_what_is_saved_within_a_second_is_all_kept(app, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda _: "now")
    for points in (DIAGONAL, spline(THREE), DIAGONAL[::-1]):
        stroke(app, points)
        press_key(app, pygame.K_s)
    drawings = [f"{name}.png" for name in ("now", "now-2", "now-3")]
    assert {path.name for path in (tmp_path / "saved").iterdir()} >= set(drawings)
    assert len({(tmp_path / "saved" / name).read_bytes() for name in drawings[:2]}) == 2


def test_save_where_nothing_can_be_written(app, tmp_path):
    (tmp_path / "file").write_text("in the way")
    app.state.save_dir = tmp_path / "file"
    stroke(app, DIAGONAL)
    press_key(app, pygame.K_s)
    assert app.state.note.startswith("cannot write")
    app.state.save_dir = tmp_path / TOO_LONG
    press_key(app, pygame.K_s)
    assert "too long" in app.state.note
    stroke(app, DIAGONAL)
    assert app.state.note == ""


@posix
def test_a_folder_whose_name_is_no_text_is_said_as_well_as_can_be(app, tmp_path):
    app.state.save_dir = tmp_path / os.fsdecode(b"bytes-\xff\x07")
    stroke(app, spline(THREE))
    press_key(app, pygame.K_s)
    assert app.state.note.startswith("Saved ")
    assert app.state.note.isprintable()
    assert len(list(app.state.save_dir.iterdir())) == 2
