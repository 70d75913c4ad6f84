"""What pen, paper and camera make of written lines: pencil, rules, boxes, shadows, blur, noise.

Half of the lines stay drawings; half become photographs, with what forms and cheques have printed on
them. Lines are (N, H, W) float32, ink 1 on 0.
"""

from typing import NamedTuple

import numpy as np
from numpy import ndarray
from scipy.ndimage import gaussian_filter

from digits.ink.line_image import MARGIN, normalised

Crop = tuple[int, int, int, int]  # top, bottom, left, right


class Photographs(NamedTuple):
    """Lines as a camera sees them (N, H, W): ink bright, on paper of any grey."""

    values: ndarray
    photos: ndarray  # which of them are photographs; the others are drawings
    crops: list[Crop]  # of each photograph: the part of it that shows paper

    def normalised(self) -> ndarray:
        """As the line network is shown them, without what lies beside the paper."""
        result = normalised(self.values)
        for n, (top, bottom, left, right) in zip(self.photos, self.crops, strict=True):
            inside = result[n, top:bottom, left:right].copy()
            result[n] = 0
            result[n, top:bottom, left:right] = inside
        return result


def photographed(ink: ndarray, rng: np.random.Generator) -> Photographs:
    """Ink (N, H, W) on some paper, through some camera."""
    N = len(ink)
    ink = _with_some_pen(ink, rng)
    is_photo = rng.random(N) < 0.5
    photos = np.flatnonzero(is_photo)
    dark = ink.copy()
    strength = _some(rng, 0.5, 1, len(photos))
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
    dark[photos] += _some(rng, 0, 0.05, len(photos)) * noise
    return Photographs(dark, photos, crops)


def _crop(ink: ndarray, rng: np.random.Generator) -> Crop:
    """Top, bottom, left and right of a picture of this line (H, W): mostly more than the ink."""
    H, W = ink.shape
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.3) for axis in (1, 0))
    if not len(rows):
        return 0, H, MARGIN, W - MARGIN
    share = rng.random(4) ** [2, 2, 1, 1]  # above and below, most are cut out tight
    above, below, before, after = (int(n) for n in share * [13, 13, 21, 21] - 1)
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
    ink[grainy] *= np.maximum(0, 1 - _some(rng, 0, 1.2, len(grainy)) * np.abs(grain))
    return ink


def _paper(shape: tuple[int, ...], crops: list[Crop], rng: np.random.Generator) -> ndarray:
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
        line = np.clip((wave - 0.3) / 0.7, 0, 1) * 0.35 * _some(rng, 0.2, 1, count) ** 2
        paper[waved] = np.maximum(paper[waved], line)
    return paper


def _light(shape: tuple[int, ...], rng: np.random.Generator) -> ndarray:
    """What is left of shadows (N, H, W), once what is broad is taken away: darker towards one side."""
    N, H, W = shape
    down = np.linspace(-0.5, 0.5, H, dtype=np.float32)[:, np.newaxis]
    right = np.linspace(-0.5, 0.5, W, dtype=np.float32)
    light: ndarray = down * _some(rng, -0.12, 0.12, N) + right * _some(rng, -0.25, 0.25, N)
    return light
