"""Lines of digits and signs, composed as the line network trains: no two are alike.

Glyphs of one writer stand side by side, of wavering size, slant and height, with gaps from overlapping
to wide. Then come the pen, the paper and the camera: thick and thin ink, pencil, rules, boxes, the
printed waves of cheques, shadows, blur and noise. At last all is scaled as a real line is to be read.
"""

import numpy as np
from numpy import ndarray
from scipy.ndimage import gaussian_filter

from digits.data.augmentation import (
    COLUMN,
    FROM_COLUMN,
    FROM_ROW,
    ROW,
    SHIFT,
    random_warps,
)
from digits.data.glyphs import Glyphs
from digits.ink.framing import BOX_SIZE
from digits.ink.line_image import LINE_HEIGHT, MARGIN, normalised
from digits.kernels import place_glyphs, warp
from digits.model import MINUS, OTHER, POINT, SLASH
from nn.ctc import NO_CHARACTER

MAX_CHARACTERS = 24


GAPS = ((-0.1, 0.02), (0.0, 0.12), (0.08, 0.3), (0.2, 1.0))  # from overlapping to wide
FLAGGED_SHARE = 0.2
GAP_SHARES = (0.15, 0.25, 0.4, 0.2)


class Alphabet:
    """What lines are composed of: digits from several sources, each by writer, signs and rubbish."""

    def __init__(
        self, sources: list[Glyphs], shares: list[float], styles: Glyphs, signs: Glyphs, others: Glyphs
    ) -> None:
        self.sources = sources
        self.shares = shares  # how often each source is taken
        self.writers = [source.by_writer() for source in sources]
        self.flagged = styles.images[styles.labels == 1]
        self.signs = {label: signs.images[signs.labels == label] for label in (POINT, MINUS, SLASH)}
        self.signs[OTHER] = others.images

    def choose(self, text: list[int], rng: np.random.Generator) -> list[ndarray]:
        """An image (28, 28) for each character; the digits of one writer, where there are any.

        But a 1 has often the long flag that it has in Europe, whosever the other digits are.
        """
        k = rng.choice(len(self.sources), p=self.shares)
        writers = self.writers[k]
        writer = writers[rng.integers(len(writers))]
        images = []
        for label in text:
            if label in self.signs:
                signs = self.signs[label]
                images.append(signs[rng.integers(len(signs))])
                continue
            if label == 1 and rng.random() < FLAGGED_SHARE:
                images.append(self.flagged[rng.integers(len(self.flagged))])
                continue
            rows, source = writer[label], self.sources[k]
            if not len(rows):  # he or she has not written it: some other writer's
                rows, source = np.flatnonzero(self.sources[0].labels == label), self.sources[0]
            images.append(source.images[rows[rng.integers(len(rows))]])
        return images


def random_text(rng: np.random.Generator, longest: int) -> list[int]:
    """The characters of a line: a number, an amount, a fraction, a date, rubbish, or nothing."""

    def digits(low: int, high: int) -> list[int]:
        return rng.integers(0, 10, rng.integers(low, high + 1)).tolist()

    kind = rng.random()
    if kind < 0.02:
        return []
    if kind < 0.62:
        text = digits(1, 1 if rng.random() < 0.25 else min(longest, 10))
        if rng.random() < 0.2:  # amounts often end in zeros
            zeros = rng.integers(1, 4)
            text = text[:1] + [0] * zeros if len(text) <= zeros else text[:-zeros] + [0] * zeros
    elif kind < 0.74:
        text = [*digits(1, 4), POINT, *digits(1, 2)]
    elif kind < 0.80:
        text = [*digits(1, 3), POINT, *digits(3, 3)]
    elif kind < 0.84:
        text = [MINUS, *digits(1, 4)]
    elif kind < 0.87:
        text = [*digits(1, 2), SLASH, *digits(1, 2)]
        if rng.random() < 0.3:
            text += [SLASH, *digits(2, 2)]
    elif kind < 0.92:
        tail = [[POINT, MINUS], [MINUS], [OTHER], [SLASH, MINUS], [POINT]][rng.integers(5)]
        text = [*digits(1, 6), *tail]
    elif kind < 0.96:
        text = digits(1, 5)
        for _ in range(rng.integers(1, 3)):
            text.insert(rng.integers(len(text) + 1), OTHER)
    else:
        text = [OTHER] * rng.integers(1, 4)
    return text[:longest]


