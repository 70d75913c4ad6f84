"""Photos: ink is found whatever the light, and what shows beside the paper is none."""

import numpy as np
import pytest
from PIL import Image

from digits.data.handwriting import parse_strokes
from digits.data.ood import LETTERS, SIGNS
from digits.ink.drawing import render_strokes
from digits.ink.framing import frame, frame_ink
from digits.ink.photo import neighbours
from tests.digits.ink.paper import difference, enlarged

ROWS, COLUMNS = np.mgrid[0:1:640j, 0:1:640j]
BLANK = np.zeros((28, 28), np.uint8)


def photo(image, rng, lamp=1.0, beside=None, noise=0.03, times=16):
    """Dark ink on unevenly lit, noisy, greyish paper, as a telephone would see it."""
    ink = enlarged(image, times, rng, canvas=640, margin=90) / 255.0
    scene = lamp * (0.85 - 0.35 * ROWS - 0.15 * COLUMNS) * (1 - 0.75 * ink)
    if beside:
        scene = blurred(beside(scene))
    scene += rng.normal(0, noise * lamp, ink.shape)
    return np.uint8(np.clip(scene, 0, 1) * 255)


def blurred(scene):
    for _ in range(4):
        around = np.pad(scene, 2, mode="edge")
        scene = (around[:-4, 2:-2] + around[4:, 2:-2] + around[2:-2, :-4] + around[2:-2, 4:]) / 4
    return scene


def table(scene):
    return np.where(COLUMNS + 0.1 * ROWS > 0.97, 0.15, scene)


def wooden_table(scene):
    wood = 0.06 + 0.04 * np.sin(200 * COLUMNS + 5 * ROWS)
    return np.where(ROWS > 0.9 - 0.1 * COLUMNS, wood, scene)


def two_tables(scene):
    return np.where(ROWS < 0.12, 0.02, table(scene))


def black_frame(scene):
    return np.where(np.maximum(abs(ROWS - 0.5), abs(COLUMNS - 0.5)) > 0.47, 0, scene)


def shadow(scene):
    return scene * np.where(ROWS + 0.3 * COLUMNS > 0.6, 0.55, 1)


def shadow_of_a_finger(scene):
    return scene * np.where((COLUMNS > 0.6) & (ROWS > 0.5), 0.6, 1)


def assert_alike(framed, images, mean=0.04, worst=0.12):
    differences = [difference(one, image) for one, image in zip(framed, images, strict=True)]
    assert np.mean(differences) < mean
    assert max(differences) < worst


@pytest.mark.parametrize("lamp", [1, 0.7, 0.4])  # by 0.4 of it, paper is darker than half-way
def test_photos_of_digits_come_out_much_as_the_digits(train_digits, rng, lamp):
    images = train_digits.images[:8]
    assert_alike([frame(photo(image, rng, lamp)) for image in images], images)


@pytest.mark.parametrize(
    ("beside", "turned"),  # turned: dark paper, bright ink
    [
        (table, False),
        (table, True),
        (wooden_table, True),
        (two_tables, False),
        (black_frame, True),
        (shadow, False),
        (shadow_of_a_finger, False),
        (shadow_of_a_finger, True),
    ],
)
def test_what_is_beside_the_paper_or_falls_on_it_is_no_ink(train_digits, rng, beside, turned):
    images = train_digits.images[:8]
    photos = [photo(image, rng, beside=beside, noise=0.01) for image in images]
    assert_alike([frame(255 - one if turned else one) for one in photos], images)


def test_a_scan_with_a_black_margin_is_no_drawing_on_black_paper(train_digits, rng):
    images = train_digits.images[:6]
    scans = [255 - enlarged(image, 16, rng, canvas=640, margin=90) for image in images]
    for scan in scans:
        scan[:, :20] = scan[:, -20:] = scan[:20] = scan[-20:] = 0
    assert_alike([frame(scan) for scan in scans], images)


@pytest.mark.parametrize("times", [4, 16])
def test_a_drawing_cut_out_along_its_ink_is_no_photo(train_digits, times):
    for image in train_digits.images[:6][train_digits.labels[:6] != 1]:  # which leaves no paper
        box = image[image.any(axis=1)][:, image.any(axis=0)]
        drawing = 255 - box.repeat(times, axis=0).repeat(times, axis=1)
        assert difference(frame(drawing), image) < 0.01


@pytest.mark.parametrize("table", [0.1, 0.3])
def test_a_note_on_a_darker_table(train_digits, rng, table):
    def beside(scene):
        return np.where(np.maximum(abs(ROWS - 0.5), abs(COLUMNS - 0.5)) > 0.42, table, scene)

    images = train_digits.images[:6]
    assert_alike([frame(photo(image, rng, beside=beside, noise=0.01)) for image in images], images)


def test_dirt_is_no_ink(train_digits, rng):
    images = train_digits.images[:6]
    photos = [photo(image, rng, noise=0.01)[::2, ::2] for image in images]
    for one in photos:
        one[tuple(rng.integers(0, 320, (2, 50)))] = 0
    assert_alike([frame(one) for one in photos], images)


