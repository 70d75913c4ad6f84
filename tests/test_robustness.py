"""Spoiled digits are spoiled as asked, and not at all by nothing."""

import numpy as np
import pytest

from nn.robustness import TRIALS, spoil


@pytest.mark.parametrize("what", TRIALS)
def test_by_nothing_nothing_changes(what, train_digits):
    few = train_digits[:20]
    np.testing.assert_allclose(spoil(what, 0, few).images.astype(int), few.images, atol=1)


@pytest.mark.parametrize("what", TRIALS)
def test_more_changes_more(what, train_digits):
    few = train_digits[:20]
    changes = [
        np.abs(spoil(what, much, few).images.astype(int) - few.images).mean()
        for much in sorted({abs(much) for much in TRIALS[what][1]})
    ]
    assert changes == sorted(changes)
    assert changes[-1] > 3


def test_stroke_width_changes_the_amount_of_ink(train_digits):
    few = train_digits[:20]
    thin, same, thick = (spoil("stroke width", much, few).images.mean() for much in (-1, 0, 1))
    assert thin < 0.8 * same < same < thick / 1.2
