"""What is read is drawn anew with a thinner pen, and always the same, however the drawing came about."""

import numpy as np
import pytest

from digits.ink.drawing import Drawing, PlacedImage, Stroke
from digits.ink.fitted_pen import PEN_SHARE, STEP, FittedPen

BAR = [(0.2, 0.3), (0.2, 0.4), (0.2, 0.5)]  # a fifth of the paper high
OTHER = [(0.5, 0.3), (0.55, 0.5)]


def drawn(*actions, size=200):
    drawing = Drawing(size)
    for action in actions:
        drawing.add(action)
    return drawing


def pen_of(ink, row=0.4):
    return np.sum(ink[int(row * len(ink))] / 255) / len(ink)


def test_a_wide_pen_becomes_one_that_fits():
    drawing = drawn(Stroke(0.08, points=BAR))
    ink, beyond = FittedPen().ink(drawing)
    width = pen_of(ink)
    assert PEN_SHARE * 0.2 / STEP < width < PEN_SHARE * 0.2 * STEP
    assert beyond / 100 == pytest.approx(0.08 - width, abs=0.005)
    assert pen_of(drawing.ink) == pytest.approx(0.08, abs=0.01)  # what one sees stays


@pytest.mark.parametrize(
    "drawing",
    [
        drawn(Stroke(0.01, points=BAR)),  # thin already
        drawn(Stroke(0.2, points=[(0.5, 0.5)])),  # a dot
        drawn(),
        drawn(PlacedImage(np.full((28, 28), 200, np.uint8))),
    ],
)
def test_what_fits_is_read_as_it_is(drawing):
    ink, beyond = FittedPen().ink(drawing)
    assert ink is drawing.ink
    assert beyond == 0


def test_a_small_sign_does_not_decide_how_high_digits_are():
    dash = Stroke(0.08, points=[(0.6, 0.4), (0.7, 0.41)])
    ink, _ = FittedPen().ink(drawn(Stroke(0.08, points=BAR), dash))
    alone, _ = FittedPen().ink(drawn(Stroke(0.08, points=BAR)))
    np.testing.assert_array_equal(ink[:, :100], alone[:, :100])


def test_drawn_bit_by_bit_it_is_as_drawn_at_once():
    """Through strokes that grow, undo, redo, the eraser, a picture, new paper and another size."""
    pen, drawing = FittedPen(), Drawing(160)

    def check():
        found, _ = pen.ink(drawing)
        expected, _ = FittedPen().ink(drawing)
        np.testing.assert_array_equal(found, expected)

    def write(points, width=0.09, **kind):
        drawing.add(Stroke(width, points=[points[0]], is_smooth=True, **kind))
        check()
        for point in points[1:]:
            drawing.extend(*point)
            check()

    write(BAR)
    write(OTHER)
    drawing.undo()
    check()
    drawing.redo()
    check()
    drawing.undo()
    write(OTHER)
    write([(0.1, 0.45), (0.6, 0.45)], erases=True)
    drawing.resize(120)
    check()
    drawing.clear()
    check()
    write(BAR)
    drawing.add(PlacedImage(np.full((28, 28), 200, np.uint8)))
    write(OTHER)


def test_the_eraser_erases_as_much_as_ever():
    line = Stroke(0.08, points=[(0.1, 0.3), (0.1, 0.5), (0.6, 0.5)])
    drawing = drawn(line, Stroke(0.1, True, points=[(0.4, 0.3), (0.4, 0.7)]))
    ink, _ = FittedPen().ink(drawing)
    row = ink[100] > 0
    assert not row[72:88].any()
    assert row[60:68].all()
