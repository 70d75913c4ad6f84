"""What must stand out stands out, in light and in dark: WCAG 2.2, contrast of text and of controls.

`python -m pytest tests/window/test_contrast.py -s` prints the table.
"""

import numpy as np
import pytest

from window.theme import DARK, LIGHT

TEXT, CONTROL = 4.5, 3.0  # success criteria 1.4.3 and 1.4.11, level AA
PAIRS = [
    ("text", "card", TEXT),
    ("text", "desk", TEXT),
    ("text", "hovered", TEXT),
    ("text", "pressed", TEXT),
    ("muted", "card", TEXT),
    ("muted", "desk", TEXT),
    ("muted", "paper", TEXT),
    ("muted", "hovered", TEXT),
    ("muted", "pressed", TEXT),
    *(
        (state, ground, TEXT)
        for state in ("sure", "unsure", "rejected")
        for ground in ("card", "desk", "paper")
    ),
    ("ink", "paper", TEXT),
    ("edge", "card", CONTROL),
    ("edge", "desk", CONTROL),
    ("edge", "paper", CONTROL),
    ("other", "card", CONTROL),
    *((state, "hovered", CONTROL) for state in ("sure", "edge")),
]


def luminance(colour):
    """Relative luminance as WCAG defines it."""
    share = np.array(colour) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_what_is_known():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_contrasts(palette):
    found = {(a, b): contrast(getattr(palette, a), getattr(palette, b)) for a, b, _ in PAIRS}
    for a, b, least in PAIRS:
        print(f"{a:>9} on {b:8} {found[a, b]:5.2f}  (at least {least})")
    assert [pair for *pair, least in PAIRS if found[tuple(pair)] < least] == []