def test_a_small_scan_full_of_ink_is_no_photo(train_digits):
    images = train_digits.images[:6]
    for image in images:
        rows, columns = image.any(axis=1), image.any(axis=0)
        box = image[rows][:, columns].repeat(3, axis=0).repeat(3, axis=1)
        assert difference(frame(box), image) < 0.01


@pytest.mark.parametrize("noise", [0.03, 0.01, 0.003])
@pytest.mark.parametrize("shape", ["0", "1"])
def test_a_digit_that_goes_on_beyond_the_photo_is_read_all_the_same(rng, shape, noise):
    line = abs(np.hypot(COLUMNS - 0.5, ROWS - 0.5) - 0.46) if shape == "0" else abs(COLUMNS - 0.5)
    framed = frame(
        photo(BLANK, rng, beside=lambda scene: np.where(line < 0.05, 0.1, scene), noise=noise)
    )
    expected = frame(np.where(line < 0.05, 0.0, 1.0))
    assert np.sum(framed > 100) == pytest.approx(np.sum(expected > 100), rel=0.15)
    for axis in (0, 1):
        assert np.sum(framed.any(axis=axis)) == np.sum(expected.any(axis=axis))


def test_a_photo_of_blank_paper_has_no_ink(rng):
    assert frame(photo(BLANK, rng)) is None


def share_read(photos, labels, recogniser):
    """The share of photos of which just the digit on them is read."""
    readings = [recogniser.read_numbers(one) for one in photos]
    texts = [
        " ".join(number.text for number in reading.numbers) if reading else "" for reading in readings
    ]
    return np.mean([text == str(label) for text, label in zip(texts, labels, strict=True)])


def best_frame(image, recogniser):
    """The frame of what is seen of a photo that shows a digit."""
    ink, _ = recogniser.see(image)
    return frame_ink(ink.values)


def soft_shadow(scene):
    return scene * (1 - 0.45 / (1 + np.exp(-(ROWS + 0.3 * COLUMNS - 0.6) * 60)))


def lit_corner(scene):
    return scene * (0.6 + 0.4 / (1 + np.exp((0.7 * ROWS + COLUMNS - 0.4) * 30)))


@pytest.mark.parametrize(
    ("beside", "noise"),
    [(None, 0.03), (table, 0.03), (two_tables, 0.03), (soft_shadow, 0.01), (lit_corner, 0.01)],
)
def test_a_small_digit_on_a_large_photo_is_found(train_digits, rng, recogniser, beside, noise):
    digits = train_digits[:6]  # 40 pixels high of 640
    photos = [photo(image, rng, beside=beside, noise=noise, times=2) for image in digits.images]
    assert share_read(photos, digits.labels, recogniser) >= 0.8


def ruled(scene):
    return scene * np.where((640 * ROWS - 15 * COLUMNS) % 60 < 4, 0.7, 1)


def faintly_ruled(scene):
    """Rules of which one piece in five is plain and the others are hardly there."""
    is_rule = (640 * ROWS - 15 * COLUMNS) % 60 < 2
    return scene - np.where(is_rule, np.where((COLUMNS + ROWS) % 0.5 < 0.1, 0.3, 0.08), 0)


def squared(scene):
    return ruled(ruled(scene).T).T


@pytest.mark.parametrize("beside", [ruled, faintly_ruled, squared])
@pytest.mark.parametrize("times", [3, 16])
def test_rules_are_no_ink(train_digits, rng, recogniser, beside, times):
    digits = train_digits[:6]
    photos = [photo(image, rng, beside=beside, noise=0.01, times=times) for image in digits.images]
    assert share_read(photos, digits.labels, recogniser) >= 0.95


def test_rules_on_a_clean_scan_are_no_ink(train_digits, rng, recogniser):
    digits = train_digits[:6]
    rules = np.where(np.arange(640)[:, np.newaxis] % 60 < 3, 120, 255).astype(np.uint8)
    scans = [255 - enlarged(image, 12, rng, canvas=640, margin=90) for image in digits.images]
    scans = [np.minimum(scan, rules) for scan in scans]
    assert share_read(scans, digits.labels, recogniser) >= 0.95


@pytest.mark.parametrize("side", range(4))
def test_a_digit_at_the_edge_of_the_photo_is_not_left_out(train_digits, rng, recogniser, side):
    images = train_digits.images[:4]
    for image in images:
        scene = photo(image, rng, noise=0.01, times=8)
        rows, columns = np.nonzero(scene < 0.5 * np.median(scene))
        cut = [
            scene[rows.min() :],
            scene[: rows.max()],
            scene[:, columns.min() :],
            scene[:, : columns.max()],
        ]
        assert difference(best_frame(cut[side], recogniser), image) < 0.12


