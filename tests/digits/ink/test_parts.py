"""Ink → its parts: what hangs together, and what is dirt."""

import numpy as np

from digits.ink.parts import find_lines, find_parts
from tests.digits.ink.paper import boxes


def test_parts_and_dirt():
    labels, parts = find_parts(boxes([(10, 10, 50, 20), (10, 30, 50, 40), (90, 90, 92, 92)]))
    assert [(p.top, p.left, p.bottom, p.right) for p in parts] == [(10, 10, 50, 20), (10, 30, 50, 40)]
    assert {p.labels[0] for p in parts} == {labels[10, 10], labels[10, 30]}
    assert find_parts(np.zeros((9, 9), np.float32))[1] == []


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


def test_lines_from_top_to_bottom_and_from_left_to_right():
    ink = boxes([(60, 50, 80, 60), (60, 10, 80, 20), (10, 40, 30, 50), (12, 10, 32, 20)])
    lines = find_lines(find_parts(ink)[1])
    assert [[part.left for part in line] for line in lines] == [[10, 40], [10, 50]]


def test_a_line_may_rise():
    steps = [(40 - 5 * k, 20 * k, 60 - 5 * k, 20 * k + 10) for k in range(5)]
    (line,) = find_lines(find_parts(boxes(steps))[1])
    assert len(line) == 5


def test_halves_of_a_digit_are_in_one_line():
    (line,) = find_lines(find_parts(boxes([(10, 10, 22, 30), (24, 10, 38, 30), (10, 50, 38, 60)]))[1])
    assert len(line) == 3


def test_what_is_small_and_far_from_all_that_is_tall_is_in_no_line():
    digit, comma, dirt = (10, 10, 50, 30), (45, 36, 55, 41), (10, 85, 16, 91)
    _, parts = find_parts(boxes([digit, comma, dirt]))
    assert len(parts) == 3
    ((first, second),) = find_lines(parts)
    assert (first.left, second.left) == (10, 36)
