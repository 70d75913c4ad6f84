"""How well are photos and scans read? One digit in each, of many kinds, drawn anew from MNIST's own.

The digits are those that were held out when the weights were trained. Each is written by a pen of any
width on a sheet of paper, in any light, and photographed: a kind says how. Nothing is ever trained on
these pictures.

    python benchmarks/photos.py [--count 100] [--only KIND …] [--save FOLDER]

Prints a table: for each kind, and for each height that the digit has in the picture, the shares that are
read right, that are rejected, and that are misread and called sure.
"""

import argparse
import dataclasses
import io
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from digits.data import mnist
from digits.data.dataset import split
from digits.environment import environment
from digits.ink.pictures import read_picture
from digits.ink.resizing import resized
from digits.recogniser import Recogniser

SURE = 0.9  # a misread digit with this confidence is called sure


@dataclass(frozen=True)
class Photo:
    """How a digit is written and photographed. Lengths are pixels, or shares where it says so."""

    size: tuple[int, int] = (640, 480)  # width and height
    height: float = 0.3  # of the digit, as a share of the picture's
    is_at_edge: bool = False  # it touches the picture's edge, or is cut off a little
    paper: tuple[int, int, int] = (235, 232, 225)
    ink: tuple[int, int, int] = (35, 35, 60)
    opacity: float = 0.9  # of the ink
    pen: float | None = None  # width as a share of the digit's height; None: as it was
    is_slashed: bool = False  # a 0 with a bar through it
    light: float = 0.25  # how uneven: share by which it falls off from one side to the other
    shadow: float = 0.0  # share of the light that a shadow takes
    glare: float = 0.0  # strength of a lamp's reflection
    table: bool = False  # shows beside the paper, dark
    rules: float = 0.0  # distance from one to the next, as a share of the digit's height
    rule_contrast: float = 0.5
    is_squared: bool = False  # upright rules, too
    underline: bool = False
    frame: float = 0.0  # thickness of a cell's frame along the border
    bottom_rule: float = 0.0  # the same only below
    blur: float = 0.8  # a standard deviation
    noise: float = 3.0  # a standard deviation, of 255 levels
    quality: int = 85  # of the JPEG; 0: a PNG
    finish: Callable[[Image.Image, np.random.Generator], Image.Image] = lambda picture, _: picture


def take(digit: np.ndarray, photo: Photo, rng: np.random.Generator) -> Image.Image:
    """A digit (28, 28) of bytes, written and photographed."""
    W, H = photo.size
    mask = written(digit, max(8, round(photo.height * H)), photo.pen)
    if photo.is_slashed:
        mask = slashed(mask, photo.pen, rng)
    h, w = mask.shape
    if photo.is_at_edge:
        left, top = (rng.integers(0.1 * n, 0.9 * n - side) for n, side in ((W, w), (H, h)))
        beyond = rng.uniform(0, 0.06) * h
        left, top = [
            (-round(beyond), top),
            (W - w + round(beyond), top),
            (left, -round(beyond)),
            (left, H - h + round(beyond)),
        ][rng.integers(4)]
    else:
        margin = 0.08 if photo.height < 0.7 else 0.03
        left, top = (
            round(rng.uniform(margin * n, max(margin * n, (1 - margin) * n - side)))
            for n, side in ((W, w), (H, h))
        )
    sheet = np.empty((H, W, 3))
    sheet[:] = photo.paper
    draw_rules(sheet, photo, (left, top, w, h), rng)
    coverage = np.zeros((H, W, 1))
    inside = mask[max(0, -top) : H - top, max(0, -left) : W - left, np.newaxis]
    rows, columns = max(0, top), max(0, left)
    coverage[rows : rows + inside.shape[0], columns : columns + inside.shape[1]] = inside
    coverage *= photo.opacity
    sheet = sheet * (1 - coverage) + np.array(photo.ink) * coverage
    sheet = lit(sheet, photo, ((left + w / 2) / W, (top + h / 2) / H), rng)
    picture = Image.fromarray(np.uint8(np.clip(sheet, 0, 255)))
    if photo.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(photo.blur))
    pixels = np.float64(picture) + rng.normal(0, photo.noise, (H, W, 1))
    return photo.finish(Image.fromarray(np.uint8(np.clip(pixels, 0, 255))), rng)


