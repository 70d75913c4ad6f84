"""Ink → parts and lines: what hangs together, what stands in one line, what is cut."""

import numpy as np

from digits.ink.drawing import Drawing, Stroke
from digits.ink.segmentation import Part, cut, find_lines, find_parts, ink_of, join, one_digit_logit


def boxes(ink):
    """Ink (100, 100) with these (top, left, bottom, right) filled."""
    result = np.zeros((100, 100), np.float32)
    for top, left, bottom, right in ink:
        result[top:bottom, left:right] = 1
    return result


def part(top, left, bottom, right, label=1, component=None):
    return Part(top, left, bottom, right, (label,), label if component is None else component)


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


def test_what_is_small_and_much_thinner_than_the_pen_is_dirt():
    ink = boxes([(10, 10, 50, 20), (42, 20, 50, 50)])  # an L, whose pen is 10 or 8 pixels wide
    comma, scrap = ink.copy(), ink.copy()
    comma[45:55, 60:66] = 1
    scrap[20:40, 60:63] = 1  # as much ink
    for picture, count in ((comma, 2), (scrap, 1)):
        assert len(find_parts(picture)[1]) == len(find_parts(picture.T)[1]) == count


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
