"""Pictures and sets from elsewhere: read where they can be, refused in one line where not."""

import json
import os
import zipfile

import numpy as np
import pytest
from PIL import Image

from digits.data.drawing_sets import read_drawings
from digits.ink.drawing import curve, draw
from digits.ink.pictures import read_picture
from nn.errors import UserError
from nn.files import read_arrays
from tests.helpers import assert_refused, call


@pytest.fixture
def seven():
    """A digit as dark ink on light paper."""
    return 255 - draw([np.array([[0, 0], [6, 0], [2, 10]])])


@pytest.mark.parametrize("suffix", ["png", "bmp", "jpg", "gif", "webp", "tif"])
def test_any_common_format(seven, suffix, tmp_path):
    path = tmp_path / f"seven.{suffix}"
    Image.fromarray(seven).save(path)
    assert np.abs(read_picture(path).astype(float) - seven).mean() < 2


def test_colour_transparency_and_depth(seven, tmp_path):
    alpha = Image.fromarray(np.dstack([np.zeros((*seven.shape, 3), np.uint8), 255 - seven]))
    deep = Image.fromarray(seven.astype(np.uint16) * 257)
    bilevel = Image.fromarray(seven).convert("1")
    share = Image.fromarray(seven.astype(np.float32) / 255)
    ten_bits = Image.fromarray(seven.astype(np.uint16) * 4 + 3)
    pictures = {"alpha.png": alpha, "deep.png": deep, "bilevel.png": bilevel, "share.tif": share}
    pictures["ten_bits.png"] = ten_bits
    for name, picture in pictures.items():
        picture.save(tmp_path / name)
        grey = read_picture(tmp_path / name)
        assert grey.dtype == np.uint8
        assert np.abs(grey.astype(float) - seven).mean() < 5


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_either_order_of_two_bytes(seven, order, tmp_path):
    deep = 5000 + 200 * seven.astype(np.uint16)
    Image.fromarray(deep.astype(order)).save(tmp_path / "a.tif")
    assert np.abs(read_picture(tmp_path / "a.tif") - deep / 257).max() < 1


def test_bright_ink_on_nothing_is_on_black_paper(seven, tmp_path):
    ink = 255 - seven
    Image.fromarray(np.dstack([np.full((*ink.shape, 3), 255, np.uint8), ink])).save(tmp_path / "a.png")
    assert np.abs(read_picture(tmp_path / "a.png").astype(float) - ink).mean() < 2


def test_a_number_that_is_none_is_black(tmp_path, recwarn):
    picture = np.full((40, 40), 0.5, np.float32)
    picture[3, 4] = np.nan
    Image.fromarray(picture).save(tmp_path / "a.tif")
    grey = read_picture(tmp_path / "a.tif")
    assert (grey[3, 4], grey[0, 0]) == (0, 128)
    assert len(recwarn) == 0


