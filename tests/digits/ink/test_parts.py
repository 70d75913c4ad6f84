"""Ink → its parts: what hangs together, and what is dirt."""

import numpy as np

from digits.ink.drawing import Drawing, Stroke
from digits.ink.parts import find_parts, ink_of, join
from tests.digits.ink.paper import boxes


def test_parts_and_dirt():
    labels, parts = find_parts(boxes([(10, 10, 50, 20), (10, 30, 50, 40), (90, 90, 92, 92)]))
    assert [(p.top, p.left, p.bottom, p.right) for p in parts] == [(10, 10, 50, 20), (10, 30, 50, 40)]
    assert {p.labels[0] for p in parts} == {labels[10, 10], labels[10, 30]}
    assert find_parts(np.zeros((9, 9), np.float32))[1] == []


def test_what_is_small_and_fainter_than_the_rest_is_dirt():
    ink = boxes([(10, 10, 50, 20), (10, 30, 50, 40)])
    ink[10:16, 60:66] = 0.5  # 36 pixels beside 400
    bold = ink.copy()
    bold[10:16, 60:66] = 0.8
    large = ink.copy()
    large[10:50, 60:64] = 0.5
    assert [len(find_parts(picture)[1]) for picture in (ink, bold, large)] == [2, 3, 3]


def test_a_thin_or_faint_piece_close_beside_a_digit_is_the_edge_of_another():
    digit = boxes([(10, 10, 60, 20), (50, 20, 60, 50)])  # an L, whose pen is 10 pixels wide
    for width, strength, gap, height, is_dirt in (
        (4, 1.0, 3, 20, True),
        (9, 0.5, 3, 30, True),
        (9, 1.0, 3, 20, False),  # as thick as the pen: a comma, a dash
        (4, 1.0, 9, 20, False),  # farther away
        (4, 1.0, 3, 45, False),  # as tall: a 1
    ):
        ink = digit.copy()
        ink[55 - height : 55, 50 + gap : 50 + gap + width] = strength
        assert len(find_parts(ink)[1]) == 2 - is_dirt
        assert len(find_parts(ink, (ink > 0).astype(np.int32))[1]) == 2  # drawn so, it is meant


def test_strokes_that_touch_are_parts_of_one_component():
    drawing = Drawing(100)
    drawing.add(Stroke(0.06, points=[(0.2, 0.2), (0.2, 0.8)]))
    drawing.add(Stroke(0.06, points=[(0.1, 0.5), (0.9, 0.5)]))
    ink = drawing.ink / np.float32(255)
    assert len(find_parts(ink)[1]) == 1
    labels, (first, second) = find_parts(ink, drawing.owner)
    assert first.component == second.component
    assert {first.width, second.width} == {6, 86}
    np.testing.assert_array_equal(ink_of(join([first, second]), ink, labels) > 0, ink[17:83, 7:93] > 0)


def test_the_ink_of_a_part_has_its_faint_edge_and_nothing_of_its_neighbour():
    ink = boxes([(10, 10, 50, 20), (10, 22, 50, 30)])
    ink[9, 10:20] = 0.2
    labels, parts = find_parts(ink)
    mine = ink_of(parts[0], ink, labels)
    assert mine.shape == (41, 10)
    assert (mine[0] == np.float32(0.2)).all()


def test_the_ink_of_a_part_has_nothing_of_what_reaches_into_its_box():
    ink = boxes([(10, 10, 14, 50), (10, 10, 50, 14), (20, 20, 50, 30)])  # a corner, and a bar within it
    labels, parts = find_parts(ink)
    corner, bar = sorted(parts, key=lambda part: part.left)
    mine = ink_of(corner, ink, labels)
    assert mine.shape == (40, 40)
    assert mine.sum() == ink.sum() - 300
    assert ink_of(bar, ink, labels).shape == (30, 10)
