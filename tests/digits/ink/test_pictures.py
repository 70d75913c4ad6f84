"""Picture files from anybody: read where they can be, refused in one line where not."""

import json
import os

import numpy as np
import pytest
from PIL import Image, ImageOps

from digits.ink.drawing import render_strokes, spline
from digits.ink.pictures import read_pages, read_picture
from nn.errors import UserError
from tests.helpers import assert_refused, posix


@pytest.fixture
def seven():
    """A digit as dark ink on light paper."""
    return 255 - render_strokes([np.array([[0, 0], [6, 0], [2, 10]])])


@pytest.mark.parametrize("suffix", ["png", "bmp", "jpg", "jfif", "gif", "webp", "tif"])
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


def test_pictures_from_the_command_line(seven, tmp_path, program):
    Image.fromarray(seven).save(tmp_path / "a.png")
    Image.fromarray(255 - seven).save(tmp_path / "b.png")
    status, out, err = program("evaluate.py", "--image", tmp_path / "a.png", tmp_path / "b.png")
    assert (status, err) == (0, "")
    assert [line.split(": ")[1][0] for line in out.splitlines()] == ["7", "7"]
    status, out, _ = program("evaluate.py", "--json", "--image", tmp_path / "a.png")
    (row,) = json.loads(out)
    assert (row["digit"], row["is_digit"]) == (7, True)
    assert row["confidence"] > 0.9
    Image.fromarray(render_strokes([np.zeros((1, 2))])).save(tmp_path / "dot.png")
    assert program("evaluate.py", "--image", tmp_path / "dot.png")[1].endswith("  not a digit\n")
    assert "not a digit" not in out


def test_nothing_is_quite_certain(tmp_path, program):
    three = spline(np.array([[1, 1], [4, 0], [6, 2], [3, 4], [6, 6], [4, 8], [1, 7]], float))
    Image.fromarray(render_strokes([three])).save(tmp_path / "a.png")
    assert program("evaluate.py", "--image", tmp_path / "a.png")[1].endswith("a.png: 3  99.9%\n")


def test_bad_pictures(tmp_path, seven, program):
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
    }
    for name, message in cases.items():
        assert_refused(program("evaluate.py", "--image", tmp_path / name), name, message)
    status, out, err = program("evaluate.py", "--image", tmp_path / "text.png", tmp_path / "good.png")
    assert status == 2  # and yet the good one is read
    assert "good.png: 7" in out
    assert "text.png" in err


def test_a_library_in_c_does_not_print_its_own_messages(tmp_path, seven, capfd):
    Image.fromarray(seven).save(tmp_path / "a.tif", compression="tiff_lzw")
    content = bytearray((tmp_path / "a.tif").read_bytes())
    content[100:1000:7] = bytes(len(content[100:1000:7]))
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(UserError):
        read_picture(tmp_path / "a.tif")
    os.write(2, b"and no other message is lost")
    assert capfd.readouterr().err == "and no other message is lost"


def test_a_picture_of_92_megapixels(tmp_path, program):
    large = np.full((9600, 9600), 235, np.uint8)
    large[1500:8500, 4700:5200] = 20
    Image.fromarray(large).save(tmp_path / "large.png", compress_level=1)
    status, out, err = program("evaluate.py", "--image", tmp_path / "large.png")
    assert (status, err) == (0, "")
    assert "large.png: 1" in out


EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 100 100
showpage
"""


@posix
def test_a_picture_that_is_a_program_is_not_run(tmp_path, monkeypatch, program):
    """Pillow would hand it to Ghostscript, here to a stand-in that leaves a mark."""
    ghostscript = tmp_path / "gs"
    ghostscript.write_text(f"#!/bin/sh\ntouch {tmp_path / 'mark'}\n")
    ghostscript.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "seven.jpg").write_bytes(EPS)
    assert_refused(program("evaluate.py", "--image", tmp_path / "seven.jpg"), "is no picture")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("kind", ["AVIF", "DDS", "PCX", "TGA", "SGI", "ICNS", "ICO", "PPM", "JPEG2000"])
def test_formats_that_nobody_needs_are_not_opened(kind, seven, tmp_path):
    path = tmp_path / "seven.png"
    try:
        Image.fromarray(seven).convert("RGB").save(path, format=kind)
    except (KeyError, OSError):
        pytest.skip("not in this Pillow")
    with pytest.raises(UserError, match="is no picture that can be read: save it as PNG or JPEG"):
        read_picture(path)


@pytest.mark.parametrize("orientation", range(10))
def test_every_orientation_is_undone_as_pillow_does_it(orientation, seven, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(seven).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), expected)


def test_damaged_exif_data_turn_nothing(seven, tmp_path, monkeypatch):
    def fail(_):
        raise TypeError("damaged")

    Image.fromarray(seven).save(tmp_path / "a.png")
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.getexif", fail)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), seven)


SIZES = [("1", 10**6, 1), ("1", 1, 10**6), ("L", 10_001, 10_000), ("RGB", 7000, 7000), ("P", 6000, 6000)]


@pytest.mark.parametrize(("mode", "width", "height"), SIZES)
def test_pictures_that_are_too_large_are_not_decoded(mode, width, height, tmp_path, monkeypatch):
    Image.new(mode, (width, height)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("decoded"))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("decoded"))
    with pytest.raises(UserError, match="too large: scale it down"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA"])
def test_large_pictures_are_scaled_down_before_anything_is_made_of_them(mode, seven, tmp_path):
    large = Image.fromarray(seven).resize((4000, 4000), Image.Resampling.NEAREST)
    large.convert("RGBA" if mode == "LA" else mode).convert(mode).save(tmp_path / "a.png")
    grey = read_picture(tmp_path / "a.png")
    assert grey.shape == (2000, 2000)
    expected = np.asarray(Image.fromarray(seven).resize((2000, 2000)))
    assert np.abs(grey.astype(float) - expected).mean() < 3


@posix
@pytest.mark.parametrize("name", ["zero", "pipe"])
def test_what_may_have_no_end_is_not_opened(name, tmp_path):
    (tmp_path / "zero").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="Is not a file"):
        read_picture(tmp_path / name)


@posix
def test_names_of_files_cannot_reach_the_terminal(tmp_path, seven, program):
    path = tmp_path / "a\x1b[2J\n.png"
    Image.fromarray(seven).save(path)
    status, out, err = program("evaluate.py", "--image", path, tmp_path / "none\x07")
    assert status == 2
    assert r"a\x1b[2J\n.png: 7" in out
    assert r"none\x07" in err
    assert len(out.splitlines()) == len(err.splitlines()) == 1


def test_large_pictures_of_sixteen_bits_are_scaled_down(seven, tmp_path):
    large = np.kron(seven, np.ones((8, 8), np.uint8)).astype(np.uint16) * 257
    Image.fromarray(large).save(tmp_path / "a.png")
    grey = read_picture(tmp_path / "a.png")
    assert grey.shape == (2240, 2240)
    assert np.abs(grey.astype(float) - np.kron(seven, np.ones((4, 4)))).mean() < 1


def test_of_an_animation_the_first_picture_is_read(seven, tmp_path):
    rest = [Image.new("L", seven.shape, 255)]
    Image.fromarray(seven).save(tmp_path / "a.gif", save_all=True, append_images=rest)
    assert np.abs(read_picture(tmp_path / "a.gif").astype(float) - seven).mean() < 2
    assert len(read_pages(tmp_path / "a.gif")) == 1


@pytest.mark.parametrize(("sides", "read"), [((50, 200), 1), ((60, 60, 60), 2), ((50, 60), 2)])
def test_a_later_page_counts_as_the_first_does(sides, read, tmp_path, monkeypatch):
    """A page that is too large, or one too many, is not decoded."""
    monkeypatch.setattr("digits.ink.pictures.MAX_PIXELS", 10_000)
    first, *others = (Image.new("L", (side, side), 255) for side in sides)
    first.save(tmp_path / "a.tif", save_all=True, append_images=others)
    assert len(read_pages(tmp_path / "a.tif")) == read


def test_every_page_is_read_and_a_blank_one_passed_over(seven, tmp_path, program):
    blank = Image.new("L", seven.shape, 255)
    one = 255 - render_strokes([np.array([[0, 0], [0, 10]])])
    rest = [Image.fromarray(seven), Image.fromarray(one)]
    blank.save(tmp_path / "a.tif", save_all=True, append_images=rest)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif"), seven)
    status, out, err = program("evaluate.py", "--image", tmp_path / "a.tif")
    assert (status, err) == (0, "")
    assert [line.split("a.tif, page ")[1][:4] for line in out.splitlines()] == ["2: 7", "3: 1"]
    rows = json.loads(program("evaluate.py", "--json", "--image", tmp_path / "a.tif")[1])
    assert [(row["page"], row["numbers"]) for row in rows] == [(2, ["7"]), (3, ["1"])]


def test_folders_and_stars_stand_for_their_pictures(seven, tmp_path, program):
    for name in ("b.png", "a.JPG", "c.bmp"):
        Image.fromarray(seven).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    _, out, err = program("evaluate.py", "--image", tmp_path)
    assert [line.split(":")[0][-5:] for line in out.splitlines()] == ["a.JPG", "b.png", "c.bmp"]
    assert err == ""
    _, out, _ = program("evaluate.py", "--image", tmp_path / "*.[bp]*")
    assert [line.split(":")[0][-5:] for line in out.splitlines()] == ["b.png", "c.bmp"]
    assert_refused(program("evaluate.py", "--image", tmp_path / "*.gif"), "*.gif", "cannot read")
    (tmp_path / "empty").mkdir()
    assert_refused(program("evaluate.py", "--image", tmp_path / "empty"), "empty", "no pictures")


def test_a_picture_of_an_iphone_has_a_hint(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(UserError, match="save it as PNG or JPEG"):
        read_picture(tmp_path / "a.heic")


def test_a_sheet_with_a_transparent_margin_is_paper_to_its_edge(seven, tmp_path):
    sheet = Image.fromarray(seven).convert("RGBA")
    H, W = seven.shape
    larger = Image.new("RGBA", (W + 80, H + 60))
    larger.paste(sheet, (30, 20))
    larger.save(tmp_path / "a.png")
    expected = np.pad(seven, ((20, 40), (30, 50)), constant_values=255)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), expected)


@pytest.mark.parametrize(
    ("paper", "ink"),
    [((90, 150, 80), (215, 60, 60)), ((20, 20, 20), (40, 50, 190)), ((250, 250, 245), (250, 240, 90))],
)
def test_ink_that_differs_in_colour_alone_is_seen(seven, paper, ink, tmp_path):
    share = 1 - seven[..., np.newaxis] / 255
    colours = np.uint8(share * np.array(ink) + (1 - share) * np.array(paper))
    Image.fromarray(colours).save(tmp_path / "a.png")
    grey = read_picture(tmp_path / "a.png").astype(float)
    contrast = grey[seven == 0].mean() - grey[seven == 255].mean()
    assert abs(contrast) > 80
    assert np.corrcoef(grey.ravel(), seven.ravel())[0, 1] * np.sign(-contrast) > 0.99


def test_on_clean_paper_what_is_farthest_from_its_colour_is_ink(tmp_path):
    """Red on blue with a pale edge: in the usual grey the edge stands out most."""
    paper, edge, ink = (59, 76, 192), (200, 205, 215), (180, 4, 38)
    colours = np.full((120, 120, 3), paper, np.uint8)
    colours[20:100, 40:80] = edge
    colours[25:95, 45:75] = ink
    Image.fromarray(colours).save(tmp_path / "a.png")
    grey = read_picture(tmp_path / "a.png").astype(int)
    assert (grey[:20] == grey[0, 0]).all()
    assert abs(grey[60, 60] - grey[0, 0]) > abs(grey[22, 42] - grey[0, 0]) * 0.9
    assert (grey[60, 60] > grey[0, 0]) == (grey[22, 42] > grey[0, 0])
