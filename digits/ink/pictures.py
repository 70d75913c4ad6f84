"""Picture files from anybody → grey bytes: a few formats, of bounded size, and nothing in them is run.

A file may have several pages, of which each is read, or be an animation, of which the end is.

Pillow tells formats by content, not by name, and hands some to other programs: a .jpg that is really
EPS would go to Ghostscript, which runs it. So only the formats named here are opened at all.
"""

import contextlib
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy import ndarray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from digits.ink.colour import grey_of_colours
from nn.errors import UserError
from nn.files import check_is_file

FORMATS = ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "PPM"]
SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".ico", ".ppm", ".pgm"}
SUFFIXES |= {".pbm", ".heic", ".heif"}
with contextlib.suppress(ImportError):  # pictures of iPhones, where this plugin is installed
    import pillow_heif

    pillow_heif.register_heif_opener()
    FORMATS.append("HEIF")

MAX_SIDE = 30_000  # pixels
MAX_PIXELS = 100_000_000
MAX_BYTES = 100_000_000  # of what is decoded
# Bytes of a pixel; of two levels or a palette it becomes one of RGBA.
PIXEL_BYTES = {"L": 1, "LA": 2, "I;16": 2, "I;16B": 2, "I;16L": 2, "RGB": 3, "YCbCr": 3}
OTHER_PIXEL_BYTES = 4
# The head of a PPM file: its numbers are soon there. (Those of the plain kinds, in text, take too long.)
PPM_HEAD = re.compile(rb"P[4-7fF]\s(?:#[^\n]*\n|\s)*\S+\s(?:#[^\n]*\n|\s)*\S+\s")
HEAD_BYTES = 1000
ICON = b"\0\0\1\0"  # how the file of one begins
TILE_WIDTH, TILE_LENGTH = 322, 323  # tags of TIFF
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
MAX_PAGES = 100
ORIENTATION = 0x0112  # a tag of EXIF, and what is to be done for each of its values
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
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
    """The same of every page; of an animation the last picture that is not blank."""
    try:
        check_is_file(path)
        _check_head(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of slips in the file that do no harm
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read(path)
    except Image.UnidentifiedImageError as error:
        if _is_heif(path):
            hint = "save it as JPEG, or pip install pillow-heif"
            raise UserError(f"{path} is a HEIC picture, which cannot be read: {hint}") from error
        raise UserError(f"{path} is no picture, or of an unknown kind") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(f"{path} is too large: scale it down") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except (UserError, MemoryError):
        raise
    except Exception as error:  # broken files cause a dozen kinds in Pillow's readers
        raise UserError(f"{path} is a damaged picture") from error


def _check_head(path: Path) -> None:
    """UserError for a PPM file whose head is in text, or of any length; a limit for icons."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    # Pillow decodes the picture in an icon at once, which may be larger than the icon says.
    Image.MAX_IMAGE_PIXELS = MAX_BYTES // OTHER_PIXEL_BYTES if head.startswith(ICON) else MAX_PIXELS
    if re.match(rb"P[0-9fF]", head) and not PPM_HEAD.match(head):
        raise UserError(f"{path} is no picture, or of an unknown kind")


def _is_heif(path: Path) -> bool:
    """Whether the file begins as those of iPhones do."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS


def _read(path: Path) -> list[ndarray]:
    """As read_pages, with the errors of whichever library fails."""
    with Image.open(path, formats=FORMATS) as file:
        if max(file.size) > MAX_SIDE or file.width * file.height > MAX_PIXELS:
            raise UserError(f"{path} is too large: scale it down")
        file.draft(None, (WORKING_SIDE, WORKING_SIDE))
        pixels = file.width * file.height
        if isinstance(file, TiffImageFile):  # whose tiles may be larger than the picture
            pixels = max(pixels, file.tag_v2.get(TILE_WIDTH, 0) * file.tag_v2.get(TILE_LENGTH, 0))
        if pixels * PIXEL_BYTES.get(file.mode, OTHER_PIXEL_BYTES) > MAX_BYTES:
            raise UserError(f"{path} is too large: scale it down")
        # Together no more pixels than one picture may have.
        count = min(getattr(file, "n_frames", 1), MAX_PAGES, max(1, MAX_PIXELS // max(1, pixels)))
        pages = []
        for page in range(count):
            with _without_messages():
                if page:
                    try:
                        file.seek(page)
                        file.load()
                    except Exception:  # what comes before can be read
                        break
                else:
                    file.load()
            pages.append(_grey(_upright(file)))
    if len(pages) > 1 and not isinstance(file, TiffImageFile):
        shown = [page for page in pages if np.ptp(page)]
        return shown[-1:] or pages[:1]
    return pages


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
    """Turned as its EXIF data say. Where these are damaged beyond reading, it stays as it is."""
    try:
        turn = TURNS.get(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # whatever they are taken for
        return picture
    return picture if turn is None else picture.transpose(turn)


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
