"""Composed lines: every character is there, in order, and the paper does not change the text."""

import numpy as np
import pytest

from digits.data import glyphs
from digits.data.glyphs import Glyphs
from digits.data.lines import MAX_CHARACTERS, Alphabet, compose, random_text, write
from digits.data.paper import photographed
from digits.ink.line_image import LINE_HEIGHT, line_image
from digits.model import CHARACTERS, OTHER, POINT


@pytest.fixture(scope="module")
def alphabet():
    """Bars instead of digits: as many as the digit says are side by side (0: a square)."""
    images = np.zeros((10, 28, 28), np.uint8)
    images[0, 4:24, 8:20] = 255
    for digit in range(1, 10):
        for k in range(digit):
            images[digit, 4:24, 4 + 2 * k] = 255
    digits = Glyphs(images, np.arange(10), np.zeros(10, int))
    rng = np.random.default_rng(0)
    others = glyphs.others(rng, images, 18)
    return Alphabet([digits], [1.0], digits, glyphs.signs(rng, 5), others)


def test_lines_have_their_texts_in_place_of_numbers(alphabet, rng):
    lines, targets = compose(alphabet, rng, 40, 120)
    assert lines.shape == (40, LINE_HEIGHT, 120, 1)
    assert lines.dtype == np.float32
    assert targets.shape == (40, MAX_CHARACTERS)
    assert 0 <= lines.min() <= lines.max() <= 1.5
    for target in targets:
        text = target[target >= 0]
        assert (target[: len(text)] == text).all()  # nothing but filling behind it
        assert set(text.tolist()) <= set(range(len(CHARACTERS)))


def test_a_seed_composes_the_same_lines(alphabet):
    first, again = (compose(alphabet, np.random.default_rng(5), 8, 104) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_longer_text_leaves_more_ink(alphabet, rng, monkeypatch):
    masses = []
    for text in ([0], [0] * 3):
        monkeypatch.setattr("digits.data.lines.random_text", lambda *_, text=text: list(text))
        lines, targets = write(alphabet, rng, 20, 152)
        assert (np.sum(targets >= 0, axis=1) == len(text)).all()
        masses.append((lines > 0.5).sum())
    assert 2.2 < masses[1] / masses[0] < 3.8


def test_what_has_no_space_is_neither_written_nor_in_the_text(alphabet, rng, monkeypatch):
    monkeypatch.setattr("digits.data.lines.random_text", lambda *_: [0] * 20)
    _, targets = compose(alphabet, rng, 10, 72)
    counts = np.sum(targets >= 0, axis=1)
    assert (counts >= 1).all()
    assert (counts < 8).all()


def test_texts_are_numbers_amounts_and_rubbish(rng):
    texts = [random_text(rng, 9) for _ in range(2000)]
    assert max(map(len, texts)) <= 9
    assert {c for text in texts for c in text} == set(range(14))
    share = np.mean([all(c < 10 for c in text) for text in texts])
    assert 0.5 < share < 0.8
    assert any(text[-3:-2] == [POINT] for text in texts)
    assert any(text and set(text) == {OTHER} for text in texts)


def test_paper_and_camera_change_no_shape_and_stay_in_range(rng):
    ink = np.zeros((30, 28, 100), np.float32)
    ink[:, 6:22, 40:44] = 1
    seen = photographed(ink, rng).normalised()
    assert seen.shape == ink.shape
    assert 0 <= seen.min() <= seen.max() <= 1.5
    inside = seen[:, 8:20, 41:43].mean(axis=(1, 2))
    assert (inside > np.median(seen, axis=(1, 2))).all()  # the stroke can still be seen
    assert len({tuple(line.ravel()[::50].tolist()) for line in seen}) > 8


def test_real_pens_are_of_other_people_in_validation(rng):
    training, validation = (glyphs.pendigits(held_out, rng) for held_out in (False, True))
    assert not set(training.writers.tolist()) & set(validation.writers.tolist())
    assert len(training.labels) + len(validation.labels) == 7494
    assert len(glyphs.optdigits(False).labels) + len(glyphs.optdigits(True).labels) == 1934


def test_a_line_is_scaled_so_that_its_digits_are_20_pixels_high():
    ink = np.zeros((100, 300), np.float32)
    ink[30:70, 50:60] = 1  # 40 pixels high
    image, scale = line_image(ink, 40, 50)
    assert scale == 0.5
    rows, columns = np.nonzero(image > 0.5)
    assert (rows.min(), rows.max()) == (4, 23)
    assert (columns.min(), columns.max()) == (14 + 25, 14 + 29)
