"""Picture files from anybody → grey bytes: a few formats, of bounded size, and nothing in them is run.

Pillow tells formats by content, not by name, and hands some to other programs: a .jpg that is really
EPS would go to Ghostscript, which runs it. So only the formats named here are opened at all.
"""

import contextlib
import warnings
from pathlib import Path

import numpy as np
from numpy import ndarray
from PIL import Image, ImageOps

from nn.errors import UserError
from nn.files import check_is_file

FORMATS = ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "PPM"]
with contextlib.suppress(ImportError):  # pictures of iPhones, where this plugin is installed
    import pillow_heif

    pillow_heif.register_heif_opener()
    FORMATS.append("HEIF")

MAX_SIDE = 30_000  # pixels
MAX_PIXELS = 100_000_000
# A larger picture is scaled down to between this and twice as much before anything is made of it: a
# JPEG while it is decoded, the others by averaging.
WORKING_SIDE = 2000
# Pillow warns of what is larger than this, within a file, too; here it is refused.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def read_picture(path: Path) -> ndarray:
    """A picture file → (H, W) grey bytes; behind what is transparent there is paper.

    UserError where it cannot be read, is of another format or is too large.
    """
    try:
        check_is_file(path)
        with Image.open(path, formats=FORMATS) as file:
            if max(file.size) > MAX_SIDE or file.width * file.height > MAX_PIXELS:
                raise UserError(f"{path} is too large: scale it down")
            file.draft("L", (WORKING_SIDE, WORKING_SIDE))
            file.load()
            return _grey(_upright(file))
    except Image.UnidentifiedImageError as error:
        raise UserError(f"{path} is no picture, or of an unknown kind") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(f"{path} is too large: scale it down") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except (UserError, MemoryError):
        raise
    except Exception as error:  # broken files cause a dozen kinds in Pillow's readers
        raise UserError(f"{path} is a damaged picture") from error


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF data say. Where these are damaged, it stays as it is."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # whatever their values are taken for
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
        picture = _on_paper(picture.convert("RGBA")).convert("L")
    grey = np.asarray(picture)
    if grey.dtype == np.uint8:
        return grey
    grey = np.nan_to_num(grey)
    whites = (1,) * (grey.dtype.kind == "f") + (255, 1023, 4095, 16383, 65535)  # 8 bits to 16
    white = next((white for white in whites if grey.max() <= white), grey.max())
    return np.rint(np.clip(grey / white, 0, 1) * 255).astype(np.uint8)


def _on_paper(picture: Image.Image) -> Image.Image:
    """An RGBA picture on white paper, or on black paper if most of what is opaque is bright."""
    grey, opaque = (np.asarray(picture.convert("LA").getchannel(channel)) for channel in "LA")
    is_bright = opaque.min() < 255 and np.sum(opaque * (grey - 127.5)) > 0
    paper = Image.new("RGBA", picture.size, "black" if is_bright else "white")
    return Image.alpha_composite(paper, picture)
