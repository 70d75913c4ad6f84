"""What else is in a photograph than writing: print, rules, frames, waves, a desk, things that lie there.

Each function adds one kind of it to a scene (scenes.py); how often each is there stands at the end.
"""

from itertools import pairwise

import numpy as np
from numpy import ndarray

from digits.data.scenes import (
    COLUMNS,
    DOUBTFUL,
    HEIGHTS,
    ROWS,
    SIZE,
    Line,
    Materials,
    Path,
    Scene,
    photographed,
    write,
)


def compose(materials: Materials, rng: np.random.Generator, count: int) -> tuple[ndarray, ndarray]:
    """Photographs (N, SIZE, SIZE) of 0 to 1, and how much of each pixel is ink, or UNKNOWN."""
    pictures = [_compose_one(Scene(materials, rng)) for _ in range(count)]
    return np.stack([grey for grey, _ in pictures]), np.stack([ink for _, ink in pictures])


def _compose_one(scene: Scene) -> tuple[ndarray, ndarray]:
    for add, share in UNDER_THE_WRITING:
        if scene.rng.random() < share:
            add(scene)
    if scene.rng.random() < WRITTEN:
        write(scene)
    for add, share in OVER_THE_WRITING:
        if scene.rng.random() < share:
            add(scene)
    return photographed(scene)


def waves(scene: Scene) -> None:
    """What is printed against forgery, a watermark, hatching: pale, all over the paper."""
    rng = scene.rng
    angle = rng.uniform(0, np.pi)
    along = COLUMNS * np.cos(angle) + ROWS * np.sin(angle)
    across = ROWS * np.cos(angle) - COLUMNS * np.sin(angle)
    period = rng.uniform(3, 24)
    bend = rng.uniform(0, 0.6) * period * np.sin(along * 2 * np.pi / rng.uniform(8, 80))
    wave = np.cos((across + bend) * 2 * np.pi / period)
    cover = np.clip((wave - rng.uniform(-0.2, 0.8)) * 3, 0, 1) * rng.uniform(0.05, 0.5)
    scene.fill(cover.astype(np.float32), scene.full)


def rules(scene: Scene) -> None:
    """Ruled or squared paper, a single rule or two, or a grid of dots."""
    rng = scene.rng
    step = max(5, scene.lines[0].height * rng.uniform(0.4, 2.5))
    angle = rng.normal(0, 0.06) if rng.random() < 0.8 else rng.uniform(-0.4, 0.4)
    turn = _turn(angle)
    at = np.arange(-SIZE, SIZE, step) + rng.uniform(0, step)
    width, level = rng.uniform(0.4, 2.5), scene.level()
    if rng.random() < 0.12:
        dots = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2) @ turn + SIZE / 2
        scene.draw(list(dots[:, np.newaxis]), width, level)
        return
    directions = [0, 1] if rng.random() < 0.35 else [int(rng.random() < 0.15)]
    if rng.random() < 0.4:
        at = rng.choice(at, rng.integers(1, 3))
    for k in directions:
        ends = np.array([[-2 * SIZE, 0], [2 * SIZE, 0]])
        scene.draw(
            [(ends + np.array([0, a]))[:, [k, 1 - k]] @ turn + SIZE / 2 for a in at], width, level
        )


def frames(scene: Scene) -> None:
    """Around each line a circle, a rule below it, or a box, perhaps in cells, with sides missing."""
    rng = scene.rng
    kind = rng.random()
    level = scene.level(0.2, 1.3)
    for x, y, height in scene.lines:
        above = height * rng.uniform(0.52, 1.3)
        left, right = x - height * rng.uniform(0.05, 0.8), x + height * rng.uniform(0.6, 5)
        if kind < 0.2:
            radius = max(above, 0.75 * height)
            paths = [_ring(x + 0.3 * height, y, radius, radius)]
        elif kind < 0.4:
            paths = [np.array([[left, y + above], [right, y + above + rng.normal(0, 0.1) * height]])]
        else:
            corners = _corners(left, y - above, right, y + above)
            paths = [np.array(side) for side in pairwise(corners) if rng.random() < 0.9]
            if rng.random() < 0.3:
                cells = np.arange(left, right, height * rng.uniform(0.7, 1.2))
                paths += [np.array([[cell, y - above], [cell, y + above]]) for cell in cells]
        scene.draw(paths, max(0.6, height * rng.uniform(0.01, 0.12)), level)


def print_(scene: Scene) -> None:
    """Lines of small print: characters, or bars as which they are seen from afar."""
    rng = scene.rng
    height = rng.uniform(3, HEIGHTS[0])
    x, y = rng.uniform(-0.3, 0.6) * SIZE, rng.uniform(0, 0.9) * SIZE
    paths: list[Path] = []
    for row in range(rng.integers(1, 6)):
        line = Line(x, y + 1.8 * row * height, height)
        if rng.random() < 0.5:
            paths += scene.written(line, 24)
        else:
            at = x + np.cumsum(rng.uniform(0.3, 0.7, 40)) * height
            tops = line.y - rng.uniform(0, 0.5, 40) * height
            bottom = line.y + height / 2
            paths += [np.array([[a, top], [a, bottom]]) for a, top in zip(at, tops, strict=True)]
    cover = scene.draw(paths, max(0.8, height * rng.uniform(0.08, 0.2)), scene.level(0.4))
    if height > DOUBTFUL[0]:
        scene.is_unknown |= cover > 0


