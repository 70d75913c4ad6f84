"""Rules on the paper go, and what crosses them stays."""

import numpy as np
import pytest

from digits.ink.rules import without_rules

H, W = 120, 200
ROWS, COLUMNS = np.mgrid[:H, :W]


def rule(row, slope=0.0, thickness=2.0):
    return np.abs(ROWS - row - slope * (COLUMNS - W / 2)) < thickness / 2


STROKE = (np.abs(COLUMNS - 90 - (ROWS - 60) / 4) < 5) & (np.abs(ROWS - 60) < 40)


@pytest.mark.parametrize("slope", [0, 0.03, -0.07])
@pytest.mark.parametrize("turned", [False, True])
def test_a_rule_goes_and_a_stroke_across_it_stays(slope, turned):
    lines = rule(30, slope) | rule(62, slope) | rule(94, slope)
    mask = STROKE | lines
    strength = np.where(STROKE, 0.9, 0.4)
    mask, strength, stroke = (a.T if turned else a for a in (mask, strength, STROKE))
    left = without_rules(mask, strength)
    assert not left[~stroke].sum() > 0.02 * lines.sum()
    assert left[stroke].mean() > 0.97


@pytest.mark.parametrize("crossing", [0.4, 0.8])  # two rules may be twice as dark where they cross
def test_squares_go(crossing):
    across, down = ROWS % 20 < 2, COLUMNS % 20 < 2
    lines = across | down
    strength = np.where(STROKE, 0.9, np.where(across & down, crossing, 0.4))
    left = without_rules(STROKE | lines, strength)
    assert left[~STROKE].sum() < 0.02 * lines.sum()
    assert left[STROKE].mean() > 0.9


def test_some_pieces_of_a_rule_may_be_twice_as_dark():
    lines = rule(30) | rule(62) | rule(94)
    strength = np.where(STROKE, 1.0, np.where(COLUMNS % 100 < 20, 0.5, 0.25))
    left = without_rules(STROKE | lines, strength)
    assert left[~STROKE].sum() < 0.02 * lines.sum()
    assert left[STROKE].mean() > 0.97


def test_as_dark_as_the_ink_a_rule_goes_and_what_is_thicker_stays():
    mask = STROKE | rule(60)
    left = without_rules(mask, np.ones((H, W)))
    assert left[~STROKE].sum() < 30  # beside the stroke it is taken for a part of it
    assert left[STROKE].mean() > 0.97


@pytest.mark.parametrize(
    "mask",
    [
        rule(60) & (COLUMNS < 0.7 * W),  # the bar of a digit
        rule(60, thickness=12),  # a broad line
        np.abs(ROWS - 60 - 20 * np.sin(COLUMNS / 30)) < 2,  # not straight
        STROKE,
        rule(60, slope=0.3),  # a stroke from corner to corner
    ],
)
def test_what_is_no_rule_stays(mask):
    np.testing.assert_array_equal(without_rules(mask, np.ones((H, W))), mask)


def test_nothing_at_all():
    assert not without_rules(np.zeros((5, 7), bool), np.zeros((5, 7))).any()
