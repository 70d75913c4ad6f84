"""A picture's ink, as the ink network sees it at each size."""

import numpy as np

from digits.ink.finding import MAX_HEIGHT, SIDES, inks_of_picture


def test_what_is_too_high_or_doubtful_is_no_ink_at_a_size(rng):
    seen = []

    def coverage(grey):
        ink = np.zeros(grey.shape, np.float32)
        if max(grey.shape) == SIDES[2]:
            ink[10 : 10 + MAX_HEIGHT, 20:30] = 1  # a digit
            ink[10 : 15 + MAX_HEIGHT, 60:70] = 1  # the side of a frame
            ink[10:40, 100:110] = 0.4  # who knows
        seen.append(max(grey.shape))
        return ink

    picture = rng.integers(0, 256, (600, 1000)).astype(np.uint8)
    inks = list(inks_of_picture(picture, coverage))
    assert seen == [*SIDES[:-1], 1000]
    assert [bool(ink.values.any()) for ink in inks] == [False, False, True, False, False]
    assert inks[2].values.shape == (MAX_HEIGHT, 10)
    np.testing.assert_allclose(inks[2].pixel, 1000 / SIDES[2], rtol=0.01)