def large_writing(scene: Scene) -> None:
    """Something much larger than the digits: a heading, a picture, a number to be read from afar."""
    rng = scene.rng
    height = rng.uniform(HEIGHTS[1], 5 * HEIGHTS[1])
    line = Line(rng.uniform(-0.5, 0.8) * SIZE, rng.uniform(0, 1) * SIZE, height)
    cover = scene.draw(scene.written(line, 2), height * rng.uniform(0.04, 0.2), scene.level(0.3))
    if height < DOUBTFUL[1]:
        scene.is_unknown |= cover > 0


def surroundings(scene: Scene) -> None:
    """The paper ends: beside it lies a desk; perhaps with a frame or a shadow along the edge."""
    rng = scene.rng
    desk = rng.uniform(0, 1) + rng.uniform(0, 0.12) * scene.texture([0.7, 2, 5][rng.integers(3)])
    beyond = np.full((SIZE, SIZE), -np.inf, np.float32)  # pixels, less than 0 on the paper
    first = rng.uniform(0, 2 * np.pi) if rng.random() < 0.4 else rng.normal(0, 0.05)
    for k in range(rng.integers(1, 5)):
        angle = first + k * np.pi / 2
        line = scene.lines[rng.integers(len(scene.lines))]
        x, y = line.x + 0.3 * line.height, line.y
        reach = rng.uniform(0.6, 3) * line.height
        if rng.random() < 0.5:
            x, y, reach = SIZE / 2, SIZE / 2, rng.uniform(0.1, 0.5) * SIZE
        beyond = np.maximum(beyond, (COLUMNS - x) * np.cos(angle) + (ROWS - y) * np.sin(angle) - reach)
    cover = np.clip(beyond + 0.5, 0, 1).astype(np.float32)
    scene.fill(cover, desk)
    if rng.random() < 0.5:
        edge = np.clip(rng.uniform(0.5, 12) + 0.5 - np.abs(beyond), 0, 1).astype(np.float32)
        scene.fill(edge, rng.uniform(0, 1))
        cover = np.maximum(cover, edge)
    scene.ink *= 1 - cover


def holes(scene: Scene) -> None:
    """Punched holes, blots, buttons."""
    rng = scene.rng
    column = np.stack([np.zeros(5), np.arange(-2, 3)], axis=1)
    places = rng.uniform(0, SIZE, 2) + rng.uniform(30, 200) * column
    places = places if rng.random() < 0.5 else places[:, ::-1]
    size = float(np.exp(rng.uniform(*np.log([3, 60]))))
    scene.draw(list(places[:, np.newaxis]), size, rng.uniform(0, 1))


def spiral(scene: Scene) -> None:
    """A spiral binding, whose rings stand in a row."""
    rng = scene.rng
    size = rng.uniform(4, 30)
    step = size * rng.uniform(0.8, 2)
    y, share = rng.uniform(0, SIZE), rng.uniform(0.5, 1)
    is_upright = rng.random() < 0.5
    rings = []
    for x in np.arange(0, SIZE, step):
        ring = _ring(x, y, 0.35 * size, 0.7 * size, share)
        rings.append(ring[:, ::-1] if is_upright else ring)
    scene.draw(rings, max(0.8, size * rng.uniform(0.05, 0.25)), rng.uniform(0, 1))


def pens(scene: Scene) -> None:
    """A pen, a ruler, a cable: long and straight, perhaps with a stripe."""
    rng = scene.rng
    start = rng.uniform(0, SIZE, 2)
    ends = np.array([start, start + rng.normal(0, SIZE, 2)])
    width = rng.uniform(2, 20)
    scene.draw([ends], width, rng.uniform(0, 1))
    if rng.random() < 0.4:
        scene.draw([ends], width * rng.uniform(0.1, 0.6), rng.uniform(0, 1))


def bars(scene: Scene) -> None:
    """A row of buttons or of bars, filled or not."""
    rng = scene.rng
    width, height = rng.uniform(4, 60, 2)
    left, top = rng.uniform(-10, SIZE, 2)
    is_filled = rng.random() < 0.5
    level = rng.uniform(0, 1)
    for x in left + width * rng.uniform(1.05, 1.6) * np.arange(rng.integers(1, 6)):
        if is_filled:
            inside = (abs(COLUMNS - x) < width / 2) & (abs(ROWS - top) < height / 2)
            scene.grey[inside] = level
            scene.ink[inside] = 0
        else:
            scene.draw([_corners(x, top, x + width, top + height)], rng.uniform(0.6, 3), level)


def folds(scene: Scene) -> None:
    """A fold, or the edge of a shadow."""
    rng = scene.rng
    middle = rng.uniform(0, SIZE, 2)
    ends = np.array([[-2 * SIZE, 0], [2 * SIZE, 0]]) @ _turn(rng.uniform(0, np.pi)) + middle
    scene.draw([ends], rng.uniform(1, 8), scene.level(-0.4, 0.5), softness=rng.uniform(1, 8))


def _turn(angle: float) -> ndarray:
    """The matrix (2, 2) that turns paths, points @ turn."""
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _ring(x: float, y: float, width: float, height: float, share: float = 1.0) -> Path:
    """An ellipse around a place with these radii, or a share of it."""
    at = np.linspace(0, 2 * np.pi * share, 48)
    return np.stack([x + width * np.cos(at), y + height * np.sin(at)], axis=1)


def _corners(left: float, top: float, right: float, bottom: float) -> Path:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]])


WRITTEN = 0.88  # share of the photographs with writing
UNDER_THE_WRITING = ((waves, 0.12), (rules, 0.35), (frames, 0.3), (print_, 0.2), (large_writing, 0.2))
OVER_THE_WRITING = (
    *((holes, 0.1), (spiral, 0.1), (pens, 0.08), (bars, 0.08), (folds, 0.06)),
    (surroundings, 0.35),
)
