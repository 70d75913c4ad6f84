"""Where everything is, computed from the window's size alone: beside the paper, or below it."""

from dataclasses import dataclass

from pygame import Rect

NORMAL_SIZE = (960, 680)  # pixels; all lengths below are meant for this size, and scale with the window
LEAST_SIZE = (320, 280)  # pixels; in a smaller window this is laid out, and cut off
TALL = 1.15  # height by width from which the panel stands below the paper
MARGIN = 20
GAP = 12
PANEL_WIDTH = 352
PANEL_HEIGHT = 290  # where it stands below
CAPTION_HEIGHT = 24  # below the answer and the frame
MESSAGE_HEIGHT = 72
BUTTON_HEIGHT = 46
MIN_BUTTON_HEIGHT = 36  # pixels, in any window: it has two lines of text
WIDE_ROWS, TALL_ROWS = 2, 3  # of buttons
MAX_PAPER_SHARE = 0.64  # of the width, where the panel stands beside it


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


def arrange(size: tuple[int, int], buttons: int, is_inside: bool = False) -> Layout:
    """The Layout of a window of this (width, height); is_inside makes room for the inside."""
    width, height = (max(side, least) for side, least in zip(size, LEAST_SIZE, strict=True))
    if height > TALL * width:
        return _tall_inside(width, height, buttons) if is_inside else _tall(width, height, buttons)
    return _wide_inside(width, height, buttons) if is_inside else _wide(width, height, buttons)


def _wide(width: int, height: int, count: int) -> Layout:
    """Paper to the left, the panel beside it, two rows of buttons below both."""
    unit = min(width / NORMAL_SIZE[0], height / NORMAL_SIZE[1])
    margin, gap = round(MARGIN * unit), round(GAP * unit)
    button_height = max(MIN_BUTTON_HEIGHT, round(BUTTON_HEIGHT * unit))
    below = 2 * (button_height + gap)
    side = min(height - 2 * margin - below, round((width - 3 * margin) * MAX_PAPER_SHARE))
    panel = min(round(max(PANEL_WIDTH * unit, side * 0.62)), width - side - 3 * margin)
    left = (width - side - panel - margin) // 2
    top = (height - side - below) // 2
    paper = Rect(left, top, side, side)

    x = paper.right + margin
    half = (panel - gap) // 2
    answer = Rect(x, paper.top, half, half)
    frame = Rect(x + half + gap, paper.top, half, half)
    message = Rect(x, answer.bottom + round(CAPTION_HEIGHT * unit), panel, round(MESSAGE_HEIGHT * unit))
    bars = Rect(x, message.bottom + gap // 2, panel, paper.bottom - message.bottom - gap // 2)
    across = Rect(paper.left, paper.bottom + gap, x + panel - paper.left, below - gap)
    return Layout(unit, paper, answer, frame, bars, message, _grid(across, count, WIDE_ROWS, gap))


def _tall(width: int, height: int, count: int) -> Layout:
    """Paper at the top, the panel below it, and three rows of buttons."""
    unit = min(width / 600, height / 960)
    margin, gap = round(MARGIN * unit), round(GAP * unit)
    button_height = max(MIN_BUTTON_HEIGHT, round(BUTTON_HEIGHT * unit))
    buttons = 3 * button_height + 2 * gap
    panel = round(PANEL_HEIGHT * unit)
    side = min(width - 2 * margin, height - 2 * margin - panel - buttons - 2 * gap)
    # What is left over makes the panel taller: its bars are easier to see then.
    panel = min(height - 2 * margin - side - buttons - 2 * gap, round(1.5 * panel))
    top = (height - side - panel - buttons - 2 * gap) // 2
    across = width - 2 * margin
    paper = Rect((width - side) // 2, top, side, side)

    y = paper.bottom + gap
    message_height = round(MESSAGE_HEIGHT * unit)
    caption = round(CAPTION_HEIGHT * unit)
    half = min((across - 3 * gap) // 4, panel - message_height - caption)
    answer = Rect(margin, y, half, half)
    frame = Rect(margin + half + gap, y, half, half)
    message = Rect(margin, answer.bottom + caption, 2 * half + gap, message_height)
    x = frame.right + 2 * gap
    bars = Rect(x, y, width - margin - x, panel)
    rows = Rect(margin, y + panel + gap, across, buttons)
    return Layout(unit, paper, answer, frame, bars, message, _grid(rows, count, TALL_ROWS, gap))


def _wide_inside(width: int, height: int, count: int) -> Layout:
    """To the left the paper and, below it, answer, frame and message; to the right what is inside."""
    unit = min(width / NORMAL_SIZE[0], height / NORMAL_SIZE[1])
    margin, gap = round(MARGIN * unit), round(GAP * unit)
    button_height = max(MIN_BUTTON_HEIGHT, round(BUTTON_HEIGHT * unit))
    below = 2 * (button_height + gap)
    free = height - 2 * margin - below
    caption, message_height = round(CAPTION_HEIGHT * unit), round(MESSAGE_HEIGHT * unit)
    # The paper and, half as high, answer and frame.
    side = min(round((free - gap - caption - message_height) / 1.5), round(width * 0.36))
    half = (side - gap) // 2
    paper = Rect(margin, margin, side, side)
    answer = Rect(margin, paper.bottom + gap, half, half)
    frame = Rect(margin + half + gap, answer.top, half, half)
    message = Rect(margin, answer.bottom + caption, side, message_height)
    bars = Rect(paper.right + margin, margin, width - side - 3 * margin, free)
    rows = Rect(margin, margin + free + gap, width - 2 * margin, below - gap)
    return Layout(unit, paper, answer, frame, bars, message, _grid(rows, count, WIDE_ROWS, gap))


def _tall_inside(width: int, height: int, count: int) -> Layout:
    """The paper at the top left, answer and frame beside it, below all of them what is inside."""
    unit = min(width / 600, height / 960)
    margin, gap = round(MARGIN * unit), round(GAP * unit)
    button_height = max(MIN_BUTTON_HEIGHT, round(BUTTON_HEIGHT * unit))
    buttons = 3 * button_height + 2 * gap
    caption, message_height = round(CAPTION_HEIGHT * unit), round(MESSAGE_HEIGHT * unit)
    across = width - 2 * margin
    half = (across - 4 * gap) // 4
    side = half * 2
    paper = Rect(margin, margin, side, side)
    x = paper.right + 2 * gap
    answer = Rect(x, margin, half, half)
    frame = Rect(x + half + gap, margin, half, half)
    message = Rect(x, answer.bottom + caption, 2 * half + gap, message_height)
    y = max(paper.bottom, message.bottom) + gap
    bars = Rect(margin, y, across, height - margin - buttons - gap - y)
    rows = Rect(margin, bars.bottom + gap, across, buttons)
    return Layout(unit, paper, answer, frame, bars, message, _grid(rows, count, TALL_ROWS, gap))


def _grid(rect: Rect, count: int, rows: int, gap: int) -> tuple[Rect, ...]:
    """So many buttons in rows that fill this rectangle, the first rows with one more if need be."""
    down = (rect.height + gap) / rows
    in_row = [count // rows + (row < count % rows) for row in range(rows)]
    return tuple(
        Rect(
            rect.left + round(k * (rect.width + gap) / n),
            rect.top + round(row * down),
            round((rect.width + gap) / n - gap),
            round(down - gap),
        )
        for row, n in enumerate(in_row)
        for k in range(n)
    )