def written(digit, height, pen):
    """A digit (28, 28) of bytes → how much of each pixel its ink covers (height, W), from 0 to 1."""
    ink = np.float32(cropped_to_ink(digit)) / 255
    fine = 4 * max(30, height)  # thinned there, so that lines are smooth
    ink = np.pad(ink, 2)  # so that edges are as soft as in the middle
    scale = fine / (len(ink) - 4)
    mask = resized(ink, *(round(scale * n) for n in ink.shape)) > 0.45
    if pen is not None:
        small = Image.fromarray(mask).resize([max(1, n * 120 // fine) for n in mask.shape[::-1]])
        line = thinned(np.pad(np.asarray(small), 2))
        radius = max(0.5, 60 * pen)
        disc = np.hypot(*np.mgrid[-8:9, -8:9]) <= radius
        line = dilated(line, disc)
        mask = np.asarray(Image.fromarray(line).resize(mask.shape[::-1]))
    mask = Image.fromarray(np.uint8(255 * cropped_to_ink(mask)))
    width = max(1, round(height * mask.width / mask.height))
    return np.float64(mask.resize((width, height), Image.Resampling.BOX)) / 255


def slashed(mask, pen, rng):
    """A 0 (H, W) with a bar through it, of the same pen: most rise, to the outline or past it."""
    height = len(mask)
    margin = height // 2
    mask = np.pad(mask, margin)
    H, W = mask.shape
    direction = [(1, -1), (1, 1), (0, 1), (1, 0)][rng.choice(4, p=[0.7, 0.1, 0.1, 0.1])]
    half = np.array(direction) * [W - 2 * margin, height] / 2
    middle = np.array([W, H]) / 2 + rng.normal(0, 0.03, 2) * height
    ends = [tuple(middle + side * rng.uniform(0.6, 1.2) * half) for side in (-1, 1)]
    picture = Image.fromarray(np.uint8(255 * mask))
    ImageDraw.Draw(picture).line(ends, fill=255, width=round(pen * height))
    return cropped_to_ink(np.float64(picture) / 255)


def cropped_to_ink(mask):
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def thinned(mask):
    """A mask (H, W) → lines of one pixel. (Zhang and Suen, "A Fast Parallel Algorithm for Thinning
    Digital Patterns" (1984).)"""
    mask = mask.copy()
    while True:
        before = mask.sum()
        for odd in (False, True):
            p = np.pad(mask, 1)
            # From the pixel above clockwise.
            around = [
                p[:-2, 1:-1],
                p[:-2, 2:],
                p[1:-1, 2:],
                p[2:, 2:],
                p[2:, 1:-1],
                p[2:, :-2],
                p[1:-1, :-2],
                p[:-2, :-2],
            ]
            count = np.sum(around, axis=0)
            turns = sum(~a & b for a, b in zip(around, around[1:] + around[:1], strict=True))
            up, right, down, left = around[::2]
            ends = (up & left & (right | down)) if odd else (right & down & (up | left))
            mask &= ~((count >= 2) & (count <= 6) & (turns == 1) & ~ends)
        if mask.sum() == before:
            return mask


def dilated(mask, disc):
    reach = len(disc) // 2
    padded = np.pad(mask, reach)
    H, W = mask.shape
    return np.any([padded[i : i + H, j : j + W] for i, j in np.argwhere(disc)], axis=0)


def draw_rules(sheet, photo, box, rng):
    """Rules, squares, an underline or a frame on the paper."""
    H, W = sheet.shape[:2]
    left, top, w, h = box
    colour = (
        np.array(photo.paper) * (1 - photo.rule_contrast) + np.array(photo.ink) * photo.rule_contrast
    )
    slope = rng.uniform(-0.03, 0.03) if photo.quality else 0
    rows, columns = np.mgrid[:H, :W]
    rows, columns = rows - slope * columns, columns + slope * rows
    lines = np.zeros((H, W), bool)
    thick = max(1.0, 0.03 * h)
    if photo.rules:
        step = photo.rules * h
        phase = rng.uniform(0, step)
        lines |= (rows + phase) % step < thick
        if photo.is_squared:
            lines |= (columns + rng.uniform(0, step)) % step < thick
    if photo.underline:
        below = top + h + rng.uniform(0.05, 0.25) * h - slope * (left + w / 2)
        across = (columns > left - 0.4 * h) & (columns < left + w + 0.4 * h)
        lines |= (np.abs(rows - below) < max(1, 0.04 * h)) & across
    if photo.frame:
        y, x = np.mgrid[:H, :W]
        lines |= np.minimum.reduce([y, x, H - 1 - y, W - 1 - x]) < photo.frame
    if photo.bottom_rule:
        lines |= np.mgrid[:H, :W][0] >= H - photo.bottom_rule
    sheet[lines] = colour


def lit(sheet, photo, middle, rng):
    """The sheet (H, W, 3) in this photo's light, and what lies beside it. `middle` is the digit's."""
    H, W = sheet.shape[:2]
    y, x = np.mgrid[0 : 1 : H * 1j, 0 : 1 : W * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    along = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    light = 1 - photo.light * (0.5 + along)
    if photo.shadow:
        edge = along * np.cos(1) + ((y - 0.5) * np.cos(angle) - (x - 0.5) * np.sin(angle)) * np.sin(1)
        light *= 1 - photo.shadow / (1 + np.exp(-(edge - rng.uniform(-0.2, 0.2)) * 60))
    result = sheet * light[..., np.newaxis]
    if photo.glare:
        # Not on the digit, whose ink it would outshine.
        spots = rng.uniform(0.1, 0.9, (20, 2))
        cx, cy = spots[np.argmax(np.hypot(*(spots - middle).T) > 0.35)]
        spot = np.exp(-(((x - cx) * W / H) ** 2 + (y - cy) ** 2) / (2 * rng.uniform(0.08, 0.15) ** 2))
        result += 255 * photo.glare * spot[..., np.newaxis]
    if photo.table:
        side = x if rng.random() < 0.5 else 1 - x
        other = y if rng.random() < 0.5 else 1 - y
        beside = (side + 0.06 * y > 0.97) | (other + 0.05 * x > 0.97)
        result[beside] = np.array([70, 50, 35]) * rng.uniform(0.6, 1.4)
    return result


def on_transparent(picture, _):
    """The sheet in the middle of a transparent margin, as a window's screenshot has it."""
    W, H = picture.size
    larger = Image.new("RGBA", (W + W // 5, H + H // 5))
    larger.paste(picture, (W // 10, H // 10))
    return larger


def on_white(picture, _):
    """Pasted on a white page."""
    W, H = picture.size
    larger = Image.new("RGB", (2 * W, 2 * H), "white")
    larger.paste(picture, (W // 2, H // 2))
    return larger


def with_strip(picture, rng):
    """With a grey strip along the border, as some scanners leave it."""
    pixels = np.array(picture)
    width = max(2, len(pixels) // 25)
    sides = [pixels[:width], pixels[-width:], pixels[:, :width], pixels[:, -width:]]
    for k in rng.permutation(4)[:3]:
        sides[k][:] = 170
    return Image.fromarray(pixels)


def cropped(picture, _):
    """Cut out as tight as the ink is."""
    return Image.fromarray(255 - cropped_to_ink(255 - np.asarray(picture.convert("L"))))


SCAN = Photo(paper=(255, 255, 255), ink=(0, 0, 0), opacity=1, light=0, blur=0, noise=0, quality=0)
CELL = dataclasses.replace(SCAN, size=(44, 44), height=0.6, rule_contrast=1, blur=0.4)
HEIGHTS = (0.08, 0.18, 0.5)
# What a kind changes, and at which heights it is tried; () where its size is fixed.
KINDS: dict[str, tuple[Photo, dict[str, Any], tuple[float, ...]]] = {
    "scan": (SCAN, {}, HEIGHTS),
    "slashed zero": (SCAN, {"is_slashed": True, "pen": 0.1}, (0.3,)),
    "photo": (Photo(), {}, HEIGHTS),
    "dim, noisy photo": (Photo(), {"paper": (120, 115, 105), "noise": 8.0, "light": 0.5}, (0.18, 0.5)),
    "hairline pen": (Photo(), {"pen": 0.025}, (0.18, 0.5)),
    "broad pen": (Photo(), {"pen": 0.2}, HEIGHTS),
    "pencil": (Photo(), {"opacity": 0.4, "pen": 0.06}, HEIGHTS),
    "shadow": (Photo(), {"shadow": 0.45}, HEIGHTS),
    "table beside": (Photo(), {"table": True}, HEIGHTS),
    "at the picture's edge": (Photo(), {"is_at_edge": True}, (0.3,)),
    "glare, orange on a whiteboard": (
        Photo(),
        {"paper": (225, 228, 230), "ink": (240, 130, 40), "glare": 0.5},
        (0.18, 0.5),
    ),
    "chalk on a blackboard": (Photo(), {"paper": (45, 60, 50), "ink": (225, 225, 215)}, HEIGHTS),
    "red on green": (Photo(), {"paper": (90, 150, 80), "ink": (215, 60, 60)}, (0.18, 0.5)),
    "blue on black": (Photo(), {"paper": (25, 25, 25), "ink": (40, 50, 190), "noise": 1.5}, (0.18, 0.5)),
    "yellow marker": (Photo(), {"ink": (250, 240, 90), "opacity": 1, "pen": 0.16}, (0.18, 0.5)),
    "ruled paper": (Photo(), {"rules": 1.3}, (0.08, 0.18)),
    "narrowly ruled paper": (Photo(), {"rules": 0.6, "rule_contrast": 0.35}, (0.18, 0.5)),
    "ruled scan": (SCAN, {"rules": 1.3, "rule_contrast": 0.6}, (0.08, 0.18)),
    "squared paper": (Photo(), {"rules": 0.5, "is_squared": True, "rule_contrast": 0.35}, HEIGHTS),
    "underlined": (Photo(), {"underline": True, "rule_contrast": 0.9}, (0.18, 0.5)),
    "cell of a form, 28 px": (CELL, {"size": (28, 28), "frame": 1}, ()),
    "cell of a form, 44 px": (CELL, {"frame": 2}, ()),
    "cell of a form, 60 px": (CELL, {"size": (60, 60), "frame": 2}, ()),
    "rule at the bottom edge": (CELL, {"bottom_rule": 2}, ()),
    "small photo": (Photo(size=(48, 48), height=0.65, blur=0.5, light=0.5), {}, ()),
    "transparent margin": (SCAN, {"finish": on_transparent}, (0.3,)),
    "crop on a white page": (
        Photo(size=(160, 160), height=0.6, paper=(190, 190, 185)),
        {"finish": on_white},
        (),
    ),
    "grey strip along the border": (SCAN, {"finish": with_strip}, (0.3, 0.5)),
    "tight crop, bold": (SCAN, {"size": (40, 40), "height": 0.9, "pen": 0.24, "finish": cropped}, ()),
}


def encoded(picture: Image.Image, quality: int) -> tuple[bytes, str]:
    file = io.BytesIO()
    if quality and picture.mode == "RGB":
        picture.save(file, "JPEG", quality=quality)
        return file.getvalue(), ".jpg"
    picture.save(file, "PNG")
    return file.getvalue(), ".png"


def verdict(recogniser: Recogniser, path: Path, label: int) -> str:
    """'right', 'rejected', 'wrong' or 'sure' (and wrong)."""
    reading = recogniser.read_numbers(read_picture(path))
    if reading is None or not any(digit.is_digit for digit in reading.digits):
        return "rejected"
    if " ".join(number.text for number in reading.numbers) == str(label):
        return "right"
    wrong = [d for d in reading.digits if d.is_digit and d.prediction.confidence > SURE]
    return "sure" if len(wrong) == len(reading.digits) else "wrong"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="pictures of each kind and height")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    parser.add_argument("--save", type=Path, help="a folder for the pictures that are not read right")
    options = parser.parse_args()
    print(f"{options.count} pictures of each kind, on {environment()['machine']}\n")
    print("| kind | height of the digit | right | rejected | misread and sure |\n|---|---|---|---|---|")
    recogniser = Recogniser(PROJECT / "weights/digits.npz")
    settings = recogniser.record["settings"]
    _, digits = split(mnist.load("train"), settings["validation"], settings["seed"])
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only:
            base, changes, heights = KINDS[name]
            for height in heights or (None,):
                photo = dataclasses.replace(base, **changes)
                if height:
                    photo = dataclasses.replace(photo, height=height)
                rng = np.random.default_rng(0)
                suitable = np.flatnonzero((digits.labels == 0) | (not photo.is_slashed))
                found = []
                for row in rng.choice(suitable, options.count, replace=False):
                    content, suffix = encoded(take(digits.images[row], photo, rng), photo.quality)
                    path = Path(folder) / f"picture{suffix}"
                    path.write_bytes(content)
                    label = int(digits.labels[row])
                    found.append(verdict(recogniser, path, label))
                    if options.save and found[-1] != "right":
                        words = "-".join(re.findall(r"\w+", name))
                        target = options.save / f"{words}-{height or 0:g}-{row}-{label}{suffix}"
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(content)
                shares = [found.count(what) / len(found) for what in ("right", "rejected", "sure")]
                cells = [name, f"{height:.0%}" if height else "", *(f"{share:.0%}" for share in shares)]
                print("|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
