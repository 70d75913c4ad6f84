"""What stands beside the paper: the answer, the network's frame, ten bars, what there is to say."""

from typing import TYPE_CHECKING, NamedTuple

import pygame

from window import theme
from window.layout import Layout
from window.theme import Colour, Painter, Palette

if TYPE_CHECKING:  # a second thread loads them
    from digits.reading.inside import Look
    from digits.reading.prediction import Prediction, Reading

LIKELY = 0.5  # from here on a digit is more likely than all others together
SURE = 0.9  # shown as "sure" from this confidence; nineteen in twenty drawings reach it
CONSIDERABLE = 0.05  # the runner-up is named from this probability
ERASER = "Eraser: press E or P to draw again"


def percent(share: float) -> str:
    """0.998 → '99.8 %'; never 100 % for what is not quite certain, as nothing is."""
    return f"{min(100 * float(share), 99.9) if share < 1 else 100:.1f} %"


def with_article(digit: int) -> str:
    """'a 7', 'an 8'."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


def headline(reading: "Reading") -> str:
    """'3', '42', '17 42'; '3?' for what is hardly a digit but most like a 3; '?' if like none."""
    single = reading.single
    if single and not single.is_digit:
        return f"{single.digit}?" if single.confidence >= LIKELY else "?"
    return "\n".join(" ".join(number.text for number in line) for line in reading.lines)


def confidence(reading: "Reading") -> float:
    """The probability that all of it is right."""
    result = 1.0
    for number in reading.numbers:
        result *= number.confidence
    return result


def colour_of(prediction: "Prediction", colours: Palette) -> Colour:
    """Sure, unsure or rejected."""
    if not prediction.is_digit:
        return colours.rejected
    return colours.sure if prediction.confidence >= SURE else colours.unsure


def _colour(reading: "Reading", colours: Palette) -> Colour:
    single = reading.single
    if single:
        return colour_of(single, colours)
    if not any(digit.is_digit for digit in reading.digits):
        return colours.rejected
    has_signs = any("?" in number.text for number in reading.numbers)
    return colours.sure if confidence(reading) >= SURE and not has_signs else colours.unsure


def title(reading: "Reading | None", name: str) -> str:
    """'42 · 98.7 % – Digit Recognition'."""
    if reading is None:
        return name
    text = headline(reading).replace("\n", " / ")
    has_digits = any(character.isdecimal() for character in text)
    share = f" · {percent(confidence(reading))}" if has_digits else ""
    return f"{text}{share} – {name}"


class Answer(NamedTuple):
    """What is said of the drawing: in large characters, and in words."""

    lines: list[str]
    colour: Colour
    verdict: str
    note: str = ""


def answer_of(reading: "Reading", colours: Palette) -> Answer:
    """What was read."""
    colour = _colour(reading, colours)
    return Answer(headline(reading).split("\n"), colour, _verdict(reading), _second_thought(reading))


def answer_of_look(look: "Look", change: str, colours: Palette) -> Answer:
    """What the network makes of a frame that was changed."""
    digit, share = int(look.probabilities.argmax()), float(look.probabilities.max())
    colour = colours.sure if share >= SURE else colours.unsure
    note = f"of the frame with {change} (click the frame to undo that)"
    return Answer([str(digit)], colour, _in_words(digit, share), note)


def draw_answer(
    painter: Painter, layout: Layout, answer: Answer | None, is_drawing: bool = False
) -> None:
    """What is read, large; muted while somebody is drawing."""
    rect = layout.answer
    colours = painter.palette
    painter.card(rect, colours.card, colours.line)
    below = (rect.centerx, rect.bottom + round(3 * painter.unit))
    painter.write("what it reads", 12, colours.muted, midtop=below)
    if answer is None:
        painter.write("draw", 24, colours.edge, center=rect.center)
        return
    lines = answer.lines
    most = 4
    if len(lines) > most:
        lines = [*lines[: most - 1], f"… {len(lines) - most + 1} more"]
    inside = rect.inflate(-rect.width // 8, -rect.height // 8)
    height = inside.height / len(lines)
    for k, line in enumerate(lines):
        row = pygame.Rect(inside.left, inside.top + round(k * height), inside.width, round(height))
        size = min(rect.height * 0.62, height * 0.8) / painter.unit
        colour = colours.muted if is_drawing else answer.colour
        painter.write_to_fit(line, size, colour, row, bold=True)


def draw_frame(painter: Painter, layout: Layout, prediction: "Prediction | None") -> None:
    """The 28×28 frame just as the network gets it, each pixel a square."""
    rect = layout.frame
    colours = painter.palette
    painter.card(rect, colours.card, colours.line)
    if prediction is not None:
        scale = max(1, (rect.width - round(8 * painter.unit)) // 28)
        picture = theme.ink_surface(prediction.network_input, colours)
        picture = pygame.transform.scale_by(picture, scale)
        painter.surface.blit(picture, picture.get_rect(center=rect.center))
    below = (rect.centerx, rect.bottom + round(3 * painter.unit))
    painter.write("what it sees", 12, colours.muted, midtop=below)


def draw_message(
    painter: Painter, layout: Layout, answer: Answer | None, note: str, is_drawing: bool = False
) -> None:
    """How sure it is, in words; below it whatever else there is to say."""
    rect = layout.message
    colours = painter.palette
    unit = painter.unit
    text = "Draw a digit or a number"
    colour = colours.muted
    if answer is not None:
        text = answer.verdict
        note = note or answer.note
        if not is_drawing:
            colour = colours.text if answer.colour == colours.sure else answer.colour
    lines = theme.wrap_into(1, text, 19 * unit, rect.width)
    painter.write(lines[0], 19, colour, bold=True, topleft=rect.topleft)
    for k, line in enumerate(theme.wrap_into(2, note, 13 * unit, rect.width)):
        place = (rect.left, rect.top + round((29 + 18 * k) * unit))
        painter.write(line, 13, colours.muted, topleft=place)


def _verdict(reading: "Reading") -> str:
    single = reading.single
    share = percent(confidence(reading))
    if single is None:
        if not any(digit.is_digit for digit in reading.digits):
            return "Not digits"
        return f"{share} sure" if confidence(reading) >= SURE else f"Perhaps · {share}"
    if not single.is_digit:
        return "Not a digit"
    return _in_words(single.digit, single.confidence)


def _in_words(digit: int, share: float) -> str:
    return (
        f"{percent(share)} sure"
        if share >= SURE
        else f"Perhaps {with_article(digit)} · {percent(share)}"
    )


def _second_thought(reading: "Reading") -> str:
    single = reading.single
    if single is None:
        signs = sum(text.count("?") for text in (number.text for number in reading.numbers))
        if signs:
            return "? stands for what is no digit"
        return "Point at a digit to see how it is read; click its label to keep it"
    if not single.is_digit:
        if single.confidence < LIKELY:
            return ""
        return f"if it is one, {with_article(single.digit)} ({percent(single.confidence)})"
    runner_up = single.runner_up
    share = single.probabilities[runner_up]
    if share < CONSIDERABLE:
        return ""
    return f"or perhaps {with_article(runner_up)} ({percent(share)})"


def bar_track(layout: Layout, digit: int) -> pygame.Rect:
    """Where a digit's bar is: as long as the whole of it where the digit is certain."""
    rect = layout.bars
    row = rect.height / 10
    before = max(round(26 * layout.unit), 18)
    after = theme.font(14 * layout.unit, bold=True).size("100.0 %")[0] + round(8 * layout.unit)
    track = pygame.Rect(0, 0, rect.width - before - after, max(5, round(row * 0.44)))
    track.midleft = (rect.left + before, round(rect.top + (digit + 0.5) * row))
    return track