def compose(
    alphabet: Alphabet, rng: np.random.Generator, count: int, width: int
) -> tuple[ndarray, ndarray]:
    """`count` lines (N, 28, width, 1), float32 from 0 to about 1, and their characters (N, 24)."""
    is_rough = rng.random(count) < 0.25
    height = np.where(is_rough, rng.uniform(12, 25, count), rng.uniform(17, 23, count))
    aspect = np.exp(rng.normal(0, 0.15, count))
    longest = np.clip((width - 2 * MARGIN) / (0.5 * height * aspect), 1, MAX_CHARACTERS)
    texts = [random_text(rng, int(n)) for n in longest]
    tiles = _glyphs(alphabet, rng, texts, height, aspect)
    ink = np.zeros((count, LINE_HEIGHT, width), np.float32)
    targets = np.full((count, MAX_CHARACTERS), NO_CHARACTER)
    start = 0
    for n, text in enumerate(texts):
        gaps = height[n] * _gaps(rng, text)
        fits = _place(tiles[start : start + len(text)], gaps, ink[n], rng)
        targets[n, :fits] = text[:fits]
        start += len(text)
    return photographed(ink, rng)[..., np.newaxis], targets


def _glyphs(
    alphabet: Alphabet,
    rng: np.random.Generator,
    texts: list[list[int]],
    height: ndarray,
    aspect: ndarray,
) -> ndarray:
    """A glyph (28, 28) for each character of all texts, distorted, of its line's height: floats."""
    images = np.array([image for text in texts for image in alphabet.choose(text, rng)])
    counts = [len(text) for text in texts]

    def of_line(values: ndarray) -> ndarray:
        return np.repeat(values, counts)

    count = len(images)
    lines = len(texts)
    size = of_line(height) / BOX_SIZE
    waver = of_line(rng.random(lines) ** 2)
    size *= np.exp(rng.normal(0, 0.15, count) * waver)
    slant = of_line(rng.normal(0.12, 0.24, lines))
    free = np.maximum(0, LINE_HEIGHT - height) / 2
    down = of_line(rng.uniform(-0.7, 0.7, lines) * free)
    down += rng.normal(0, 0.05, count) * of_line(height * rng.random(lines))
    warps = random_warps(count, rng, 0.5)
    for axis in (ROW, COLUMN):
        yi, yj = warps[:, axis, FROM_ROW].copy(), warps[:, axis, FROM_COLUMN].copy()
        warps[:, axis, FROM_ROW] = (yi + yj * slant) / size
        warps[:, axis, FROM_COLUMN] = yj / (size * of_line(aspect))
        warps[:, axis, SHIFT] -= warps[:, axis, FROM_ROW] * down
    tiles = np.empty((count, LINE_HEIGHT, LINE_HEIGHT, 1), np.float32)
    warp(images, warps, tiles)
    return tiles[..., 0]


def _gaps(rng: np.random.Generator, text: list[int]) -> ndarray:
    """Distances between neighbours, as shares of the height. Signs do not overlap."""
    low, high = GAPS[rng.choice(len(GAPS), p=GAP_SHARES)]
    gaps = rng.uniform(low, high, len(text))
    return np.where(np.array(text, int) < 10, gaps, rng.uniform(0.05, 0.3, len(text)))


