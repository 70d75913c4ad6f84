"""The curves can be read whatever the values: even one epoch's have a scale."""

import pytest

from nn.plots import curves
from nn.plots.style import chart


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("ends", [(0.011, 0.019), (0.0061, 0.0099), (0.3, 30.0), (0.015, 0.03)])
def test_at_least_two_ticks_within_the_scale(ends, inverted):
    _, axes = chart("", "")
    axes.set_yscale("log")
    axes.set_ylim(ends[::-1] if inverted else ends)
    curves._ticks_1_2_5(axes)
    low, high = sorted(axes.get_ylim())
    assert len(axes.get_yticks()) >= 2
    assert low <= min(ends[0], *axes.get_yticks())
    assert high >= max(ends[1], *axes.get_yticks())
    assert axes.yaxis_inverted() == inverted