def draw_bars(painter: Painter, layout: Layout, prediction: "Prediction | None") -> None:
    """One bar for each digit, as long as it is probable; none for what is like no digit at all."""
    rect = layout.bars
    colours = painter.palette
    unit = painter.unit
    row = rect.height / 10
    is_like_none = prediction is None or (not prediction.is_digit and prediction.confidence < LIKELY)
    for digit in range(10):
        share = 0.0 if prediction is None else float(prediction.probabilities[digit])
        best = prediction is not None and not is_like_none and digit == prediction.digit
        colour = colour_of(prediction, colours) if best and prediction else colours.muted
        y = rect.top + (digit + 0.5) * row
        painter.write(str(digit), 15, colour, bold=best, midleft=(rect.left, y))
        track = bar_track(layout, digit)
        radius = track.height // 3
        filled = track.copy()
        filled.width = round(track.width * share)
        pygame.draw.rect(painter.surface, colours.card, track, border_radius=radius)
        if is_like_none:
            pygame.draw.rect(painter.surface, colours.line, track, width=1, border_radius=radius)
            continue
        if filled.width > 1:
            bar = colour if best else colours.other
            pygame.draw.rect(painter.surface, bar, filled, border_radius=min(radius, filled.width // 2))
        pygame.draw.rect(painter.surface, colours.edge, track, width=1, border_radius=radius)
        painter.write(percent(share), 14, colour, bold=best, midright=(rect.right, y))
    if prediction is not None and is_like_none:
        text = "like none of the ten"
        place = pygame.Rect((0, 0), theme.font(14 * unit).size(text)).inflate(round(16 * unit), 8)
        place.center = rect.center
        painter.card(place, colours.desk, colours.desk)
        painter.write(text, 14, colours.rejected, center=rect.center)