def _place(tiles: ndarray, gaps: ndarray, canvas: ndarray, rng: np.random.Generator) -> int:
    """Write these glyphs somewhere on the canvas (H, W); return how many there is space for."""
    if not len(tiles):
        return 0
    width = canvas.shape[1]
    least = MARGIN - 8
    gaps[0] = least
    lefts = np.empty(len(tiles), np.int64)
    line = np.zeros_like(canvas)
    place_glyphs(tiles, gaps, line, lefts)
    filled = np.flatnonzero(line.any(axis=0))
    if len(filled):
        ink = line[:, filled[0] : filled[-1] + 1]
        room = width - ink.shape[1]
        low = min(least, room // 2)
        left = rng.integers(low, max(low, room - low) + 1)
        canvas[:, left : left + ink.shape[1]] = ink
    return int(np.sum(lefts >= 0))


def photographed(ink: ndarray, rng: np.random.Generator) -> ndarray:
    """Ink (N, H, W) as it looks on some paper, through some camera, scaled as `normalised` does it."""
    N = len(ink)
    ink = _with_some_pen(ink, rng)
    is_photo = rng.random(N) < 0.5
    photos = np.flatnonzero(is_photo)
    dark = ink.copy()
    strength = _some(rng, 0.45, 1, len(photos))
    crops = [_crop(ink[n], rng) for n in photos]
    paper = _paper(ink[photos].shape, crops, rng) * np.maximum(0.5, strength)
    dark[photos] = np.maximum(dark[photos] * strength, paper)
    dark[photos] += _light(ink[photos].shape, rng)
    for few in np.array_split(np.arange(N), 8):
        sigma = rng.choice([0, 0.5, 0.8, 1.1, 1.4], p=[0.42, 0.23, 0.18, 0.12, 0.05])
        if sigma:
            dark[few] = gaussian_filter(dark[few], (0, sigma, sigma), truncate=2.5)
    noise = rng.standard_normal(ink[photos].shape, np.float32)
    if rng.random() < 0.5:
        noise = gaussian_filter(noise, (0, 0.6, 0.6), truncate=2)
    dark[photos] += _some(rng, 0, 0.07, len(photos)) * noise
    result = normalised(dark)
    for n, (top, bottom, left, right) in zip(photos, crops, strict=True):
        inside = result[n, top:bottom, left:right].copy()
        result[n] = 0
        result[n, top:bottom, left:right] = inside
    return result


def _crop(ink: ndarray, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of a picture of this line (H, W): mostly more than the ink."""
    H, W = ink.shape
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.3) for axis in (1, 0))
    if not len(rows):
        return 0, H, MARGIN, W - MARGIN
    above, below, before, after = rng.integers(-1, [12, 12, 20, 20]).tolist()
    return (
        max(0, int(rows[0]) - above),
        min(H, int(rows[-1]) + 1 + below),
        max(0, int(columns[0]) - before),
        min(W, int(columns[-1]) + 1 + after),
    )


def _some(rng: np.random.Generator, low: float, high: float, count: int) -> ndarray:
    """(count, 1, 1) numbers between these, one for each line."""
    return rng.uniform(low, high, (count, 1, 1)).astype(np.float32)


def _with_some_pen(ink: ndarray, rng: np.random.Generator) -> ndarray:
    """Wider, thinner, or as grainy as a pencil's."""
    ink = ink.copy()
    N = len(ink)
    wide, thin, grainy = (np.flatnonzero(rng.random(N) < share) for share in (0.3, 0.2, 0.1))
    grown = ink[wide]
    for axis in (1, 2):
        grown = np.maximum(grown, np.maximum(np.roll(grown, 1, axis), np.roll(grown, -1, axis)))
    ink[wide] = np.maximum(ink[wide], _some(rng, 0, 1, len(wide)) * grown)
    least = _some(rng, 0, 0.4, len(thin))
    ink[thin] = np.maximum(0, ink[thin] - least) / (1 - least)
    grain = gaussian_filter(
        rng.standard_normal(ink[grainy].shape, np.float32), (0, 0.7, 0.7), truncate=2
    )
    ink[grainy] *= np.maximum(0, 1 - _some(rng, 0, 1.5, len(grainy)) * np.abs(grain))
    return ink


def _paper(
    shape: tuple[int, ...], crops: list[tuple[int, int, int, int]], rng: np.random.Generator
) -> ndarray:
    """What is printed on paper (N, H, W): rules, the waves of cheques; and boxes around the crops."""
    N, H, W = shape
    paper = np.zeros(shape, np.float32)
    rows, columns = np.mgrid[:H, :W].astype(np.float32)
    for _ in range(2):
        ruled, boxed, waved = (np.flatnonzero(rng.random(N) < share) for share in (0.2, 0.35, 0.22))
        count = len(ruled)
        distance = np.abs(rows - _some(rng, -2, H + 2, count) - _some(rng, -0.04, 0.04, count) * columns)
        rule = np.clip(_some(rng, 0.6, 1.8, count) - distance, 0, 1) * _some(rng, 0.2, 1, count)
        paper[ruled] = np.maximum(paper[ruled], rule)
        count = len(boxed)
        edges = np.array([crops[n] for n in boxed]).reshape(-1, 4, 1, 1)
        inside = _some(rng, 0, 4, count)
        for side in range(4):  # each is there or not
            sign = 1 - side % 2 * 2  # to the inside
            across, along = (rows, columns) if side < 2 else (columns, rows)
            at = edges[:, side] - side % 2 + sign * inside
            distance = np.abs(across - at - _some(rng, -0.03, 0.03, count) * along)
            rule = np.clip(_some(rng, 0.6, 1.8, count) - distance, 0, 1) * _some(rng, 0.2, 1, count)
            paper[boxed] = np.maximum(paper[boxed], rule * (rng.random((count, 1, 1)) < 0.6))
        count = len(waved)
        angle = _some(rng, -1, 1, count)
        phase = columns[:1] / _some(rng, 4, 25, count) + _some(rng, 0, 6, count)
        along = (rows + _some(rng, 0, 2.5, count) * np.sin(phase)) * np.cos(angle)
        along += columns * np.sin(angle)
        wave = np.cos(along * (2 * np.pi / _some(rng, 2.5, 7, count)) + _some(rng, 0, 6, count))
        line = np.clip((wave - 0.3) / 0.7, 0, 1) * _some(rng, 0.05, 0.45, count)
        paper[waved] = np.maximum(paper[waved], line)
    return paper


def _light(shape: tuple[int, ...], rng: np.random.Generator) -> ndarray:
    """Shadows over paper (N, H, W): darker towards one side."""
    N, H, W = shape
    down = np.linspace(-0.5, 0.5, H, dtype=np.float32)[:, np.newaxis]
    right = np.linspace(-0.5, 0.5, W, dtype=np.float32)
    light: ndarray = down * _some(rng, -0.25, 0.25, N) + right * _some(rng, -0.5, 0.5, N)
    return light
