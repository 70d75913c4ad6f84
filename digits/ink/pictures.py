"""Picture files from anybody → grey bytes: a few formats, of bounded size, and nothing in them is run.

Pillow tells formats by content, not by name, and hands some to other programs: a .jpg that is really
EPS would go to Ghostscript, which runs it. So only the formats named here are opened at all.
"""

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy import ndarray
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from digits.ink.colour import grey_of_colours
from nn.errors import UserError
from nn.files import check_is_file

FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]
SUFFIXES = {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
MAX_SIDE = 30_000  # pixels
MAX_PIXELS = Image.MAX_IMAGE_PIXELS = 100_000_000  # beyond, Pillow refuses by itself
MAX_BYTES = 100_000_000  # of what is decoded
# Bytes of a pixel; of two levels or a palette it becomes one of RGBA.
PIXEL_BYTES = {"L": 1, "LA": 2, "I;16": 2, "I;16B": 2, "I;16L": 2, "RGB": 3, "YCbCr": 3}
OTHER_PIXEL_BYTES = 4
TILE_WIDTH, TILE_LENGTH = 322, 323  # tags of TIFF
MAX_PAGES = 20  # of a TIFF file
OPAQUE = 128  # of 255; what is less is transparent
SHEET = 0.9  # share of their box that opaque pixels fill if they are a sheet, and no drawing
# A larger picture is scaled down to between this and twice as much before anything is made of it: a
# JPEG while it is decoded, the others by averaging.
WORKING_SIDE = 2000


def read_picture(path: Path) -> ndarray:
    """A picture file → (H, W) grey bytes, of several pages the first that is not blank.

    Behind what is transparent there is paper. UserError where it cannot be read, is of another format or
    is too large.
    """
    pages = read_pages(path)
    return next((page for page in pages if np.ptp(page)), pages[0])


def read_pages(path: Path) -> list[ndarray]:
    """Every page of a TIFF file; of others the one picture, or the first of an animation."""
    try:
        check_is_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of slips in the file that do no harm
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read(path)
    except Image.UnidentifiedImageError as error:
        raise UserError(f"{path} is no picture that can be read: save it as PNG or JPEG") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(f"{path} is too large: scale it down") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except (UserError, MemoryError):
        raise
    except Exception as error:  # broken files cause a dozen kinds in Pillow's readers
        raise UserError(f"{path} is a damaged picture") from error


def _read(path: Path) -> list[ndarray]:
    """As read_pages, with the errors of whichever library fails."""
    with Image.open(path, formats=FORMATS) as file:
        file.draft(None, (WORKING_SIDE, WORKING_SIDE))
        count = min(file.n_frames, MAX_PAGES) if isinstance(file, TiffImageFile) else 1
        pages: list[ndarray] = []
        left = MAX_PIXELS  # all pages together have no more than one picture may have
        for page in range(count):
            with _without_messages():
                try:
                    file.seek(page)
                    left -= _pixels(file)
                    if left < 0:
                        raise UserError(f"{path} is too large: scale it down")
                    file.load()
                except Exception:
                    if page:  # what comes before can be read
                        break
                    raise
            pages.append(_grey(_upright(file)))
    return pages


def _pixels(file: Image.Image) -> int:
    """How many a page has, or more than there may be where it is too large in another way."""
    pixels = file.width * file.height
    if isinstance(file, TiffImageFile):  # whose tiles may be larger than the picture
        pixels = max(pixels, file.tag_v2.get(TILE_WIDTH, 0) * file.tag_v2.get(TILE_LENGTH, 0))
    has_space = pixels * PIXEL_BYTES.get(file.mode, OTHER_PIXEL_BYTES) <= MAX_BYTES
    return pixels if has_space and max(file.size) <= MAX_SIDE else MAX_PIXELS + 1


@contextlib.contextmanager
def _without_messages() -> Iterator[None]:
    """libtiff, a library in C, prints what it thinks of a file: nothing of that reaches the terminal."""
    try:
        stderr = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF data say; where these are damaged beyond reading, as it is."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # Pillow's readers of EXIF raise a dozen kinds
        return picture


def _grey(picture: Image.Image) -> ndarray:
    """A picture of any mode → (H, W) grey bytes."""
    if picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA")
    times = max(picture.size) // WORKING_SIDE
    if times > 1 and not picture.mode.startswith("I;"):
        picture = picture.reduce(times)
    if picture.mode != "L" and picture.mode[0] not in "IF":  # bytes, but in colour
        return grey_of_colours(np.asarray(_on_paper(picture.convert("RGBA")).convert("RGB")))
    grey = np.asarray(picture)
    if grey.dtype == np.uint8:
        return grey
    if times > 1 and picture.mode.startswith("I;"):  # which Pillow does not reduce
        H, W = (side // times for side in grey.shape)
        blocks = grey[: H * times, : W * times].reshape(H, times, W, times)
        grey = blocks.mean(axis=(1, 3), dtype=np.float32)
        grey = np.rint(grey).astype(np.int32)
    grey = np.nan_to_num(grey)
    whites = (1,) * (grey.dtype.kind == "f") + (255, 1023, 4095, 16383, 65535)  # 8 bits to 16
    white = next((white for white in whites if grey.max() <= white), grey.max())
    return np.rint(np.clip(grey / white, 0, 1) * 255).astype(np.uint8)


def _on_paper(picture: Image.Image) -> Image.Image:
    """An RGBA picture on its own paper, or else on white paper, or on black if it is mostly bright."""
    pixels = np.asarray(picture)
    opaque = pixels[..., 3] >= OPAQUE
    if opaque.all() or not opaque.any():
        return picture
    rows, columns = (np.flatnonzero(opaque.any(axis=axis)) for axis in (1, 0))
    sheet = opaque[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if sheet.mean() >= SHEET:  # a window, a sheet: what is transparent lies around it
        paper = tuple(np.median(pixels[opaque][:, :3], axis=0).astype(int).tolist())
    else:
        grey = picture.convert("L")
        is_bright = np.sum(pixels[..., 3] * (np.asarray(grey) - 127.5)) > 0
        paper = (0, 0, 0) if is_bright else (255, 255, 255)
    return Image.alpha_composite(Image.new("RGBA", picture.size, (*paper, 255)), picture)
