"""Whole numbers are read: drawn in strokes, and as pictures of which nothing is known."""

import numpy as np
import pytest

from digits.ink.drawing import Drawing, Stroke, spline
from digits.model import MINUS
from tests.rounding import NETWORK, assert_equal_in_float64
from tests.writing import write


def texts(reading):
    return [[number.text for number in line] for line in reading.lines]


@pytest.fixture(params=["drawing", "picture"])
def read(request, recogniser):
    """How it is read: as a drawing in the window, or as a picture of which nothing is known."""

    def as_drawing(drawing):
        return recogniser.read_numbers(drawing.ink, paper=0)

    def as_picture(drawing):
        return recogniser.read_numbers(255 - drawing.ink)

    return as_drawing if request.param == "drawing" else as_picture


@pytest.mark.parametrize("text", ["42", "10", "2026", "11", "777", "905", "38", "16"])
@pytest.mark.parametrize("gap", [0.2, 0.45])
def test_numbers(text, gap, read):
    reading = read(write(text, height=0.22, gap=gap))
    assert texts(reading) == [[text]]
    (number,) = reading.numbers
    product = np.prod([digit.prediction.confidence for digit in number.digits])
    assert number.confidence == pytest.approx(product)
    assert reading.single is None


@pytest.mark.parametrize("digit", "0123456789")
def test_one_digit_is_read_as_ever(digit, exact_recogniser, read):
    drawing = write(digit, height=0.5, left=0.3, top=0.2)
    assert texts(read(drawing)) == [[digit]]
    reading = exact_recogniser.read_numbers(drawing.ink, paper=0)
    alone = exact_recogniser.read(drawing.ink, paper=0)
    assert_equal_in_float64(reading.single.probabilities, alone.probabilities, NETWORK)


def test_signs_are_read(read):
    assert texts(read(write("−5"))) == [["−5"]]
    assert texts(read(write("3,14"))) == [["3.14"]]
    (number,) = read(write("−5")).numbers
    assert number.confidence == number.digits[1].prediction.confidence > 0.9
    minus = number.digits[0]
    assert minus.sign == MINUS
    assert not minus.is_digit


@pytest.mark.parametrize(("text", "expected"), [("1,5", "1.5"), ("3,14", "3.14"), ("0,5", "0.5")])
def test_a_comma_close_to_a_digit_is_no_part_of_it(text, expected, read):
    assert texts(read(write(text, gap=0.1))) == [[expected]]


def test_spaces_and_lines(read):
    drawing = write("17 42", height=0.16, top=0.15)
    write("380", height=0.16, top=0.5, drawing=drawing)
    assert texts(read(drawing)) == [["17", "42"], ["380"]]


def test_a_space_is_what_is_much_wider_than_the_other_gaps(read):
    drawing = write("171", height=0.14, gap=0.15)
    write("5583", height=0.14, gap=0.15, left=0.31, drawing=drawing)  # 0.65 heights further
    assert texts(read(drawing)) == [["171", "5583"]]


def test_boxes_say_where_the_digits_are(read):
    drawing = write("42")
    for digit, columns in zip(read(drawing).digits, (slice(0, 140), slice(140, 560)), strict=True):
        ink = drawing.ink[:, columns] > 127
        rows, ink_columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        left, top, width, height = digit.box
        assert left == pytest.approx(columns.start + ink_columns[0], abs=3)
        assert top == pytest.approx(rows[0], abs=3)
        assert left + width == pytest.approx(columns.start + ink_columns[-1], abs=3)
        assert top + height == pytest.approx(rows[-1], abs=3)


def test_a_large_drawing_is_read_like_a_small_one(recogniser):
    drawing = write("405")
    drawing.resize(1900)
    reading = recogniser.read_numbers(drawing.ink, paper=0)
    assert texts(reading) == [["405"]]
    assert max(x + width for x, _, width, _ in (digit.box for digit in reading.digits)) > 900


def test_the_bar_of_a_five_may_be_apart(read):
    drawing = Drawing(560)
    drawing.add(Stroke(0.05, points=[(0.4, 0.25), (0.39, 0.45)]))
    bow = np.array([[0.39, 0.45], [0.5, 0.42], [0.6, 0.55], [0.5, 0.72], [0.36, 0.68]])
    drawing.add(Stroke(0.05, points=list(map(tuple, spline(bow)))))
    drawing.add(Stroke(0.05, points=[(0.48, 0.24), (0.62, 0.22)]))
    assert texts(read(drawing)) == [["5"]]


def test_a_digit_broken_in_the_middle_is_one(recogniser):
    drawing = write("8", height=0.6, left=0.3, top=0.2)
    middle = 112 + round(0.45 * 0.6 * 560)
    drawing.ink[middle - 4 : middle + 4] = 0
    assert texts(recogniser.read_numbers(drawing.ink, paper=0)) == [["8"]]


def test_scraps_of_a_neighbour_are_no_digit(recogniser):
    drawing = write("7", height=0.5, left=0.3, top=0.2)
    drawing.ink[120:170, 480:490] = 255
    drawing.ink[230:260, 482:490] = 255
    assert texts(recogniser.read_numbers(drawing.ink, paper=0)) == [["7"]]


def test_digits_that_touch_are_told_apart(read):
    pairs = [f"{a}{b}" for a in "234589" for b in "234589"]
    right = sum(texts(read(write(pair, gap=-0.04))) == [[pair]] for pair in pairs)
    assert right >= 0.9 * len(pairs)


def test_no_ink_and_dirt_alone(recogniser):
    assert recogniser.read_numbers(np.zeros((90, 90), np.uint8)) is None
    dot = np.zeros((90, 90), np.uint8)
    dot[40:42, 40:42] = 255
    assert len(recogniser.read_numbers(dot, paper=0).digits) == 1


def test_a_pattern_of_very_many_parts_comes_to_an_end(recogniser, rng):
    noise = (rng.random((400, 400)) < 0.1).astype(np.uint8) * 255
    recogniser.read_numbers(noise, paper=0)


def test_a_photo_of_several_lines(recogniser, rng):
    drawing = write("314 20", height=0.03, top=0.1, left=0.1)
    write("42", height=0.03, top=0.32, left=0.1, drawing=drawing)
    write("1867", height=0.03, top=0.54, left=0.1, drawing=drawing)
    size = 2000
    drawing.resize(size)
    rows, columns = np.mgrid[:size, :size] / size
    light = 0.6 + 0.3 * columns - 0.15 * rows  # as from a lamp at the side
    photo = light * (1 - 0.7 * drawing.ink / 255) + rng.normal(0, 0.015, light.shape)
    reading = recogniser.read_numbers(np.rint(255 * np.clip(photo, 0, 1)).astype(np.uint8))
    assert texts(reading) == [["314", "20"], ["42"], ["1867"]]
    left, top, _, height = reading.digits[0].box
    assert (left, top) == pytest.approx((0.1 * size, 0.1 * size), abs=20)
    assert height == pytest.approx(0.033 * size, abs=12)


def test_real_digits_side_by_side(recogniser, train_digits, rng):
    """Some of them wide, broken or with scraps of their neighbours."""
    right = 0
    for _ in range(100):
        rows = rng.integers(0, len(train_digits), 2)
        pair = np.hstack([train_digits.images[row][:, 3:25] for row in rows])
        picture = np.pad(pair, 4).repeat(4, axis=0).repeat(4, axis=1)
        expected = [["".join(str(label) for label in train_digits.labels[rows])]]
        right += texts(recogniser.read_numbers(picture)) == expected
    assert right >= 85
