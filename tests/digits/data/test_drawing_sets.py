"""Sets of drawings from anybody: read where they can be, refused in one line where not."""

import json

import numpy as np
import pytest

from digits.data.drawing_sets import read_drawing_set
from digits.ink.drawing import render_strokes
from nn.errors import UserError
from tests.helpers import assert_refused


@pytest.fixture
def stroke_set(tmp_path):
    """Two drawings, a 7 in one stroke and a 4 in two, and the arrays they are stored as."""
    four = [[(4, 0), (0, 6), (7, 6)], [(5, 3), (5, 10)]]
    strokes = [[(0, 0), (6, 0), (2, 10)], *four]
    arrays = {
        "points": np.array([p for stroke in strokes for p in stroke], np.float32),
        "stroke_start": np.array([0, 3, 6, 8]),
        "sample_start": np.array([0, 1, 3]),
        "labels": np.array([7, 4]),
    }
    return tmp_path / "set.npz", arrays


def test_a_set_of_strokes(stroke_set, program):
    path, arrays = stroke_set
    np.savez(path, **arrays)
    drawings = read_drawing_set(path)
    images = list(drawings.images)
    assert len(drawings.images) == len(images) == 2
    np.testing.assert_array_equal(images[0], render_strokes([arrays["points"][:3]]))
    np.testing.assert_array_equal(
        images[1], render_strokes([arrays["points"][3:6], arrays["points"][6:]])
    )
    np.testing.assert_array_equal(drawings.images[1], images[1])
    (only,) = drawings[1:].images
    np.testing.assert_array_equal(only, images[1])
    status, out, err = program("evaluate.py", "--drawings", path, "--json")
    assert (status, err) == (0, "")
    figures = json.loads(out)
    assert (figures["accuracy"], figures["count"]) == (1, 2)
    assert figures["per_digit"]["7"]["support"] == 1
    assert 0.5 < figures["mean_confidence"] <= 1
    assert "Accuracy 100.00% of 2" in program("evaluate.py", "--drawings", path)[1]


def test_a_set_of_scans_is_read_as_the_test_digits_are(test_digits, tmp_path, program):
    np.savez(tmp_path / "scans.npz", images=test_digits.images[:300], labels=test_digits.labels[:300])
    status, out, _ = program("evaluate.py", "--drawings", tmp_path / "scans.npz", "--json")
    assert status == 0
    assert json.loads(out)["accuracy"] > 0.98


def test_a_set_of_letters_is_to_be_rejected(stroke_set, program):
    path, arrays = stroke_set
    np.savez(path, **arrays | {"labels": np.array([1, 0]), "characters": np.array(["a", "b"])})
    figures = json.loads(program("evaluate.py", "--drawings", path, "--json")[1])
    assert figures["turned_away"] == 0  # they are digits after all
    assert figures["turned_away_by_character"] == {"a": 0, "b": 0}
    assert "accuracy" not in figures


def test_a_set_whose_characters_are_digits_is_a_set_of_digits(stroke_set, program):
    path, arrays = stroke_set  # a 7 and a 4
    np.savez(path, **arrays | {"labels": np.array([1, 0]), "characters": np.array(["4", "7", "a"])})
    figures = json.loads(program("evaluate.py", "--drawings", path, "--json")[1])
    assert figures["accuracy"] == 1
    assert figures["per_digit"]["7"]["support"] == 1


def test_drawings_without_ink_count_as_misread_and_rejected(tmp_path, program):
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 5:25, 13:16] = 255
    np.savez(tmp_path / "scans.npz", images=images, labels=np.array([3, 1]))
    figures = json.loads(program("evaluate.py", "--drawings", tmp_path / "scans.npz", "--json")[1])
    assert figures["accuracy"] == 0.5
    assert figures["turned_away"] >= 0.5


