"""A digit written on paper and photographed: each pen, paper and light that photos.py asks for."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from digits.ink.resizing import resized


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
    slope: float = 0.03  # of rules, at most
    is_in_the_middle: bool = False
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
    if photo.is_in_the_middle:
        left, top = (W - w) // 2, (H - h) // 2
    elif photo.is_at_edge:
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
    slope = rng.uniform(-photo.slope, photo.slope) if photo.quality else 0
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


def on_a_desk(picture, rng):
    """A sheet, turned a little, on a dark desk."""
    W, H = picture.size
    grain = rng.normal(0, 6, (H + H // 2, W + W // 2, 1)) + rng.uniform(30, 80)
    desk = Image.fromarray(np.uint8(np.clip(grain + np.array([8, 4, 0]), 0, 255)))
    mask = Image.new("L", picture.size, 255)
    angle = float(rng.uniform(-8, 8))
    turned, cover = (image.rotate(angle, expand=True, resample=2) for image in (picture, mask))
    desk.paste(turned, ((desk.width - turned.width) // 2, (desk.height - turned.height) // 2), cover)
    return desk


def framed_board(picture, _):
    """A board with a black frame on a grey wall."""
    W, H = picture.size
    wall = Image.new("RGB", (W + W // 3, H + H // 3), (150, 150, 148))
    wall.paste(
        (25, 25, 25), (W // 6 - W // 30, H // 6 - W // 30, W + W // 6 + W // 30, H + H // 6 + W // 30)
    )
    wall.paste(picture, (W // 6, H // 6))
    return wall


def circled(picture, _):
    """The picture is of a digit in its middle, around which there is a circle."""
    W, H = picture.size
    radius = 0.42 * H
    box = [W / 2 - radius, H / 2 - radius, W / 2 + radius, H / 2 + radius]
    ImageDraw.Draw(picture).ellipse(box, outline=(35, 35, 60), width=max(2, H // 80))
    return picture


def with_print(picture, rng):
    """Lines of small print above."""
    W, H = picture.size
    draw = ImageDraw.Draw(picture)
    for row in range(3):
        letters = "".join(rng.choice(list("abcdefghiklmnoprstuvw    "), 70))
        draw.text((W // 12, 8 + row * H // 30), letters, fill=(40, 40, 40))
    return picture


def with_holes(picture, _):
    """Two punched holes at the left edge."""
    W, H = picture.size
    draw = ImageDraw.Draw(picture)
    for y in (0.3, 0.7):
        x, y, radius = W / 25, y * H, W / 60
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=(45, 42, 40))
    return picture


def with_pen(picture, rng):
    """A pen lies at the right."""
    W, H = picture.size
    x = float(rng.uniform(0.9, 0.95))
    ends = [(x * W, 0.1 * H), ((x + 0.02) * W, 0.95 * H)]
    ImageDraw.Draw(picture).line(ends, fill=(20, 40, 140), width=W // 50)
    return picture


def cropped(picture, _):
    """Cut out as tight as the ink is."""
    return Image.fromarray(255 - cropped_to_ink(255 - np.asarray(picture.convert("L"))))


def encoded(picture: Image.Image, quality: int) -> tuple[bytes, str]:
    file = io.BytesIO()
    if quality and picture.mode == "RGB":
        picture.save(file, "JPEG", quality=quality)
        return file.getvalue(), ".jpg"
    picture.save(file, "PNG")
    return file.getvalue(), ".png"
