"""Which text a line shows: the line network's likeliest texts, and the digit network's word on each.

A text's score is the line network's log probability of it, the digit network's of each of its digits,
and costs for what is odd. But where there may be rules and waves between the digits, nearly all is left
to the line network, which has learned to read among them. Scores are in nats.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from digits.ink.framing import frame_ink
from digits.ink.line_image import MARGIN, line_image, normalised
from digits.ink.parts import join
from digits.model import CHARACTERS, OTHER, SLASH
from digits.reading.dividing import Line, Piece, Segment, divide, piece
from digits.reading.prediction import Digit, Glance, Prediction
from nn.ctc import align, beam_search, ctc_loss
from nn.losses import softmax

# Set by hand, after trials on composed lines. To fit them there (a conditional logit) was worse on other
# people's digits: of strings of USPS 92 % were read, and not 96.
REJECTED = 1.0  # nats that a digit costs where the digit network takes it for none
SIGN_COST = 0.7  # for each sign, of which the digit network says nothing
SLASH_COST = 1.0  # for each slash, besides: many a 1 looks like one
OTHER_COST = 3.0  # for each character that is none
CUT_COST = 1.5  # for each cut through connected ink
UNREAD_COST = 4.0  # for each tall component without a character
LEFT_OUT_COST = 0.2  # for each small one: a comma, or dirt
PRINTED_WEIGHT = 0.4  # of the digit network's word where paper is printed, …
MOST_PRINTED = 0.4  # … and the most that it can then take away
BEAMS = 6  # texts that are compared, …
LEAST = 4.0  # … if they are not less likely than the best by more nats: it saves time
STRIDE = 2  # columns of the line's image from one output of the line network to the next
FIRST = 13.5  # column in the middle of what the first output sees
LEAST_P = (
    0.01  # so likely is at least what the digit network thinks impossible: its piece may be cut wrongly
)
MAX_DIGIT_WIDTH = 1.5  # heights of the line: what is narrower may be one digit, whatever else it may be

ReadFrames = Callable[[ndarray], Sequence[Prediction]]  # frames (N, 28, 28) → N predictions
ReadLine = Callable[[ndarray], ndarray]  # a line's image (28, W) → log probabilities (T, 15)


class Networks(NamedTuple):
    """What reads frames, and what reads lines."""

    read_frames: ReadFrames
    read_line: ReadLine


class Text(NamedTuple):
    """What a line may say, and how likely that is."""

    score: float
    digits: list[Digit]


def possible_texts(line: Line, whole: ndarray | None, networks: Networks) -> list[Text]:
    """The likeliest texts of a line, the best first.

    `whole` is its frame, should it be one digit: then the digit network alone says which, as it does of
    a drawing.
    """
    image, scale = line_image(line.ink, line.height, line.middle)
    logp = networks.read_line(normalised(image))
    texts = beam_search(logp, BEAMS)
    likely = {text: score for text, score in texts if text and score > texts[0][1] - LEAST}
    may_be_digit = join(line.parts).width < MAX_DIGIT_WIDTH * line.height
    if may_be_digit:
        digit = int(logp[:, :10].max(axis=0).argmax())
        if (digit,) not in likely:
            loss, _ = ctc_loss(logp[np.newaxis], np.array([[digit]]))
            likely[digit,] = -float(loss[0])
    drafts = []
    pieces: dict[tuple[Segment, ...], Piece] = {}  # many texts have the same
    for text, score in likely.items():
        places = align(logp, text)
        centres = [_column_of((place.start + place.stop - 1) / 2, scale) for place in places]
        division = divide(line, text, centres)
        for segments, centre in zip(division.segments, centres, strict=True):
            if segments not in pieces:
                pieces[segments] = piece(line, segments, centre)
        drafts.append((score, places, division))
    if not drafts:
        return []
    all_ink = tuple(Segment(k, 0, line.ink.shape[1]) for k in range(len(line.parts)))
    is_whole = {segments: whole is not None and segments == all_ink for segments in pieces}
    frames = [whole if is_whole[key] else frame_ink(one.ink) for key, one in pieces.items()]
    predictions = dict(zip(pieces, networks.read_frames(np.array(frames)), strict=True))
    results = []
    is_printed = line.is_printed and not may_be_digit
    for score, places, division in drafts:
        if not is_printed:
            score -= CUT_COST * division.cuts + UNREAD_COST * division.unread
            score -= LEFT_OUT_COST * division.left_out
        digits = []
        for place, segments in zip(places, division.segments, strict=True):
            by_line = logp[place.start : place.stop, :-1].max(axis=0)
            prediction = predictions[segments]
            scores = by_line + _by_digit(prediction, is_printed)
            label = int(scores.argmax())
            score += float(scores[label] - by_line[place.label])
            if not is_whole[segments]:
                both = (scores[:10] if is_printed else scores[:10] / 2)[np.newaxis]
                prediction = prediction._replace(probabilities=softmax(both)[0])
            glances = [
                Glance(line.left + _column_of(k, scale), CHARACTERS[row.argmax()], float(row.max()))
                for k, row in enumerate(np.exp(logp[place.start : place.stop, :-1]), place.start)
            ]
            sign = label if label >= 10 else None
            digits.append(Digit(prediction, pieces[segments].box, sign, glances))
        results.append(Text(score, digits))
    return sorted(results, key=lambda text: -text.score)


def _column_of(output: float, scale: float) -> float:
    """The column of the line's ink in the middle of what this output of the line network sees."""
    return (STRIDE * output + FIRST - MARGIN) / scale


def _by_digit(prediction: Prediction, is_printed: bool) -> ndarray:
    """What the digit network adds to each character's score (14,), in nats."""
    scores = np.empty(OTHER + 1)
    scores[:10] = np.log(np.maximum(prediction.probabilities, LEAST_P))
    scores[:10] -= 0 if prediction.is_digit else REJECTED
    scores[10:] = -SIGN_COST
    scores[SLASH] -= SLASH_COST
    scores[OTHER] -= OTHER_COST
    return np.maximum(PRINTED_WEIGHT * scores, -MOST_PRINTED) if is_printed else scores
