"""Small pictures of a line: ink relative to its own contrast, without the box around it."""

import numpy as np
import pytest

from digits.ink.cell import ink_of_cell, otsu
from digits.ink.parts import CONNECTING, find_parts, without_frames
from tests.digits.ink.paper import boxes


def cell(paper, ink, rng, grain=0.004):
    """A grey cell (34, 60) with two strokes; where they are."""
    strokes = np.zeros((34, 60), bool)
    strokes[8:26, 20:23] = strokes[8:26, 34:37] = True
    grey = np.where(strokes, ink, paper) + rng.normal(0, grain, strokes.shape)
    return grey + np.linspace(0, 0.1, 60), strokes


@pytest.mark.parametrize(("paper", "ink"), [(0.8, 0.1), (0.8, 0.72), (0.3, 0.22), (0.2, 0.9)])
def test_any_contrast_is_enough_on_any_paper(paper, ink, rng):
    grey, strokes = cell(paper, ink, rng)
    np.testing.assert_array_equal(ink_of_cell(grey) >= CONNECTING, strokes)


def test_grainy_and_blank_paper_has_no_ink(rng):
    assert not ink_of_cell(np.full((34, 60), 0.5)).any()
    assert not ink_of_cell(0.5 + rng.normal(0, 0.03, (34, 60))).any()


def test_the_box_around_a_cell_is_no_ink():
    digit = (10, 20, 28, 30)
    for box in ([(0, 0, 2, 60)], [(0, 55, 34, 57)], [(0, 0, 34, 2), (32, 0, 34, 60)], [(0, 14, 3, 18)]):
        _, parts = find_parts(boxes([digit, *box], (34, 60)))
        (part,) = without_frames(parts, (34, 60))
        assert (part.top, part.left, part.bottom, part.right) == digit


def test_a_digit_that_was_cut_out_tight_is_no_box():
    _, parts = find_parts(boxes([(0, 0, 20, 4)], (20, 4)))
    assert without_frames(parts, (20, 4)) == parts


def test_otsus_threshold_lies_between_two_kinds():
    values = np.concatenate([np.full(900, 0.1), np.full(100, 0.7)])
    assert 0.1 <= otsu(values) < 0.7
