"""Photographs in which it is known what is ink: made anew for each step of the ink network's training.

Digits of real people are written on paper that may be ruled, framed, printed, lit from one side, and
lie on a desk among other things (clutter.py). Small print and what is much larger than the digits are no
ink here: the ink network looks at each picture at several sizes (digits/ink/finding.py), and at one of
them they are as large as these digits.
"""

import io
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from PIL import Image
from scipy.ndimage import gaussian_filter

from digits.kernels import draw_line

SIZE = 160  # pixels: the side of a photograph
HEIGHTS = (16, 80)  # pixels of what is written, …
DOUBTFUL = (11, 120)  # … and of what may be ink or not: what is smaller or larger is none
UNKNOWN = -1.0  # as a target
ROWS, COLUMNS = np.mgrid[:SIZE, :SIZE].astype(np.float32)
CORNERS = 6  # of an angular stroke
TEXTURE_SIZE = 5 * SIZE
GRAINS = (0, 0.7, 2, 5, 12)  # standard deviations in pixels by which textures are smoothed
# Signs beside a digit from y = 0 to 1: a point, a comma, a minus, a slash.
SIGNS = (
    ((0, 0.95), (0, 0.97)),
    ((0.05, 0.9), (0, 1.1)),
    ((0, 0.5), (0.4, 0.5)),
    ((0.4, 0), (0, 1.1)),
)

Path = ndarray  # (M, 2): x and y
Digit = list[Path]  # its strokes, from y = 0 to 1
Hand = list[Digit]  # of one writer


class Line(NamedTuple):
    """Where a line is written: its left end, the middle of its digits, and their height, in pixels."""

    x: float
    y: float
    height: float


class Materials(NamedTuple):
    """What scenes are made of: writers, and smooth noise of each grain, of deviation 1."""

    hands: list[Hand]
    textures: dict[float, ndarray]


class Scene:
    """A picture in the making: how bright it is, how much ink is where, and where that is unknown."""

    def __init__(self, materials: Materials, rng: np.random.Generator) -> None:
        self.rng = rng
        self.textures = materials.textures
        self.hand = materials.hands[rng.integers(len(materials.hands))]
        self.lines = _lines(rng)
        self.paper = rng.uniform(0.25, 1) if rng.random() < 0.75 else rng.uniform(0, 0.5)
        contrast = float(np.exp(rng.uniform(np.log(0.08), np.log(0.9))))
        is_dark = self.paper >= contrast and (self.paper + contrast > 1 or rng.random() < 0.75)
        self.full = self.paper - contrast if is_dark else min(1, self.paper + contrast)
        self.grey = np.full((SIZE, SIZE), self.paper, np.float32)
        self.ink = np.zeros((SIZE, SIZE), np.float32)
        self.is_unknown = np.zeros((SIZE, SIZE), bool)

    def level(self, low: float = 0.15, high: float = 1.2) -> float:
        """Some grey between paper, 0, and ink, 1, or beyond it."""
        return float(self.paper + (self.full - self.paper) * self.rng.uniform(low, high))

    def texture(self, grain: float) -> ndarray:
        """Noise (SIZE, SIZE) of deviation 1."""
        top, left = self.rng.integers(TEXTURE_SIZE - SIZE, size=2)
        return self.textures[grain][top : top + SIZE, left : left + SIZE]

    def fill(self, cover: ndarray, level: float | ndarray) -> None:
        """Paint with this grey where the cover (SIZE, SIZE) is 1, and in part where it is less."""
        self.grey += cover * (np.asarray(level, np.float32) - self.grey)

    def draw(self, paths: list[Path], width: float, level: float, softness: float = 1.0) -> ndarray:
        """Draw with a round pen; return the cover."""
        canvas = np.zeros((SIZE, SIZE), np.uint8)
        for path in paths:
            points = np.asarray(path, np.float32)
            points = points if len(points) > 1 else np.repeat(points, 2, axis=0)
            draw_line(points, max(width, 1.0) / 2, softness, False, canvas)
        cover = canvas * np.float32(min(1.0, width) / 255)
        self.fill(cover, level)
        return cover

    def written(self, line: Line, most: int) -> list[Path]:
        """The paths of up to `most` digits and signs, from the left to the right."""
        rng = self.rng
        gap = rng.uniform(-0.05, 0.5)
        shear = np.array([[rng.uniform(0.8, 1.25), 0], [rng.normal(0, 0.15), 1]])
        is_angular = rng.random() < 0.15
        x = line.x
        paths: list[Path] = []
        for _ in range(rng.integers(1, most + 1)):
            if rng.random() < 0.12:
                strokes = [SIGNS[rng.integers(len(SIGNS))] + rng.normal(0, 0.03, (2, 2))]
            else:
                strokes = self.hand[rng.integers(len(self.hand))]
            if is_angular:
                strokes = [_angular(stroke) for stroke in strokes]
            moved = [stroke @ shear for stroke in strokes]
            left = min(stroke[:, 0].min() for stroke in moved)
            right = max(stroke[:, 0].max() for stroke in moved)
            y = line.y + rng.normal(0, 0.04) * line.height
            paths += [(stroke - [left, 0.5]) * line.height + [x, y] for stroke in moved]
            x += (right - left + gap) * line.height
            if x > SIZE:
                break
        return paths


