"""Photos: ink is found whatever the light, and what shows beside the paper is none."""

import numpy as np
import pytest

from digits.ink.framing import frame
from tests.digits.ink.paper import difference, enlarged

ROWS, COLUMNS = np.mgrid[0:1:640j, 0:1:640j]
BLANK = np.zeros((28, 28), np.uint8)


def photo(image, rng, lamp=1.0, beside=None, noise=0.03):
    """Dark ink on unevenly lit, noisy, greyish paper, as a telephone would see it."""
    ink = enlarged(image, 16, rng, canvas=640, margin=90) / 255.0
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
    images = train_digits.images[:50]
    assert_alike([frame(photo(image, rng, lamp)) for image in images], images)


@pytest.mark.parametrize(
    "beside", [table, wooden_table, two_tables, black_frame, shadow, shadow_of_a_finger]
)
@pytest.mark.parametrize("turned", [False, True])  # or dark paper, bright ink
def test_what_is_beside_the_paper_or_falls_on_it_is_no_ink(train_digits, rng, beside, turned):
    images = train_digits.images[:20]
    photos = [photo(image, rng, beside=beside, noise=0.01) for image in images]
    assert_alike([frame(255 - one if turned else one) for one in photos], images)


def test_a_scan_with_a_black_margin_is_no_drawing_on_black_paper(train_digits, rng):
    images = train_digits.images[:20]
    scans = [255 - enlarged(image, 16, rng, canvas=640, margin=90) for image in images]
    for scan in scans:
        scan[:, :20] = scan[:, -20:] = scan[:20] = scan[-20:] = 0
    assert_alike([frame(scan) for scan in scans], images)


@pytest.mark.parametrize("times", [4, 16])
def test_a_drawing_cut_out_along_its_ink_is_no_photo(train_digits, times):
    for image in train_digits.images[:20][train_digits.labels[:20] != 1]:  # which leaves no paper
        box = image[image.any(axis=1)][:, image.any(axis=0)]
        drawing = 255 - box.repeat(times, axis=0).repeat(times, axis=1)
        assert difference(frame(drawing), image) < 0.01


@pytest.mark.parametrize("table", [0.1, 0.3])
def test_a_note_on_a_darker_table(train_digits, rng, table):
    def beside(scene):
        return np.where(np.maximum(abs(ROWS - 0.5), abs(COLUMNS - 0.5)) > 0.42, table, scene)

    images = train_digits.images[:20]
    assert_alike([frame(photo(image, rng, beside=beside, noise=0.01)) for image in images], images)


def test_dirt_is_no_ink(train_digits, rng):
    images = train_digits.images[:20]
    photos = [photo(image, rng, noise=0.01)[::2, ::2] for image in images]
    for one in photos:
        one[tuple(rng.integers(0, 320, (2, 50)))] = 0
    assert_alike([frame(one) for one in photos], images)


def test_a_small_scan_full_of_ink_is_no_photo(train_digits):
    images = train_digits.images[:20]
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
