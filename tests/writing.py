"""Digits and signs as they might be drawn, and drawings of whole texts made of them."""

import numpy as np

from digits.ink.drawing import Drawing, Stroke, spline

# Digits as they might be drawn, x and y from 0 to 1 of the height, and signs that are none.
GLYPHS = {
    "0": ["0.35,0 0.1,0.2 0.05,0.6 0.2,0.95 0.45,0.95 0.6,0.6 0.55,0.2 0.35,0"],
    "1": ["0.05,0.25 0.25,0", "0.25,0 0.25,0.5 0.25,1"],
    "2": ["0.05,0.2 0.2,0 0.45,0 0.55,0.25 0.4,0.55 0.05,1", "0.05,1 0.3,1 0.6,1"],
    "3": ["0.05,0.1 0.3,0 0.5,0.15 0.45,0.4 0.2,0.48 0.5,0.55 0.6,0.8 0.35,1 0.05,0.9"],
    "4": ["0.3,0 0.05,0.6", "0.05,0.6 0.3,0.6 0.65,0.6", "0.45,0.3 0.45,0.7 0.45,1"],
    "5": ["0.1,0 0.08,0.45", "0.08,0.45 0.35,0.38 0.58,0.65 0.4,0.98 0.05,0.9", "0.1,0 0.3,0 0.55,0"],
    "6": ["0.45,0 0.15,0.4 0.08,0.75 0.3,1 0.52,0.8 0.35,0.55 0.1,0.7"],
    "7": ["0.05,0 0.3,0 0.55,0", "0.55,0 0.35,0.5 0.25,1"],
    "8": ["0.5,0.15 0.25,0 0.1,0.2 0.3,0.45 0.55,0.75 0.3,1 0.08,0.75 0.3,0.45 0.5,0.2 0.5,0.15"],
    "9": ["0.5,0.15 0.25,0 0.08,0.25 0.25,0.48 0.5,0.25 0.5,0.15 0.48,0.55 0.4,1"],
    "−": ["0,0.55 0.15,0.55 0.3,0.55"],
    ",": ["0.1,0.95 0.05,1.15"],
    "X": ["0,0 0.35,0.5 0.7,1", "0.7,0 0.35,0.5 0,1"],
    " ": [],
}
SPACE = 1.2  # heights


def glyph(character):
    """Its strokes: each an array (M, 2) of x and y."""
    return [
        np.array([point.split(",") for point in stroke.split()], float) for stroke in GLYPHS[character]
    ]


def write(text, height=0.28, gap=0.2, left=0.03, top=0.3, drawing=None):
    """A drawing of this text; gap and height are shares of the digits' height and of the paper."""
    drawing = drawing or Drawing(560)
    x = left
    for character in text:
        strokes = glyph(character)
        for stroke in strokes:
            points = np.array([x, top]) + spline(stroke) * height
            drawing.add(Stroke(0.1 * height, points=list(map(tuple, points))))
        width = max((stroke[:, 0].max() for stroke in strokes), default=SPACE)
        x += (width + gap) * height
    return drawing
