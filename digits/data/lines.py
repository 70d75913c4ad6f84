"""Lines of digits and signs, composed as the line network trains: no two are alike.

Glyphs of one writer stand side by side, of wavering size, slant and height, with gaps from overlapping
to wide; some writers join them. Then come pen, paper and camera (paper.py).
"""

import numpy as np
from numpy import ndarray

from digits.data.augmentation import (
    COLUMN,
    FROM_COLUMN,
    FROM_ROW,
    ROW,
    SHIFT,
    random_warps,
)
from digits.data.glyphs import Glyphs
from digits.data.paper import photographed
from digits.ink.framing import BOX_SIZE
from digits.ink.line_image import LINE_HEIGHT, MARGIN
from digits.kernels import draw_line, place_glyphs, warp
from digits.model import MINUS, OTHER, POINT, SLASH
from nn.ctc import NO_CHARACTER

MAX_CHARACTERS = 24
GAPS = ((-0.1, 0.02), (0.0, 0.12), (0.08, 0.3), (0.2, 1.0))  # from overlapping to wide
GAP_SHARES = (0.15, 0.25, 0.4, 0.2)
STYLED, STYLED_SHARE = (1, 7), 0.2  # digits that are often drawn in a style that MNIST lacks
JOINED_SHARE = 0.15
SMALL_ZEROS_SHARE = 0.15  # of the writers make them smaller than other digits
SOME = 4  # digits of a writer, of which the one is taken whose pen is nearest to the line's
FAR = 10  # pixels: what is farther away is not joined


class Alphabet:
    """What lines are composed of: digits from several sources, each by writer, signs and rubbish."""

    def __init__(
        self, sources: list[Glyphs], shares: list[float], styles: Glyphs, signs: Glyphs, others: Glyphs
    ) -> None:
        self.sources = sources
        self.shares = shares  # how often each source is taken
        self.writers = [source.by_writer() for source in sources]
        self.widths = [pen_widths(source.images) for source in sources]
        self.styles = {label: styles.images[styles.labels == label] for label in STYLED}
        self.signs = {label: signs.images[signs.labels == label] for label in (POINT, MINUS, SLASH)}
        self.signs[OTHER] = others.images

    def choose(self, text: list[int], rng: np.random.Generator) -> list[ndarray]:
        """An image (28, 28) for each character; the digits of one writer and of about one pen.

        But a 1 has often a long flag and a 7 a bar, as in Europe, whosever the other digits are.
        """
        k = rng.choice(len(self.sources), p=self.shares)
        writers = self.writers[k]
        writer = writers[rng.integers(len(writers))]
        images = []
        pen = None
        for label in text:
            if label in self.signs:
                signs = self.signs[label]
                images.append(signs[rng.integers(len(signs))])
                continue
            styles = self.styles.get(label, ())
            if len(styles) and rng.random() < STYLED_SHARE:
                images.append(styles[rng.integers(len(styles))])
                continue
            rows, source = writer[label], k
            if not len(rows):  # he or she has not written it: some other writer's
                rows, source = np.flatnonzero(self.sources[0].labels == label), 0
            some = rows[rng.integers(len(rows), size=SOME)]
            widths = self.widths[source][some]
            pen = widths[0] if pen is None else pen
            images.append(self.sources[source].images[some[np.argmin(np.abs(widths - pen))]])
        return images


def pen_widths(images: ndarray) -> ndarray:
    """Images (N, H, W) of bytes → the width in pixels of the pen of each: twice its area by its edge."""
    is_ink = np.pad(images > 127, ((0, 0), (1, 1), (1, 1)))
    edge = sum(np.sum(np.diff(is_ink, axis=axis), axis=(1, 2)) for axis in (1, 2))
    return 2 * np.sum(is_ink, axis=(1, 2)) / np.maximum(edge, 1)


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
    elif kind < 0.86:
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
    """`count` lines (N, 28, width, 1), float32 from 0 to about 1, and their texts (N, 24)."""
    ink, targets = write(alphabet, rng, count, width)
    return photographed(ink, rng).normalised()[..., np.newaxis], targets


def write(
    alphabet: Alphabet, rng: np.random.Generator, count: int, width: int
) -> tuple[ndarray, ndarray]:
    """The same before pen, paper and camera: ink (N, 28, width) of 0 to 1, and the texts (N, 24)."""
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
        fits = _place(tiles[start : start + len(text)], text, gaps, ink[n], rng)
        targets[n, :fits] = text[:fits]
        start += len(text)
    return ink, targets


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
    is_zero = np.array([label == 0 for text in texts for label in text])
    has_small = rng.random(lines) < SMALL_ZEROS_SHARE
    size *= np.where(is_zero & of_line(has_small), of_line(rng.uniform(0.55, 0.9, lines)), 1)
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


def _place(
    tiles: ndarray, text: list[int], gaps: ndarray, canvas: ndarray, rng: np.random.Generator
) -> int:
    """Write these glyphs somewhere on the canvas (H, W); return how many there is space for."""
    if not len(tiles):
        return 0
    width = canvas.shape[1]
    least = MARGIN - 8
    gaps[0] = least
    lefts = np.empty(len(tiles), np.int64)
    line = np.zeros_like(canvas)
    place_glyphs(tiles, gaps, line, lefts)
    if rng.random() < JOINED_SHARE:
        _join(tiles, text, lefts, line, rng)
    filled = np.flatnonzero(line.any(axis=0))
    if len(filled):
        ink = line[:, filled[0] : filled[-1] + 1]
        room = width - ink.shape[1]
        low = min(least, room // 2)
        left = rng.integers(low, max(low, room - low) + 1)
        canvas[:, left : left + ink.shape[1]] = ink
    return int(np.sum(lefts >= 0))


def _join(
    tiles: ndarray, text: list[int], lefts: ndarray, line: ndarray, rng: np.random.Generator
) -> None:
    """Draw strokes from some digits on the line (H, W) to the next, as those do who write fast."""
    strokes = np.zeros(line.shape, np.uint8)
    for k in np.flatnonzero(rng.random(len(tiles) - 1) < 0.7):
        if min(lefts[k : k + 2]) < 0 or max(text[k : k + 2]) > 9:  # one is not there, or a sign
            continue
        ends = []
        for one, side in ((k, -1), (k + 1, 0)):  # the last ink of one row, and the first of another
            rows, columns = np.nonzero(tiles[one] > 0.3)
            at = rows == rng.choice(rows[rows <= np.quantile(rows, 0.4)])  # in the upper part
            ends.append((lefts[one] - columns.min() + columns[at][side] + 0.5, rows[at][0] + 0.5))
        if 0 < ends[1][0] - ends[0][0] < FAR:
            draw_line(np.array(ends, np.float32), rng.uniform(0.6, 1.2), 1.0, False, strokes)
    np.maximum(line, strokes / np.float32(255), out=line)