DAMAGED = [
    ("labels are missing", {"labels": None}),
    ("labels must be whole numbers", {"labels": np.array([0.5, 1])}),
    ("labels must be from 0 to 9", {"labels": np.array([7, 10])}),
    ("characters must be a list", {"characters": np.array("ab")}),
    ("characters must be a list of text", {"characters": np.array([b"4", b"7"] * 5)}),
    ("characters must be text", {"characters": np.full(10, 2**31, np.uint32).view("<U1")}),
    ("there are more than 10000 characters", {"characters": np.full(10_001, "a")}),
    ("points must be finite", {"points": np.full((8, 2), 1e300)}),
    ("images must have at most", {"images": np.zeros((2, 3, 5000), np.uint8)}),
    ("characters must be short", {"characters": np.full(10, "a" * 100)}),
    (
        "a drawing has more than",
        {"points": np.zeros((3006, 2)), "stroke_start": np.array([0, 3, 6, 3006])},
    ),
    ("there are more than 300,000 drawings", {"labels": np.zeros(300_001, np.uint8)}),
    ("there are more than 3,000,000 strokes", {"stroke_start": np.zeros(3_000_001, np.uint8)}),
    ("stroke_start is wrong", {"stroke_start": np.array(3)}),
    ("sample_start is wrong", {"sample_start": np.array(3)}),
    ("stroke_start is wrong", {"stroke_start": np.array([0, 2**64 - 5, 3, 8], np.uint64)}),
    ("labels must be from 0 to 0", {"characters": np.array(["a"])}),
    ("neither images nor points", {"points": None}),
    ("points must be (M, 2)", {"points": np.zeros(8)}),
    ("points must be finite", {"points": np.full((8, 2), np.nan)}),
    ("stroke_start is wrong", {"stroke_start": np.array([0, 5, 3, 8])}),
    ("sample_start is wrong", {"sample_start": np.array([0, 1, 9])}),
    ("one drawing for each label", {"labels": np.array([7, 4, 1])}),
    ("images must be bytes", {"images": np.zeros((2, 5, 5))}),
    ("one image for each label", {"images": np.zeros((3, 5, 5), np.uint8)}),
    ("no npz file", {"labels": np.array([{}], object)}),
    ("labels must be from 0 to 9", {"labels": np.array([7, -1])}),
    ("stroke_start is wrong", {"stroke_start": np.array([1, 3, 5, 8])}),
    ("one image for each label", {"images": np.zeros((2, 0, 5), np.uint8)}),
]


@pytest.mark.parametrize(("message", "changes"), DAMAGED)
def test_corrupt_sets_are_refused(stroke_set, message, changes):
    path, arrays = stroke_set
    arrays |= changes
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(UserError) as refusal:
        read_drawing_set(path)
    assert message in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_files_that_are_no_sets(tmp_path, program, monkeypatch):
    path = tmp_path / "set.npz"
    assert_refused(program("evaluate.py", "--drawings", path), str(path), "No such file")
    path.write_bytes(b"nothing")
    assert_refused(program("evaluate.py", "--drawings", path), str(path), "no npz file")
    np.savez_compressed(path, labels=np.zeros(50_000_000, np.uint8))
    with monkeypatch.context() as patch:
        patch.setattr("digits.data.drawing_sets.MAX_SET_BYTES", 1_000_000)
        assert_refused(program("evaluate.py", "--drawings", path), str(path), "unpacks to more than")


def test_names_of_characters_cannot_reach_the_terminal(stroke_set):
    path, arrays = stroke_set
    np.savez(path, **arrays | {"labels": np.array([1, 0]), "characters": np.array(["a\x1b[2J", "b"])})
    assert read_drawing_set(path).class_names == (r"a\x1b[2J", "b")


def test_offsets_of_small_whole_numbers_do_not_wrap_around(tmp_path, rng):
    arrays = {"points": rng.random((510, 2)), "labels": np.array([0])}
    arrays |= {"stroke_start": np.arange(0, 511, 2), "sample_start": np.array([0, 255], np.uint8)}
    np.savez(tmp_path / "set.npz", **arrays)
    (image,) = read_drawing_set(tmp_path / "set.npz").images
    assert image.any()


def test_strokes_of_hardly_any_extent_are_dots(tmp_path):
    assert render_strokes([np.array([[0, 0], [5e-324, 5e-324]])]).any()
