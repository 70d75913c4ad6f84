"""Picture files from anybody → grey bytes."""

import warnings
import zlib
from pathlib import Path

import numpy as np
from numpy import ndarray
from PIL import Image, ImageOps

from nn.errors import UserError

JPEG_SIZE = (2000, 2000)  # pixels; a larger JPEG is decoded at half or a quarter of its size
# Of a picture with 90 million pixels or more Pillow warns; what it refuses has twice as many.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def read_picture(path: Path) -> ndarray:
    """A picture file → (H, W) grey bytes; behind what is transparent there is paper.

    UserError where it cannot be read.
    """
    try:
        with Image.open(path) as file:
            file.draft("L", JPEG_SIZE)  # lets a JPEG decoder skip detail nobody needs
            picture = ImageOps.exif_transpose(file)
            if picture.mode != "L" and picture.mode[0] not in "IF":  # bytes, but in colour
                picture = _on_paper(picture.convert("RGBA")).convert("L")
            grey = np.asarray(picture)
    except Image.UnidentifiedImageError as error:
        raise UserError(f"{path} is no picture, or of an unknown kind") from error
    except Image.DecompressionBombError as error:
        raise UserError(f"{path} is too large: scale it down") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, SyntaxError, EOFError, zlib.error) as error:  # what broken files can cause
        raise UserError(f"{path} is a damaged picture") from error
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
