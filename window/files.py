"""What comes into the window and leaves it: test digits, pictures, saved drawings, the clipboard."""

import contextlib
import functools
import io
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pygame

from nn.errors import UserError
from window import theme

if TYPE_CHECKING:
    from numpy import ndarray

    from digits.data.dataset import Dataset
    from digits.ink.drawing import Picture, PlacedImage
    from digits.reading.recogniser import Recogniser


def random_digit(data_dir: Path | None) -> "PlacedImage":
    """One of MNIST's test digits. UserError or OSError where they cannot be had."""
    from digits.ink.drawing import PlacedImage  # the second thread has imported it by now

    dataset = _test_digits(data_dir)
    k = random.randrange(len(dataset))
    return PlacedImage(dataset.images[k], label=int(dataset.labels[k]))


@functools.lru_cache(maxsize=1)
def _test_digits(data_dir: Path | None) -> "Dataset":
    from digits.data import mnist

    if not mnist.is_here("t10k", data_dir):
        raise UserError("MNIST is not here yet: python train.py fetches it")
    return mnist.load("t10k", data_dir)


# pygame's clipboard holds text only. For pictures these programs are called, the first that there is;
# elsewhere Pillow knows how to get them.
PASTE_COMMANDS = (
    ("wl-paste", "--no-newline", "--type", "image/png"),
    ("xclip", "-selection", "clipboard", "-target", "image/png", "-out"),
)
FILE_NAME_COMMANDS = (  # what a file manager copies
    ("wl-paste", "--no-newline", "--type", "text/uri-list"),
    ("xclip", "-selection", "clipboard", "-target", "text/uri-list", "-out"),
)
COPY_COMMANDS = (
    ("wl-copy", "--type", "image/png"),
    ("xclip", "-selection", "clipboard", "-target", "image/png", "-in"),
)
COMMAND_SECONDS = 3.0
TEXT_TYPES = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain")
MAX_SIDE = 1600  # pixels of a picture that is put on the paper
MAX_CLIPBOARD = 50_000_000  # bytes of a picture there
MAX_TEXT = 10_000  # bytes of a clipboard's text that might be a file's name


def open_picture(path: Path, recogniser: "Recogniser | None") -> "Picture":
    """The ink of a picture file, as it can be read best. UserError if there is none, or no picture."""
    import numpy as np

    from digits.ink.drawing import Picture
    from digits.ink.pictures import read_picture
    from digits.ink.resizing import shrunk

    if recogniser is None:
        raise UserError("There is no network yet that could read a picture: try again later")
    if path.is_dir():
        raise UserError(f"{path} is a folder: drop a picture file")
    picture = read_picture(path)
    ink = recogniser.see(picture)[0].values
    if not ink.size:
        raise UserError(f"{path} shows no ink")
    # No larger than a window shows it: many such are kept, to be undone.
    ink = shrunk(ink, MAX_SIDE)
    return Picture(np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8))


def paste_picture(recogniser: "Recogniser | None") -> "Picture":
    """The ink of the picture in the clipboard, or of the file it names. UserError if there is none."""
    if content := _clipboard_picture():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clipboard.png"
            path.write_bytes(content)
            try:
                return open_picture(path, recogniser)
            except UserError as error:
                raise UserError(str(error).replace(str(path), "the clipboard's picture")) from error
    if text := _clipboard_text():
        line = text.splitlines()[0]
        with contextlib.suppress(OSError, ValueError):
            if line.startswith("file://"):
                line = urllib.request.url2pathname(urllib.parse.urlparse(line).path)
            if Path(line).is_file():
                return open_picture(Path(line), recogniser)
        raise UserError("There is text in the clipboard, and no picture")
    raise UserError("There is no picture in the clipboard")


def copy_picture(ink: "ndarray") -> None:
    """Put a drawing into the clipboard, dark on light. UserError where that cannot be done."""
    content = io.BytesIO()
    pygame.image.save(theme.ink_surface(ink), content, "drawing.png")
    if run_command(COPY_COMMANDS, content.getvalue()) is None:
        raise UserError("Copying needs the program wl-copy or xclip; Save writes a file instead")


def run_command(commands: Sequence[Sequence[str]], content: bytes | None = None) -> bytes | None:
    """What the first of these that there is answers to this content; None if none is there, or it fails.

    A program that keeps what was copied goes on in the background: it must not keep our output open.
    UserError if it answers without end.
    """
    for command in commands:
        if shutil.which(command[0]):
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                if content is None:
                    return _answer(command)
                subprocess.run(
                    command,
                    input=content,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=COMMAND_SECONDS,
                    check=True,
                )
                return b""
    return None


def _answer(command: Sequence[str]) -> bytes:
    """What a program writes: to a file, so that its length is known before it is in memory."""
    nothing = subprocess.DEVNULL
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(command, stdin=nothing, stdout=output, stderr=nothing) as process:
            deadline = time.monotonic() + COMMAND_SECONDS
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.02)
                    break
                is_long = os.fstat(output.fileno()).st_size > MAX_CLIPBOARD
                if is_long or time.monotonic() > deadline:
                    process.kill()
                    raise UserError("The clipboard gives more than a picture, or nothing in time")
        if process.returncode:
            raise subprocess.SubprocessError
        output.seek(0)
        return output.read(MAX_CLIPBOARD)


def _clipboard_picture() -> bytes | None:
    """The picture in the clipboard as a PNG file, if there is one."""
    if sys.platform not in ("win32", "darwin"):
        return run_command(PASTE_COMMANDS)
    from PIL import Image, ImageGrab

    with contextlib.suppress(OSError, NotImplementedError):
        picture = ImageGrab.grabclipboard()
        if isinstance(picture, Image.Image):
            content = io.BytesIO()
            picture.save(content, "PNG")
            return content.getvalue()
    return None


def _clipboard_text() -> str:
    """The text in the clipboard, or the name of a file there."""
    found = run_command(FILE_NAME_COMMANDS) or b""
    with contextlib.suppress(pygame.error, NotImplementedError):
        if not pygame.scrap.get_init():
            pygame.scrap.init()
            pygame.scrap.set_mode(pygame.SCRAP_CLIPBOARD)
        for kind in TEXT_TYPES:
            found = found or pygame.scrap.get(kind) or b""
    return found[:MAX_TEXT].decode(errors="replace").strip("\0 \r\n")


def save(ink: "ndarray", folder: Path, is_single: bool = True) -> str:
    """Write a drawing, dark on light, and the frame of a single digit, as MNIST has it, as PNG files.

    Returns what was saved, in words; UserError or OSError where there is nothing, or it cannot be.
    """
    from digits.ink.framing import frame

    framed = frame(ink, paper=0)
    if framed is None:
        raise UserError("There is nothing to save yet")
    frame_surface = pygame.surfarray.make_surface(framed.T[..., None].repeat(3, axis=2))
    now = time.strftime("%Y-%m-%d-%H%M%S")
    names = itertools.count(2)
    name = now
    while (folder / f"{name}.png").exists():  # two within a second
        name = f"{now}-{next(names)}"
    theme.save_png(theme.ink_surface(ink), folder / f"{name}.png")
    if not is_single:
        return f"Saved {folder / name}.png"
    theme.save_png(frame_surface, folder / f"{name}-frame.png")
    return f"Saved {folder / name}.png and {name}-frame.png"