def test_a_bar_at_the_edge_does_not_hide_the_digit(train_digits, rng, recogniser):
    def bar_at_the_edge(scene):
        return np.where((COLUMNS < 0.04) & (abs(ROWS - 0.5) < 0.17), 0.15 * scene, scene)

    images, labels = train_digits.images[:4], train_digits.labels[:4]
    photos = [photo(image, rng, beside=bar_at_the_edge, noise=0.01, times=10) for image in images]
    texts = ["".join(n.text for n in recogniser.read_numbers(scene).numbers) for scene in photos]
    for text, label in zip(texts, labels, strict=True):
        assert text in (str(label), f"1{label}")  # the bar may be a 1, or the side of a box


def test_the_corner_of_a_table_is_no_digit(rng, recogniser):
    def seven(scene):
        return np.where((ROWS < 0.08) | (COLUMNS > 0.93 - 0.04 * ROWS), 0.1, scene)

    for noise in (0.01, 0.02, 0.03):
        reading = recogniser.read_numbers(photo(BLANK, rng, beside=seven, noise=noise))
        heights = [digit.box[3] for digit in reading.digits if digit.is_digit] if reading else []
        assert max(heights, default=0) < 64


def test_a_dirty_edge_beside_a_digit_is_left_out(train_digits, rng):
    images = train_digits.images[:4]

    def dirty(scene):
        return np.where((ROWS < 0.01) & (COLUMNS % 0.2 < 0.1), 0.1, scene)

    assert_alike([frame(photo(image, rng, beside=dirty, noise=0.01)) for image in images], images)


@pytest.mark.parametrize("turned", [False, True])
def test_a_lamps_reflection_is_no_ink(train_digits, rng, recogniser, turned):
    def lamp(scene):
        spot = np.exp(-((ROWS - 0.1) ** 2 + (COLUMNS - 0.1) ** 2) / 0.01)
        return np.minimum(1, scene + 0.6 * spot)

    for image in train_digits.images[:4]:
        scene = photo(image, rng, beside=None if turned else lamp, noise=0.01, times=6)
        assert difference(best_frame(255 - scene if turned else scene, recogniser), image) < 0.12


def test_a_photo_pasted_on_a_page_is_one_all_the_same(train_digits, rng, recogniser):
    for image in train_digits.images[:4]:
        page = np.full((900, 1000), 255, np.uint8)
        page[100:740, 200:840] = photo(image, rng, noise=0.01)
        ink, reading = recogniser.see(page)
        assert difference(frame_ink(ink.values), image) < 0.12
        left, top, width, height = reading.digits[0].box
        assert 200 < left < left + width < 840
        assert 100 < top < top + height < 740


@pytest.mark.parametrize("strip", [(slice(0, 20), slice(None)), (slice(None), slice(-20, None))])
def test_a_strip_that_a_scanner_leaves_is_no_ink(train_digits, rng, recogniser, strip):
    for image in train_digits.images[:4]:
        scan = 255 - enlarged(image, 12, rng, canvas=640, margin=60)
        scan[:20] = scan[-20:] = scan[:, :20] = 170
        scan[strip] = 170
        assert difference(best_frame(scan, recogniser), image) < 0.05


def test_bold_digits_cut_out_tight_are_not_turned_inside_out(train_digits, recogniser):
    right = []
    for image, label in zip(train_digits.images[:24], train_digits.labels[:24], strict=True):
        bold = np.max(neighbours(image), axis=0)
        rows, columns = bold.any(axis=1), bold.any(axis=0)
        tight = bold[rows][:, columns] > 100
        for picture in (np.uint8(255) * tight, np.uint8(255) * ~tight):
            right += [recogniser.read(picture).digit == label]
    assert np.mean(right) > 0.9


@pytest.mark.parametrize("thickness", [1, 2])
@pytest.mark.parametrize("size", [28, 40, 60])
def test_the_frame_of_a_cell_is_no_ink(train_digits, recogniser, size, thickness):
    cells = []
    for image in train_digits.images[:12]:
        cell = np.full((size, size), 255, np.uint8)
        digit = Image.fromarray(255 - image[4:24, 4:24]).resize((size - 10, size - 10))
        cell[5:-5, 5:-5] = digit
        cell[:thickness] = cell[-thickness:] = cell[:, :thickness] = cell[:, -thickness:] = 0
        cells.append(cell)
    assert share_read(cells, train_digits.labels[:12], recogniser) >= 0.9


def test_the_paper_of_a_cell_is_not_what_is_seen_first(train_digits):
    for image in train_digits.images[:8]:
        cell = np.full((30, 30), 255, np.uint8)
        cell[1:-1, 1:-1] -= image
        cell[[0, -1]] = cell[:, [0, -1]] = 0
        assert difference(frame(cell), image) < 0.1


@pytest.mark.parametrize("paper", [0, 255])
def test_a_bold_1_on_a_small_picture_is_no_cell(paper):
    picture = np.full((32, 32), paper, np.uint8)
    picture[4:28, 12:20] = 255 - paper
    np.testing.assert_array_equal(frame(picture), frame(picture, paper=paper))


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
