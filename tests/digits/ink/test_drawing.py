"""Strokes leave the ink they should; undo, redo, erasing and resizing do what they say."""

import numpy as np
import pytest

from digits.ink.drawing import MAX_PAPERS, PEN_WIDTH, Clear, Drawing, PlacedImage, Stroke, render_strokes


def line(*points, width=0.1, erases=False):
    return Stroke(width, erases, list(points))


def test_a_line_is_as_wide_as_the_pen_and_has_no_gaps():
    drawing = Drawing(400)
    drawing.add(line((0.2, 0.5)))
    drawing.extend(0.8, 0.5)  # one jump over most of the paper
    assert (drawing.ink[200, 80:320] == 255).all()
    assert drawing.ink[:, 200].astype(float).sum() / 255 == pytest.approx(40, abs=0.5)
    assert drawing.ink[:, 200].nonzero()[0].size < 40 + 8  # the soft edge is narrow


def test_a_dot_is_round():
    drawing = Drawing(300)
    drawing.add(line((0.5, 0.5), width=0.3))
    area = drawing.ink.sum() / 255
    assert area == pytest.approx(np.pi * 45**2, rel=0.02)
    np.testing.assert_array_equal(drawing.ink, drawing.ink.T)


def test_strokes_point_by_point_equal_strokes_at_once():
    points = [(0.2, 0.3), (0.5, 0.7), (0.6, 0.2), (1.2, 0.4)]
    one, other = Drawing(200), Drawing(200)
    one.add(line(*points))
    other.add(line(points[0]))
    for point in points[1:]:
        other.extend(*point)
    np.testing.assert_array_equal(one.ink, other.ink)


def test_eraser_takes_ink_away():
    drawing = Drawing(200)
    drawing.add(line((0.1, 0.5), (0.9, 0.5)))
    drawing.add(line((0.5, 0.2), (0.5, 0.8), erases=True))
    assert drawing.ink[100, 100] == 0
    assert drawing.ink[100, 40] == 255


def test_undo_and_redo_action_by_action():
    drawing = Drawing(150)
    states = []
    actions = [
        line((0.2, 0.2), (0.8, 0.8)),
        line((0.8, 0.2), (0.2, 0.8)),
        line((0.5, 0.5), erases=True),
        Clear(),
        line((0.5, 0.1), (0.5, 0.9)),
    ]
    for action in actions:
        states.append(drawing.ink.copy())
        drawing.add(action)
    final = drawing.ink.copy()
    for state in reversed(states):
        drawing.undo()
        np.testing.assert_array_equal(drawing.ink, state)
    drawing.undo()  # nothing left: nothing happens
    for state in [*states[1:], final]:
        drawing.redo()
        np.testing.assert_array_equal(drawing.ink, state)
    drawing.redo()
    np.testing.assert_array_equal(drawing.ink, final)


@pytest.mark.parametrize("paper", [Clear(), PlacedImage(np.full((3, 3), 9, np.uint8))])
def test_what_lies_under_new_paper_is_not_rendered_again(paper, monkeypatch):
    hidden, seen, last = (Stroke(0.1, points=[(x, 0.5)]) for x in (0.2, 0.5, 0.8))
    drawing = Drawing(40)
    for action in (hidden, paper, seen, last):
        drawing.add(action)
    rendered = []
    monkeypatch.setattr(Stroke, "render", lambda stroke, *_: rendered.append(stroke))
    drawing.undo()
    drawing.resize(50)
    assert rendered == [seen, seen]


def test_a_new_stroke_forgets_what_was_undone():
    drawing = Drawing(100)
    drawing.add(line((0.2, 0.2)))
    drawing.undo()
    drawing.add(line((0.8, 0.8)))
    drawing.redo()
    assert len(drawing.actions) == 1


def test_clearing_blank_paper_is_no_action():
    drawing = Drawing(100)
    drawing.clear()
    assert drawing.actions == []


def test_resizing_keeps_the_drawing(train_digits):
    small, large = Drawing(300), Drawing(600)
    for drawing in (small, large):
        drawing.add(line((0.2, 0.3), (0.7, 0.9)))
    small.resize(600)
    np.testing.assert_array_equal(small.ink, large.ink)


@pytest.mark.parametrize(("x", "y"), [(0.5, 0.5), (0.0, 0.1), (1.3, 0.5), (-3, 9)])
def test_a_picture_may_lie_partly_outside(x, y, train_digits):
    drawing = Drawing(280)
    drawing.add(PlacedImage(train_digits.images[0], x=x, y=y, height=0.5))
    reference = np.zeros((280 * 9, 280 * 9), np.uint8)  # the paper, with eight more around it
    large = train_digits.images[0].repeat(5, axis=0).repeat(5, axis=1)
    top, left = round(y * 280 - 70) + 4 * 280, round(x * 280 - 70) + 4 * 280
    if 0 <= top < 2300 and 0 <= left < 2300:
        reference[top : top + 140, left : left + 140] = large
    np.testing.assert_array_equal(drawing.ink, reference[4 * 280 : 5 * 280, 4 * 280 : 5 * 280])


def test_a_picture_is_on_new_paper(train_digits):
    fresh, used = Drawing(280), Drawing(280)
    used.add(line((0, 0), (1, 1)))
    for drawing in (fresh, used):
        drawing.add(PlacedImage(train_digits.images[0]))
    np.testing.assert_array_equal(used.ink, fresh.ink)
    used.undo()
    assert used.ink[5, 5]


def test_rendered_strokes_span_60_percent_of_the_paper_in_its_middle():
    ink = render_strokes([np.array([[100, 7], [300, 7]]), np.array([[200, 107], [200, -93]])])
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    expected = (0.6 + PEN_WIDTH) * 560
    for side in (rows, columns):
        assert side[-1] - side[0] + 1 == pytest.approx(expected, abs=8)
        assert (side[0] + side[-1] + 1) / 2 == pytest.approx(280, abs=1)


def test_a_dot_and_nothing_can_be_drawn():
    assert render_strokes([np.array([[5.0, 5.0]])]).any()
    assert not render_strokes([]).any()
    assert not render_strokes([np.empty((0, 2))]).any()


def test_old_papers_are_forgotten_and_what_is_seen_is_not():
    drawing = Drawing(40)
    for _ in range(MAX_PAPERS + 20):
        drawing.add(Stroke(0.1, points=[(0.5, 0.5)]))
        drawing.clear()
    for x in (0.2, 0.8):
        drawing.add(Stroke(0.1, points=[(x, 0.5)]))
    assert len(drawing.actions) <= 2 * MAX_PAPERS + 2
    seen = drawing.ink.copy()
    drawing.resize(40)
    np.testing.assert_array_equal(drawing.ink, seen)
    undone = 0
    while drawing.actions:
        drawing.undo()
        undone += 1
    assert undone > 2 * MAX_PAPERS - 5
