"""Whatever a call of the system or of a library fails with ends in one line, and exit status 2."""

import errno
import os
import runpy
import sys
import zipfile

import matplotlib.figure
import numpy as np
import PIL.Image
import pygame
import pytest

from tests.helpers import PROJECT
from window import theme

pytestmark = pytest.mark.long

ERRORS = [OSError(errno.ENOSPC, "No space left on device"), MemoryError(), PermissionError(13, "no")]
SHORT = ["--epochs", "1", "--limit", "200", "--validation", "100", "--threads", "1"]
READ = ["evaluate.py", "--image", "images/gui_screenshot.png"]
SHOT = ["draw.py", "--screenshot", "window.png"]

# (what is called, program and options); of the programs' own files only, where it says so.
CALLS = [
    ((np, "savez"), ["train.py", *SHORT]),
    ((os, "replace"), ["train.py", *SHORT]),
    ((np, "concatenate"), ["train.py", *SHORT]),
    ((matplotlib.figure.Figure, "savefig"), ["train.py", *SHORT]),
    ((zipfile, "ZipFile"), ["train.py", "--resume"]),
    ((np, "empty"), ["train.py", *SHORT]),
    ((zipfile, "ZipFile"), READ),
    ((PIL.Image, "open"), READ),
    ((PIL.Image.Image, "convert"), READ),
    ((np, "matmul"), READ),
    ((np, "matmul"), ["evaluate.py"]),
    ((os, "replace"), ["evaluate.py"]),
    ((matplotlib.figure.Figure, "savefig"), ["evaluate.py"]),
    ((zipfile, "ZipFile"), SHOT),
    ((os, "replace"), SHOT),
    ((pygame.image, "save"), SHOT),
    ((pygame.font, "Font"), SHOT),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("call", "command"), CALLS, ids=lambda value: str(value)[:60])
def test_a_call_that_fails(call, command, error, tmp_path, monkeypatch, capfd, train_digits):
    program, *options = command
    if program == "train.py":
        options += ["--out", str(tmp_path), "--images", str(tmp_path)]
    if program == "evaluate.py" and not options:
        options += ["--out", str(tmp_path), "--threads", "1"]
    monkeypatch.chdir(PROJECT)
    options = [str(tmp_path / option) if option == "window.png" else option for option in options]
    if program == "train.py" and "--resume" in options:
        (tmp_path / "checkpoint.npz").write_bytes(b"")

    def fail(*_, **__):
        raise error

    theme.load_font.cache_clear()  # of windows that were here before
    owner, name = call
    monkeypatch.setattr(owner, name, fail)
    monkeypatch.setattr(sys, "argv", [program, *options])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(PROJECT / program), run_name="__main__")
    out, err = capfd.readouterr()
    assert end.value.code == 2, err
    assert "Traceback" not in out + err
    assert len(err.splitlines()) == 1, err
    assert err.startswith(program)


def test_no_window(monkeypatch, capfd):
    def fail(*_):
        raise pygame.error("no video")

    monkeypatch.chdir(PROJECT)
    monkeypatch.setattr(pygame.display, "set_mode", fail)
    monkeypatch.setattr(sys, "argv", ["draw.py"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path("draw.py", run_name="__main__")
    assert end.value.code == 2
    assert capfd.readouterr().err == "draw.py: no window can be opened here: no video\n"
