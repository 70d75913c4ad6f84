"""Where everything is, computed from the window's size alone, so that it can be any size."""

from dataclasses import dataclass

from pygame import Rect

MIN_SIZE = (640, 460)  # pixels; below this the smallest writing could not be read
NORMAL_SIZE = (960, 680)  # pixels; all below is meant for this size, and scales with the window
PANEL_WIDTH = 352
MARGIN = 24
GAP = 14
BUTTON_HEIGHT = 44
CAPTION_HEIGHT = 36  # below the answer and the frame
MESSAGE_HEIGHT = 52
MAX_PAPER_SHARE = 0.62  # of the width
BUTTON_COUNT = 6


@dataclass(frozen=True)
class Layout:
    """Rectangles in pixels, and the unit (1 in a window of NORMAL_SIZE) that all sizes scale with."""

    unit: float
    paper: Rect
    answer: Rect
    frame: Rect
    bars: Rect
    message: Rect
    buttons: tuple[Rect, ...]


def arrange(size: tuple[int, int]) -> Layout:
    """The Layout of a window of this (width, height)."""
    width, height = (max(side, least) for side, least in zip(size, MIN_SIZE, strict=True))
    unit = min(width / NORMAL_SIZE[0], height / NORMAL_SIZE[1])

    def px(n: float) -> int:
        return round(n * unit)

    margin = px(MARGIN)
    gap = px(GAP)
    button_height = px(BUTTON_HEIGHT)
    side = min(height - 2 * margin - gap - button_height, round((width - 3 * margin) * MAX_PAPER_SHARE))
    left = (width - 3 * margin - side - px(PANEL_WIDTH)) // 2 if width > NORMAL_SIZE[0] * unit else 0
    top = (height - 2 * margin - gap - button_height - side) // 2
    paper = Rect(margin + left, margin + top, side, side)

    x = paper.right + margin
    panel = min(px(PANEL_WIDTH), width - paper.right - 2 * margin)
    half = (panel - gap) // 2
    answer = Rect(x, paper.top, half, half)
    frame = Rect(x + half + gap, paper.top, half, half)
    message = Rect(x, answer.bottom + px(CAPTION_HEIGHT), panel, px(MESSAGE_HEIGHT))
    bars = Rect(x, message.bottom + gap, panel, paper.bottom - message.bottom - gap)

    across = x + panel - paper.left
    step = (across + gap) / BUTTON_COUNT
    buttons = tuple(
        Rect(paper.left + round(k * step), paper.bottom + gap, round(step - gap), button_height)
        for k in range(BUTTON_COUNT)
    )
    return Layout(unit, paper, answer, frame, bars, message, buttons)
