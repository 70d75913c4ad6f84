"""Whole numbers are read: drawn in strokes, and as pictures of which nothing is known."""

import numpy as np
import pytest

from digits.ink.drawing import Drawing, Stroke, spline
from digits.ink.framing import frame
from digits.reading.numbers import read_lines
from digits.reading.prediction import Prediction
from tests.rounding import NETWORK, assert_equal_in_float64
from tests.writing import write


def texts(reading):
    return [[number.text for number in line] for line in reading.lines]


@pytest.fixture(params=["strokes", "picture"])
def read(request, recogniser):
    """How a drawing is read: with what the window knows of it, or as a picture."""

    def as_strokes(drawing):
        return recogniser.read_numbers(drawing.ink, paper=0, owner=drawing.owner)

    def as_picture(drawing):
        return recogniser.read_numbers(255 - drawing.ink)

    return as_strokes if request.param == "strokes" else as_picture


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
    reading = exact_recogniser.read_numbers(drawing.ink, paper=0, owner=drawing.owner)
    alone = exact_recogniser.read(drawing.ink, paper=0)
    assert_equal_in_float64(reading.single.probabilities, alone.probabilities, NETWORK)


def test_a_sign_is_no_digit_and_does_not_spoil_its_neighbours(read):
    assert texts(read(write("−5"))) == [["?5"]]
    assert texts(read(write("3,14"))) == [["3?14"]]
    (number,) = read(write("−5")).numbers
    assert number.confidence == number.digits[1].prediction.confidence > 0.9
    sign = number.digits[0]
    assert sign.is_sign
    assert not sign.is_digit


@pytest.mark.parametrize(("text", "expected"), [("1,5", "1?5"), ("3,14", "3?14"), ("0,5", "0?5")])
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
    reading = recogniser.read_numbers(drawing.ink, paper=0, owner=drawing.owner)
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


def test_slanted_digits_of_which_the_network_is_not_sure_are_two():
    """Slices that they may be cut into lie above each other, where the digits do not."""
    ink = np.zeros((120, 260), np.float32)
    for row in range(100):
        for left in (20, 80):
            ink[10 + row, left + 100 - row : left + 130 - row] = 1
    unsure = Prediction(np.zeros((28, 28)), np.array([0.55] + [0.05] * 9), True)
    lines = read_lines(ink, np.zeros((28, 28), np.float32), lambda frames: [unsure] * len(frames))
    assert [[number.text for number in line] for line in lines] == [["00"]]


def test_scraps_of_a_neighbour_are_no_digit(recogniser):
    drawing = write("7", height=0.5, left=0.3, top=0.2)
    drawing.ink[120:170, 480:490] = 255
    drawing.ink[230:260, 482:490] = 255
    assert texts(recogniser.read_numbers(drawing.ink, paper=0)) == [["7"]]


def test_digits_that_touch_are_told_apart(read):
    assert texts(read(write("27", gap=-0.04))) == [["27"]]
    assert texts(read(write("48", gap=-0.04))) == [["48"]]


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


def test_a_sign_that_might_have_been_digits_is_left_whole(recogniser):
    drawing = write("7", height=0.4, left=0.1)
    for line in ([(0.5, 0.4), (0.9, 0.4)], [(0.5, 0.6), (0.9, 0.6)], [(0.6, 0.3), (0.6, 0.7)]):
        drawing.add(Stroke(0.04, points=line))
    drawing.add(Stroke(0.04, points=[(0.8, 0.3), (0.8, 0.7)]))  # all four: a hash sign
    for picture in (255 - drawing.ink, np.where(drawing.ink > 127, 0, 255).astype(np.uint8)):
        assert texts(recogniser.read_numbers(picture)) == [["7?"]]


def test_what_has_been_cut_is_read_as_a_whole_without_the_dirt_beside_it(recogniser):
    """Two lines of digits that touch might be one digit: then all of their ink is it, and no speck."""
    drawing = write("XX", height=0.2, gap=-0.12, top=0.1, left=0.2)
    write("XX", height=0.2, gap=-0.12, top=0.6, left=0.2, drawing=drawing)
    expected = frame(drawing.ink, paper=0)
    drawing.ink[5:9, 5:9] = 255
    shown = []

    def read(frames):
        shown.extend(frames)
        return [Prediction(one, np.full(10, 0.1), False) for one in frames]

    read_lines(drawing.ink / np.float32(255), frame(drawing.ink, paper=0), read)
    assert any((one == expected).all() for one in shown)
    assert len(shown) > 4  # they were cut, too
