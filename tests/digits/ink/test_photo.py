"""Photos: what is written is read whatever the light, and whatever else is on the picture."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from digits.data.handwriting import parse_strokes
from digits.data.ood import LETTERS, SIGNS
from digits.ink.drawing import render_strokes
from tests.digits.ink.paper import enlarged

ROWS, COLUMNS = np.mgrid[0:1:640j, 0:1:640j]
BLANK = np.zeros((28, 28), np.uint8)


def photo(image, rng, lamp=1.0, beside=None, noise=0.01, times=8):
    """Dark ink on unevenly lit, noisy, greyish paper, as a telephone would see it."""
    ink = enlarged(image, times, rng, canvas=640, margin=90) / 255.0
    scene = lamp * (0.85 - 0.35 * ROWS - 0.15 * COLUMNS) * (1 - 0.75 * ink)
    if beside:
        scene = gaussian_filter(beside(scene), 2)
    scene += rng.normal(0, noise * lamp, ink.shape)
    return np.uint8(np.clip(scene, 0, 1) * 255)


def text(picture, recogniser):
    reading = recogniser.read_numbers(picture)
    return " ".join(number.text for number in reading.numbers) if reading else ""


@pytest.fixture
def assert_read(train_digits, rng, recogniser):
    """That of photos of six digits, taken with these options, at most one is not read."""

    def check(turned=False, finish=None, **options):
        found = []
        for image in train_digits.images[:6]:
            picture = photo(image, rng, **options)
            picture = 255 - picture if turned else picture
            found.append(text(finish(picture) if finish else picture, recogniser))
        labels = [str(label) for label in train_digits.labels[:6]]
        assert sum(a == b for a, b in zip(found, labels, strict=True)) >= 5, (found, labels)

    return check


def table(scene):
    return np.where(COLUMNS + 0.1 * ROWS > 0.97, 0.15, scene)


def wooden_table(scene):
    wood = 0.06 + 0.04 * np.sin(200 * COLUMNS + 5 * ROWS)
    return np.where(ROWS > 0.9 - 0.1 * COLUMNS, wood, scene)


def two_tables(scene):
    return np.where(ROWS < 0.12, 0.02, table(scene))


def table_around(scene):
    return np.where(np.maximum(abs(ROWS - 0.5), abs(COLUMNS - 0.5)) > 0.44, 0.2, scene)


def frame_of_a_board(scene):
    distance = np.maximum(abs(ROWS - 0.5), abs(COLUMNS - 0.5))
    return np.where(distance > 0.46, 0.6, np.where(distance > 0.43, 0.1, scene))


def shadow(scene):
    return scene * np.where(ROWS + 0.3 * COLUMNS > 0.6, 0.55, 1)


def shadow_of_a_finger(scene):
    return scene * np.where((COLUMNS > 0.6) & (ROWS > 0.5), 0.6, 1)


def lit_corner(scene):
    return scene * (0.6 + 0.4 / (1 + np.exp((0.7 * ROWS + COLUMNS - 0.4) * 30)))


def lamp_reflected(scene):
    return np.minimum(1, scene + 0.6 * np.exp(-((ROWS - 0.1) ** 2 + (COLUMNS - 0.1) ** 2) / 0.01))


def ruled(scene):
    return scene * np.where((640 * ROWS - 15 * COLUMNS) % 60 < 4, 0.7, 1)


def steeply_ruled(scene):
    return scene * np.where((640 * ROWS - 160 * COLUMNS) % 60 < 3, 0.7, 1)


def squared(scene):
    return ruled(ruled(scene).T).T


def holes(scene):
    inside = np.hypot(COLUMNS - 0.05, (ROWS + 0.1) % 0.3 - 0.15) < 0.02
    return np.where(inside, 0.1, scene)


def pen(scene):
    return np.where((abs(COLUMNS - 0.93 - 0.05 * ROWS) < 0.012) & (abs(ROWS - 0.5) < 0.35), 0.1, scene)


def bar_at_the_edge(scene):
    return np.where((COLUMNS < 0.04) & (abs(ROWS - 0.5) < 0.17), 0.15 * scene, scene)


@pytest.mark.parametrize("lamp", [1, 0.7, 0.4])  # by 0.4 of it, paper is darker than half-way
@pytest.mark.parametrize("times", [2, 16])  # 40 and 320 pixels high of 640
def test_photos_of_digits_are_read(assert_read, lamp, times):
    assert_read(lamp=lamp, times=times, noise=0.03)


SURROUNDINGS = [
    *(table, wooden_table, two_tables, table_around, frame_of_a_board),
    *(shadow, shadow_of_a_finger, lit_corner, lamp_reflected),
    *(ruled, steeply_ruled, squared, holes, pen, bar_at_the_edge),
]


@pytest.mark.parametrize("beside", SURROUNDINGS)
def test_what_else_is_on_the_picture_is_no_ink(assert_read, beside):
    assert_read(beside=beside)


@pytest.mark.parametrize("beside", [None, table, shadow, ruled])
def test_bright_ink_on_dark_paper_is_read_as_well(assert_read, beside):
    assert_read(beside=beside, turned=True)


@pytest.mark.parametrize("beside", [two_tables, lit_corner, squared])
def test_a_small_digit_on_a_large_photo_is_found(assert_read, beside):
    assert_read(beside=beside, times=3)


def on_a_page(picture):
    return np.pad(picture, 200, constant_values=255)


def with_dirt(picture):
    picture[tuple(np.random.default_rng(0).integers(0, len(picture), (2, 50)))] = 0
    return picture


def black_margin(picture):
    return np.pad(picture[20:-20, 20:-20], 20)


@pytest.mark.parametrize("finish", [on_a_page, with_dirt, black_margin])
def test_what_is_done_to_a_photo_afterwards_does_no_harm(assert_read, finish):
    assert_read(finish=finish)


def test_where_a_photo_on_a_page_has_its_digit(train_digits, rng, recogniser):
    reading = recogniser.read_numbers(on_a_page(photo(train_digits.images[0], rng)))
    left, top, width, height = reading.digits[0].box
    assert 290 < left < left + width < 750
    assert 290 < top < top + height < 750
    assert 120 < height < 200


@pytest.mark.parametrize("side", range(4))
def test_a_digit_at_the_edge_of_the_photo_is_not_left_out(train_digits, rng, recogniser, side):
    right = 0
    for image, label in zip(train_digits.images[:6], train_digits.labels[:6], strict=True):
        scene = photo(image, rng)
        rows, columns = np.nonzero(scene < 0.5 * np.median(scene))
        cut = [
            scene[rows.min() :],
            scene[: rows.max()],
            scene[:, columns.min() :],
            scene[:, : columns.max()],
        ]
        right += text(cut[side], recogniser) == str(label)
    assert right >= 5


def test_a_photo_of_blank_paper_or_of_a_corner_has_no_digit(rng, recogniser):
    def corner_of_a_table(scene):
        return np.where((ROWS < 0.08) | (COLUMNS > 0.93 - 0.04 * ROWS), 0.1, scene)

    for beside in (None, corner_of_a_table, shadow):
        for noise in (0.01, 0.03):
            reading = recogniser.read_numbers(photo(BLANK, rng, beside=beside, noise=noise))
            assert reading is None or not reading.accepted


def test_a_page_of_text_has_no_digit(rng, recogniser):
    letters = list("abcdefghkmnpqrtuvwxyzABCDEFGHKLMNPRTUVWXY     ")
    page = Image.new("L", (800, 600), 235)
    for row in range(20):
        line = "".join(rng.choice(letters, 110))
        ImageDraw.Draw(page).text((20, 20 + 28 * row), line, fill=40, font_size=16)
    reading = recogniser.read_numbers(np.asarray(page))
    assert reading is None or not reading.accepted


def scan(image, rng):
    return 255 - enlarged(image, 12, rng, canvas=640, margin=90)


def with_rules(scan):
    return np.minimum(scan, np.where(np.arange(640)[:, np.newaxis] % 60 < 3, 120, 255)).astype(np.uint8)


def with_strip(scan):
    scan[:20] = scan[-20:] = scan[:, :20] = 170
    return scan


@pytest.mark.parametrize("finish", [black_margin, with_rules, with_strip])
def test_scans_with_rules_and_margins_are_read(train_digits, rng, recogniser, finish):
    found = [text(finish(scan(image, rng)), recogniser) for image in train_digits.images[:6]]
    assert sum(a == str(b) for a, b in zip(found, train_digits.labels[:6], strict=True)) >= 5


@pytest.mark.parametrize("times", [3, 16])
def test_a_drawing_cut_out_along_its_ink_is_no_photo(train_digits, recogniser, times):
    right = []
    for image, label in zip(train_digits.images[:24], train_digits.labels[:24], strict=True):
        box = image[image.any(axis=1)][:, image.any(axis=0)].repeat(times, 0).repeat(times, 1)
        right += [text(picture, recogniser) == str(label) for picture in (box, 255 - box)]
    assert np.mean(right) > 0.9


@pytest.mark.parametrize("thickness", [1, 2])
@pytest.mark.parametrize("size", [28, 40, 60])
def test_the_frame_of_a_cell_is_no_ink(train_digits, recogniser, size, thickness):
    found = []
    for image in train_digits.images[:12]:
        cell = np.full((size, size), 255, np.uint8)
        digit = Image.fromarray(255 - image[4:24, 4:24]).resize((size - 10, size - 10))
        cell[5:-5, 5:-5] = digit
        cell[:thickness] = cell[-thickness:] = cell[:, :thickness] = cell[:, -thickness:] = 0
        found.append(text(cell, recogniser))
    assert sum(a == str(b) for a, b in zip(found, train_digits.labels[:12], strict=True)) >= 11


def test_what_is_no_digit_is_not_made_one_by_a_closer_look(rng, recogniser):
    kept = []
    for texts in [*LETTERS.values(), *SIGNS.values()][::4]:
        ink = render_strokes([stroke * 100 for stroke in parse_strokes(texts)])
        scene = 180 - 0.55 * ink - 20 * np.linspace(0, 1, len(ink)) + rng.normal(0, 3, ink.shape)
        for picture in (255 - ink, scene.astype(np.uint8)):
            reading = recogniser.read_numbers(picture)
            kept.append(reading is not None and reading.accepted > 0)
    assert np.mean(kept[::2]) < 0.05
    assert np.mean(kept[1::2]) < 0.05