def test_a_phone_held_sideways(seven, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° to the right
    Image.fromarray(np.rot90(seven)).save(tmp_path / "a.jpg", exif=exif)
    assert np.abs(read_picture(tmp_path / "a.jpg").astype(float) - seven).mean() < 2


def test_pictures_from_the_command_line(seven, tmp_path):
    Image.fromarray(seven).save(tmp_path / "a.png")
    Image.fromarray(255 - seven).save(tmp_path / "b.png")
    status, out, err = call("evaluate.py", "--image", tmp_path / "a.png", tmp_path / "b.png")
    assert (status, err) == (0, "")
    assert [line.split(": ")[1][0] for line in out.splitlines()] == ["7", "7"]
    status, out, _ = call("evaluate.py", "--json", "--image", tmp_path / "a.png")
    (row,) = json.loads(out)
    assert (row["digit"], row["is_digit"]) == (7, True)
    assert row["confidence"] > 0.9
    Image.fromarray(draw([np.zeros((1, 2))])).save(tmp_path / "dot.png")
    assert call("evaluate.py", "--image", tmp_path / "dot.png")[1].endswith("  hardly a digit\n")
    assert "hardly" not in out


def test_nothing_is_quite_certain(tmp_path):
    three = curve(np.array([[1, 1], [4, 0], [6, 2], [3, 4], [6, 6], [4, 8], [1, 7]], float))
    Image.fromarray(draw([three])).save(tmp_path / "a.png")
    assert call("evaluate.py", "--image", tmp_path / "a.png")[1].endswith("a.png: 3  99.9%\n")


def test_bad_pictures(tmp_path, seven):
    Image.fromarray(seven).save(tmp_path / "good.png")
    whole = (tmp_path / "good.png").read_bytes()
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    Image.new("L", (1, 1), 255).save(tmp_path / "pixel.png")
    Image.new("L", (300, 200), 255).save(tmp_path / "white.png")
    cases = {
        "text.png": "is no picture",
        "half.png": "half.png",
        "pixel.png": "shows no ink",
        "white.png": "shows no ink",
        "missing.png": "No such file",
        "": "cannot read",
    }
    for name, message in cases.items():
        assert_refused(call("evaluate.py", "--image", tmp_path / name), name, message)
    status, out, err = call("evaluate.py", "--image", tmp_path / "text.png", tmp_path / "good.png")
    assert status == 2  # and yet the good one is read
    assert "good.png: 7" in out
    assert "text.png" in err


def test_a_picture_of_92_megapixels(tmp_path):
    large = np.full((9600, 9600), 235, np.uint8)
    large[1500:8500, 4700:5200] = 20
    Image.fromarray(large).save(tmp_path / "large.png", compress_level=1)
    status, out, err = call("evaluate.py", "--image", tmp_path / "large.png")
    assert (status, err) == (0, "")
    assert "large.png: 1" in out


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


def test_a_set_of_strokes(stroke_set):
    path, arrays = stroke_set
    np.savez(path, **arrays)
    drawings = read_drawings(path)
    images = list(drawings.images)
    np.testing.assert_array_equal(images[0], draw([arrays["points"][:3]]))
    np.testing.assert_array_equal(images[1], draw([arrays["points"][3:6], arrays["points"][6:]]))
    status, out, err = call("evaluate.py", "--drawings", path, "--json")
    assert (status, err) == (0, "")
    figures = json.loads(out)
    assert (figures["accuracy"], figures["count"]) == (1, 2)
    assert figures["per_digit"]["7"]["support"] == 1
    assert 0.5 < figures["mean_confidence"] <= 1
    assert "Accuracy 100.00% of 2" in call("evaluate.py", "--drawings", path)[1]


def test_a_set_of_scans_is_read_as_the_test_digits_are(test_digits, tmp_path):
    np.savez(tmp_path / "scans.npz", images=test_digits.images[:300], labels=test_digits.labels[:300])
    status, out, _ = call("evaluate.py", "--drawings", tmp_path / "scans.npz", "--json")
    assert status == 0
    assert json.loads(out)["accuracy"] > 0.98


def test_a_set_of_letters_is_to_be_turned_away(stroke_set):
    path, arrays = stroke_set
    np.savez(path, **arrays | {"labels": np.array([1, 0]), "characters": np.array(["a", "b"])})
    figures = json.loads(call("evaluate.py", "--drawings", path, "--json")[1])
    assert figures["turned_away"] == 0  # they are digits after all
    assert figures["turned_away_by_character"] == {"a": 0, "b": 0}
    assert "accuracy" not in figures


def test_a_set_whose_characters_are_digits_is_a_set_of_digits(stroke_set):
    path, arrays = stroke_set  # a 7 and a 4
    np.savez(path, **arrays | {"labels": np.array([1, 0]), "characters": np.array(["4", "7", "a"])})
    figures = json.loads(call("evaluate.py", "--drawings", path, "--json")[1])
    assert figures["accuracy"] == 1
    assert figures["per_digit"]["7"]["support"] == 1


def test_drawings_without_ink_count_as_misread_and_turned_away(tmp_path):
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 5:25, 13:16] = 255
    np.savez(tmp_path / "scans.npz", images=images, labels=np.array([3, 1]))
    figures = json.loads(call("evaluate.py", "--drawings", tmp_path / "scans.npz", "--json")[1])
    assert figures["accuracy"] == 0.5
    assert figures["turned_away"] >= 0.5


SPOILERS = [
    ("labels are missing", {"labels": None}),
    ("labels must be whole numbers", {"labels": np.array([0.5, 1])}),
    ("labels must be from 0 to 9", {"labels": np.array([7, 10])}),
    ("characters must be a list", {"characters": np.array("ab")}),
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


@pytest.mark.parametrize(("message", "spoiled"), SPOILERS)
def test_spoiled_sets_are_refused(stroke_set, message, spoiled):
    path, arrays = stroke_set
    arrays |= spoiled
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(UserError) as refusal:
        read_drawings(path)
    assert message in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_a_set_may_unpack_to_so_much_in_all(tmp_path):
    path = tmp_path / "set.npz"
    np.savez(path, a=np.zeros(100), b=np.zeros(100))  # 928 bytes each
    assert set(read_arrays(path, 1856, "npz")) == {"a", "b"}
    with pytest.raises(UserError, match="more than 1,855 bytes"):
        read_arrays(path, 1855, "npz")


def test_files_that_are_no_sets(tmp_path):
    path = tmp_path / "set.npz"
    assert_refused(call("evaluate.py", "--drawings", path), str(path), "No such file")
    path.write_bytes(b"nothing")
    assert_refused(call("evaluate.py", "--drawings", path), str(path), "no npz file")
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,  # 3 GB of zeros in 3 MB
        packed.open("labels.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(3000):
            member.write(bytes(1_000_000))
    assert os.path.getsize(path) < 5_000_000
    assert_refused(call("evaluate.py", "--drawings", path), str(path), "unpacks to more than")
