"""Parts → lines: what stands in one line, what is one digit by its places, what is cut."""

import numpy as np

from digits.ink.parts import Part, find_parts, ink_of, join
from digits.ink.segmentation import cut, find_lines, one_digit_logit
from tests.digits.ink.paper import boxes


def part(top, left, bottom, right, label=1, component=None):
    return Part(top, left, bottom, right, (label,), label if component is None else component)


def test_lines_from_top_to_bottom_and_from_left_to_right():
    upper = [part(10, 50, 30, 60, 1), part(12, 10, 32, 20, 2)]
    lower = [part(40, 30, 60, 40, 3), part(55, 42, 62, 45, 4)]  # the last one is a comma
    lines = find_lines([*lower, *upper])
    assert lines == [[upper[1], upper[0]], lower]


def test_halves_of_a_digit_are_in_one_line_and_digits_one_below_the_other_are_not():
    seven = part(0, 0, 100, 50, 1)
    upper, lower = part(0, 80, 55, 130, 2), part(60, 75, 115, 120, 3)
    assert find_lines([seven, upper, lower]) == [[seven, lower, upper]]
    below = part(60, 140, 115, 180, 3)  # a low digit, not under the other
    assert len(find_lines([seven, upper, below])) == 2
    assert len(find_lines([seven, part(110, 0, 210, 50, 4)])) == 2


def test_a_line_may_rise():
    rising = [part(100 - 6 * k, 20 * k, 120 - 6 * k, 20 * k + 10, label=k) for k in range(12)]
    assert find_lines(rising) == [rising]


def test_digits_one_below_the_other_are_lines_and_strokes_that_touch_are_one():
    upper, lower = part(0, 0, 20, 20, 1), part(20, 0, 40, 20, 2)
    assert find_lines([upper, lower]) == [[upper], [lower]]
    touching = part(20, 0, 40, 20, 2, component=1)
    assert find_lines([upper, touching]) == [[upper, touching]]


def logit(a, b, height=40):
    return one_digit_logit(part(*a, label=1), part(*b, label=2), height, find_parts(boxes([a, b]))[0])


def test_places_tell_one_digit_from_two():
    tall = (10, 10, 50, 25)
    assert logit(tall, (10, 45, 50, 60)) < -10  # far apart
    assert -5 < logit(tall, (10, 26, 50, 40)) < 0  # nearly touching
    assert logit(tall, (52, 10, 58, 25)) > 5  # one below the other
    assert logit(tall, (12, 27, 16, 45)) > logit(tall, (28, 27, 32, 45))  # a bar at the top, a dash


def test_slanted_digits_are_apart_although_their_boxes_overlap():
    ink = np.zeros((100, 100), np.float32)
    for row in range(10, 60):
        left = 80 - row
        ink[row, left : left + 6] = ink[row, left + 16 : left + 22] = 1
    labels, (a, b) = find_parts(ink)
    a, b = sorted((a, b), key=lambda part: part.left)
    assert b.left < a.right
    assert one_digit_logit(a, b, 50, labels) < -4


def test_ink_is_cut_where_it_is_thinnest():
    ink = boxes([(10, 10, 50, 40), (28, 40, 32, 50), (10, 50, 50, 80)])
    labels, (whole,) = find_parts(ink)
    slices = cut(whole, 40, ink, labels)
    assert any(40 <= piece.left <= 50 for piece in slices[1:])
    for piece in slices[1:]:  # each cut is beside the thinnest column of those around it
        near = ink[:, piece.left - 2 : piece.left + 3].sum(axis=0)
        assert near[2] == near.min()
    assert slices[0].cut_logit is None
    assert all(piece.cut_logit is not None for piece in slices[1:])
    assert len({piece.labels for piece in slices}) == len(slices)
    again = ink_of(join(slices), ink, labels)
    np.testing.assert_array_equal(again, ink[10:50, 10:80])


def test_narrow_ink_is_less_likely_two_digits():
    logits = []
    for width in (30, 60):
        ink = boxes([(10, 10, 50, 10 + width)])
        labels, (whole,) = find_parts(ink)
        logits.append(cut(whole, 40, ink, labels)[1].cut_logit)
    assert logits[0] > logits[1]