def _angular(path: Path) -> Path:
    """The path with few corners, straight between them."""
    return path[np.linspace(0, len(path) - 1, min(len(path), CORNERS)).astype(int)]


def _lines(rng: np.random.Generator) -> list[Line]:
    """One line of writing, or several of the same height."""
    height = float(np.exp(rng.uniform(*np.log(HEIGHTS))))
    is_one = rng.random() < 0.6
    y = rng.uniform(0.1, 0.9) * SIZE if is_one else height / 2
    step = height * rng.uniform(1.3, 2.5)
    rows = [y] if is_one else np.arange(y, SIZE, step).tolist()
    return [Line(rng.uniform(-0.2, 0.7) * SIZE, row, height) for row in rows]


def make_materials(digits: list[Digit], writers: ndarray, rng: np.random.Generator) -> Materials:
    """Materials of these people's digits, whose strokes have any scale; writers (N,) are numbers."""
    hands: dict[int, Hand] = {}
    for strokes, writer in zip(digits, writers.tolist(), strict=True):
        points = np.concatenate(strokes)
        low, high = points.min(axis=0), points.max(axis=0)
        size = max(high[1] - low[1], 0.6 * (high[0] - low[0]), 1e-6)
        middle = np.array([low[0], (low[1] + high[1]) / 2])
        hands.setdefault(writer, []).append([(stroke - middle) / size + [0, 0.5] for stroke in strokes])
    noise = rng.standard_normal((TEXTURE_SIZE, TEXTURE_SIZE), np.float32)
    textures = {grain: gaussian_filter(noise, grain, mode="wrap") for grain in GRAINS}
    return Materials(list(hands.values()), {grain: t / t.std() for grain, t in textures.items()})


def write(scene: Scene) -> None:
    """Write all lines, each with a pen of its own; some with a pencil or a dry felt pen."""
    rng = scene.rng
    for line in scene.lines:
        pen = max(0.8, line.height * float(np.exp(rng.uniform(*np.log([0.035, 0.22])))))
        before = scene.grey.copy()
        cover = scene.draw(scene.written(line, 8), pen, scene.full)
        if rng.random() < 0.2:
            grain = 1 - rng.uniform(0.1, 0.6) * np.abs(scene.texture(0.7))
            scene.grey = before + (scene.grey - before) * np.maximum(grain, 0).astype(np.float32)
        scene.ink = np.maximum(scene.ink, cover)


def photographed(scene: Scene) -> tuple[ndarray, ndarray]:
    """The scene in some light, by some camera: grey (SIZE, SIZE) of 0 to 1, and its ink or UNKNOWN."""
    rng = scene.rng
    grey: ndarray = scene.grey
    ink = np.where(scene.is_unknown & (scene.ink == 0), np.float32(UNKNOWN), scene.ink)
    if rng.random() < 0.7:
        grey = grey * _light(scene)
    if rng.random() < 0.2:  # crumpled
        grey = grey + np.float32(rng.uniform(0, 0.06)) * scene.texture([5, 12][rng.integers(2)])
    blur = rng.choice([0, 0.5, 0.8, 1.2, 1.8], p=[0.3, 0.25, 0.2, 0.15, 0.1])
    if blur:
        grey = gaussian_filter(grey, blur)
    if rng.random() < 0.75:
        strength = rng.uniform(0, 0.22) * min(abs(scene.full - scene.paper), 0.25)
        grey = grey + np.float32(strength) * scene.texture([0, 0, 0.7][rng.integers(3)])
    grey = np.clip(grey, 0, 1)
    if rng.random() < 0.2:
        grey = _compressed(grey, int(rng.integers(40, 95)))
    share = 0.5 if rng.random() < 0.1 else 0.05
    for side in range(4):  # on each the picture may end
        if rng.random() < share:
            cut = rng.integers(4, SIZE // 3)
            grey, ink = np.rot90(grey, side).copy(), np.rot90(ink, side).copy()
            grey[:cut], ink[:cut] = grey[cut], UNKNOWN
            grey, ink = np.rot90(grey, -side), np.rot90(ink, -side)
    return np.ascontiguousarray(grey), np.ascontiguousarray(ink)


def _light(scene: Scene) -> ndarray:
    """A factor (SIZE, SIZE): light from one side, a shadow with a soft or a hard edge, a lamp's spot."""
    rng = scene.rng
    y, x = ROWS / SIZE - np.float32(0.5), COLUMNS / SIZE - np.float32(0.5)
    angle = rng.uniform(0, 2 * np.pi)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    light = 1 + rng.uniform(0, 0.5) * (along - 0.5)
    if rng.random() < 0.35:
        hardness = float(np.exp(rng.uniform(*np.log([3, 160]))))
        edge = np.clip((across - rng.uniform(-0.4, 0.4)) * hardness, -0.5, 0.5)
        light *= 1 - rng.uniform(0.1, 0.6) * (edge + 0.5)
    if rng.random() < 0.1:
        cx, cy = rng.uniform(-0.5, 0.5, 2)
        spot = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / rng.uniform(0.01, 0.1))
        light += rng.uniform(0.1, 0.8) * spot
    return light.astype(np.float32)


def _compressed(grey: ndarray, quality: int) -> ndarray:
    """As JPEG leaves it."""
    file = io.BytesIO()
    Image.fromarray(np.uint8(255 * grey)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32) / 255
