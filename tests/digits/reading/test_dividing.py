"""Ink is shared out among the characters of a line, and cut where they touch."""

import numpy as np

from digits.ink.parts import find_parts
from digits.model import POINT
from digits.reading.dividing import ALL, Line, divide, piece
from digits.reading.lines import cut_out
from tests.digits.ink.paper import boxes

TOUCHING = boxes([(5, 5, 35, 15), (5, 30, 35, 40), (18, 5, 22, 40), (5, 60, 35, 80)], (40, 100))


def line_of(ink, is_printed=False):
    labels, parts = find_parts(ink)
    (line,) = cut_out(parts, ink, labels, is_printed)
    return line


def boxes_of(line, centres):
    segments = divide(line, [0] * len(centres), centres).segments
    return [piece(line, some, centre).box for some, centre in zip(segments, centres, strict=True)]


def test_touching_characters_are_cut_and_others_are_not():
    line = line_of(TOUCHING)
    centres = [10 - line.left, 35 - line.left, 70 - line.left]
    division = divide(line, [0] * len(centres), centres)
    assert (division.cuts, division.unread) == (1, 0)
    left, middle, right = boxes_of(line, centres)
    assert left[0] == 5
    assert left[0] + left[2] == middle[0]
    assert middle[0] + middle[2] == 40
    assert right == (60, 5, 20, 30)


def test_what_has_no_character_is_counted_and_given_to_the_nearest():
    line = line_of(np.maximum(TOUCHING, boxes([(5, 85, 35, 95)], (40, 100))))
    centres = [10 - line.left, 35 - line.left]
    division = divide(line, [0] * len(centres), centres)
    assert (division.cuts, division.unread) == (1, 2)
    assert [len(some) for some in division.segments] == [1, 3]


def test_as_many_components_as_characters_have_one_each():
    line = line_of(boxes([(5, 5, 35, 11), (28, 20, 36, 26), (5, 34, 35, 40)], (40, 100)))
    division = divide(line, [1, POINT, 5], [8 - line.left, 10 - line.left, 30 - line.left])
    lefts = [[line.parts[one.part].left for one in some] for some in division.segments]
    assert lefts == [[5], [20], [34]]
    assert division.cuts == 0


def test_a_character_that_hangs_together_with_a_rule_has_what_is_in_its_columns():
    ink = boxes([(8, 10, 30, 14), (8, 40, 30, 44), (36, 0, 38, 100)], (40, 100))
    ink[8:37, 70:74] = 1  # down to the rule, which is no part
    labels, parts = find_parts(ink)
    digits = [part for part in parts if part.width < 50]
    line = Line(ink, labels, digits, 0, 0, 22.0, 19.0, is_printed=True)
    division = divide(line, [0, 0, 0], [12, 42, 72])
    assert [some[0].part for some in division.segments] == [0, 1, ALL]
    (last,) = division.segments[2]
    assert last.start <= 70 < 74 <= last.stop
    shown = piece(line, [last], 72).ink
    assert shown.sum() == ink[:, last.start : last.stop].sum()


def test_where_no_ink_is_there_is_a_dot():
    line = line_of(boxes([(5, 5, 35, 15)], (40, 100)))
    (first, second) = divide(line, [0, 0], [3, 8]).segments
    assert {one.part for one in (*first, *second)} == {0}
    assert min(piece(line, first, 3).box[2:]) >= 1
