"""How many numbers are read right: strings of two to five digits; and whether single ones still are.

Each string has digits of one writer, side by side, of wavering size and baseline, with gaps from wide to
touching; drawn in strokes as in the window, or put together from scans as in a picture:
`python benchmarks/strings.py SET.npz …`. The word mnist stands for the last 10,000 of MNIST's training
digits, whose writers follow one another. Sets may tell writers apart by an array `writer` (N,).
"""

import sys
import time
from itertools import pairwise
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

import numpy as np

from digits.data import mnist
from digits.data.drawing_sets import StrokeImages, read_drawing_set
from digits.environment import environment
from digits.ink.drawing import Drawing, Stroke, draw_strokes
from digits.reading.recogniser import Recogniser

GAPS = {"wide": (0.3, 0.6), "normal": (0.12, 0.3), "narrow": (0.05, 0.12), "touching": (-0.06, 0.0)}
STRINGS = 500  # of each kind of gap
PAPER = 560  # pixels
SCAN_HEIGHT = 112  # pixels of a digit in a picture put together from scans
MNIST_DIGITS = 10_000
MNIST_RUN = 25  # digits in a row that are mostly of one writer
WAVER = 0.1  # of the height: standard deviation of size and baseline


def distance(left, right):
    """Columns between two masks (H, W) side by side before they touch: the least over all rows.

    A row looks at the rows near it, too, so that shapes do not slide into each other.
    """
    near = max(1, len(left) // 20)

    def grown(mask):
        padded = np.pad(mask, ((near, near), (0, 0)))
        return np.any([padded[k : k + len(mask)] for k in range(2 * near + 1)], axis=0)

    left, right = grown(left), grown(right)
    both = left.any(axis=1) & right.any(axis=1)
    if not both.any():
        return 0
    after = left.shape[1] - 1 - left[both, ::-1].argmax(axis=1)  # the last column with ink
    before = right[both].argmax(axis=1)
    return int(np.min(left.shape[1] - 1 - after + before))


def offsets(masks, gaps):
    """Where each mask (H, W) begins, so that there are gaps[k] pixels between k and k + 1."""
    places = [0]
    for left, right, gap in zip(masks, masks[1:], gaps, strict=False):
        free = distance(left, right)
        places.append(places[-1] + left.shape[1] - free + round(gap))
    return places


def rendered(strokes, size, pen):
    """Strokes in units of pixels → a mask of a square of this size, with a margin for the pen."""
    drawing = Drawing(size)
    for stroke in strokes:
        drawing.add(Stroke(pen / size, points=[tuple(point / size) for point in stroke]))
    return drawing


def compose_strokes(digits, gap, rng):
    """Digits, each a list of strokes (M, 2) → the Drawing of all side by side."""
    height = 100.0
    pen = height * rng.uniform(0.08, 0.16)
    placed, masks = [], []
    for strokes in digits:
        points = np.concatenate(strokes)
        low, high = points.min(axis=0), points.max(axis=0)
        scale = height * rng.normal(1, WAVER) / max(high[1] - low[1], (high[0] - low[0]) / 1.3, 1e-6)
        up = rng.normal(0, WAVER) * height
        place = [np.float64(stroke - low) * scale for stroke in strokes]
        size = max(1, (high[0] - low[0]) * scale), (high[1] - low[1]) * scale
        place = [stroke + np.array([pen, 2 * height - size[1] + up]) for stroke in place]
        mask = rendered(place, round(4 * height), pen).ink > 0
        masks.append(mask[:, : round(size[0] + 2 * pen)])
        placed.append(place)
    starts = offsets(masks, [height * rng.uniform(*gap) for _ in digits[1:]])
    strokes = [
        stroke + np.array([start, 0])
        for start, place in zip(starts, placed, strict=True)
        for stroke in place
    ]
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = min(1.8, (PAPER - 40) / np.max(high - low)) * rng.uniform(0.8, 1)
    drawing = Drawing(PAPER)
    middle = (low + high) / 2
    for stroke in strokes:
        place = 0.5 + (stroke - middle) * scale / PAPER
        drawing.add(Stroke(pen * scale / PAPER, points=list(map(tuple, place))))
    return drawing


def compose_scans(images, gap, rng):
    """Digits (H, W) of bytes, bright on black → one picture of all side by side."""
    side = SCAN_HEIGHT
    pictures = []
    for image in images:
        rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
        ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        times = max(1, round(side * rng.normal(1, WAVER) / len(ink)))
        large = ink.repeat(times, axis=0).repeat(times, axis=1)
        top = 2 * side - len(large) + round(rng.normal(0, WAVER) * side)
        canvas = np.zeros((3 * side, large.shape[1]), np.uint8)
        canvas[top : top + len(large)] = large
        pictures.append(canvas)
    starts = offsets([p > 76 for p in pictures], [side * rng.uniform(*gap) for _ in images[1:]])
    margin = side // 2
    width = max(start + p.shape[1] for start, p in zip(starts, pictures, strict=True))
    result = np.zeros((3 * side, width - min(starts) + 2 * margin), np.uint8)
    for start, picture in zip(starts, pictures, strict=True):
        left = margin + start - min(starts)
        part = result[:, left : left + picture.shape[1]]
        np.maximum(part, picture, out=part)
    return result


def read_set(name):
    """A set's digits and the writer of each: (Dataset, (N,))."""
    if name == "mnist":
        dataset = mnist.load("train", None)[-MNIST_DIGITS:]
        return dataset, np.arange(len(dataset)) // MNIST_RUN
    dataset = read_drawing_set(Path(name))
    with np.load(name) as arrays:
        return dataset, arrays["writer"] if "writer" in arrays else np.zeros(len(dataset))


def strokes_of(images, row):
    """The strokes (M, 2) of one of a set's drawings."""
    sample = images.samples[row]
    bounds = images.stroke_start[images.sample_start[sample] : images.sample_start[sample + 1] + 1]
    return [images.points[a:b] for a, b in pairwise(bounds) if b > a]


def strings(dataset, writers, gap, rng):
    """STRINGS of (image, text)."""
    names = np.unique(writers)
    for _ in range(STRINGS):
        rows = rng.choice(np.flatnonzero(writers == rng.choice(names)), rng.integers(2, 6))
        text = "".join(str(label) for label in dataset.labels[rows])
        if isinstance(dataset.images, StrokeImages):
            drawing = compose_strokes([strokes_of(dataset.images, row) for row in rows], gap, rng)
            yield drawing.ink, text
        else:
            yield compose_scans(dataset.images[rows], gap, rng), text


def text_of(recogniser, image):
    """All that is read, numbers apart by spaces."""
    reading = recogniser.read_numbers(image, paper=0)
    return " ".join(number.text for number in reading.numbers) if reading else ""


def singles(recogniser, dataset):
    """(share read right as the one digit that they are, the same when they are taken for numbers)."""
    right = np.zeros((len(dataset), 2), bool)
    for row, label in enumerate(dataset.labels):
        if isinstance(dataset.images, StrokeImages):
            image = draw_strokes(strokes_of(dataset.images, row)).ink
        else:
            image = dataset.images[row]
        right[row, 0] = recogniser.read(image, paper=0).digit == label
        reading = recogniser.read_numbers(image, paper=0)
        right[row, 1] = reading.single is not None and reading.single.digit == label
    return right.mean(axis=0)


def main():
    print(environment()["machine"])
    recogniser = Recogniser(PROJECT / "weights/digits.npz")
    for name in sys.argv[1:] or ["mnist"]:
        dataset, writers = read_set(name)
        print(f"{Path(name).stem}: all digits right in")
        for gap, bounds in GAPS.items():
            rng = np.random.default_rng(0)
            found = []
            times = []
            for image, text in strings(dataset, writers, bounds, rng):
                started = time.perf_counter()
                found.append(text_of(recogniser, image) == text)
                times.append(1000 * (time.perf_counter() - started))
            took = f"{np.median(times):.1f} ms each"
            print(f"  {np.mean(found):.1%} of {STRINGS} strings, gaps {gap}, {took}", flush=True)
        alone, as_number = singles(recogniser, dataset)
        print(
            f"  single digits: {alone:.2%}; {as_number:.2%} where they might have been numbers",
            flush=True,
        )


if __name__ == "__main__":
    main()
