"""From any ink to MNIST's own frame: enlarged digits come back, oddities are handled."""

import numpy as np
import pytest

from digits.ink.finding import ink_of_drawing
from digits.ink.framing import apply_domain_offset, frame, frame_ink, moved
from tests.digits.ink.paper import difference, enlarged


def test_500_digits_enlarged_anywhere_come_back(train_digits, rng):
    differences = [
        difference(frame(enlarged(image, 10, rng)), image) for image in train_digits.images[:500]
    ]
    assert max(differences) < 0.01


def test_dark_ink_on_light_paper_is_the_same(train_digits, rng):
    for image in train_digits.images[:20]:
        large = enlarged(image, 10, rng)
        np.testing.assert_allclose(frame(255 - large, paper=255), frame(large), atol=1)


def test_the_centre_of_mass_is_where_mnist_has_it(train_digits, rng):
    for image in train_digits.images[:50]:
        framed = frame(enlarged(image, 7, rng)).astype(float)
        for axis in (0, 1):
            mass = framed.sum(axis=axis)
            assert abs(mass @ np.arange(28) / mass.sum() - 14) < 0.6


def test_the_domain_offset_is_two_pixels_up_and_left(rng):
    frames = rng.integers(1, 256, (3, 28, 28)).astype(np.uint8)
    moved = apply_domain_offset(frames)
    np.testing.assert_array_equal(moved[:, :26, :26], frames[:, 2:, 2:])
    assert not moved[:, 26:].any()
    assert not moved[:, :, 26:].any()
    np.testing.assert_array_equal(apply_domain_offset(frames[1]), moved[1])
    np.testing.assert_array_equal(apply_domain_offset(frames, 0), frames)


def test_what_leaves_the_frame_does_not_come_back_on_the_other_side(rng):
    image = rng.integers(1, 256, (28, 28)).astype(np.uint8)
    shown = moved(image, 1, -3)
    np.testing.assert_array_equal(shown[1:, :-3], image[:-1, 3:])
    assert not shown[0].any()
    assert not shown[:, -3:].any()


def test_the_longer_side_becomes_20_pixels_and_the_aspect_stays():
    image = np.zeros((300, 400), np.uint8)
    image[20:220, 50:150] = 255  # 200×100
    framed = frame(image)
    rows, columns = np.flatnonzero(framed.any(axis=1)), np.flatnonzero(framed.any(axis=0))
    assert (len(rows), len(columns)) == (20, 10)
    assert (framed[rows][:, columns] == 255).all()


@pytest.mark.parametrize("paper", [60, 127, 128, 200])
@pytest.mark.parametrize("pen", [0, 255])
def test_any_paper_and_any_pen(train_digits, rng, paper, pen):
    for image in train_digits.images[:10]:
        large = enlarged(image, 10, rng)
        drawn = np.rint(paper + (pen - float(paper)) * (large / 255)).astype(np.uint8)
        np.testing.assert_allclose(frame(drawn, paper), frame(large), atol=255 / abs(pen - paper))


def test_a_speck_that_nobody_sees_changes_nothing(train_digits, rng):
    for image in train_digits.images[:10]:
        drawn = 255 - enlarged(image, 5, rng)
        expected = frame(drawn, paper=255)
        drawn[3, 690] = 250
        np.testing.assert_array_equal(frame(drawn, paper=255), expected)


def test_averaging_over_areas_keeps_the_amount_of_ink(rng):
    image = np.zeros((90, 90), np.uint8)
    image[10:83, 21:68] = rng.integers(1, 256, (73, 47))  # 73 → 20 rows, 47 → 13 columns
    framed = frame(image, min_strength=0)
    assert framed.sum() / (20 * 13) == pytest.approx(image[10:83, 21:68].mean(), rel=0.01)


def drawn_with(pen, shade=255):
    """Two lines of this pen, 400 pixels high and 100 wide."""
    image = np.zeros((600, 600), np.uint8)
    image[100:500, 300 : 300 + pen] = image[100 : 100 + pen, 200:300] = shade
    return image


@pytest.mark.parametrize("shade", [255, 60])
@pytest.mark.parametrize("pen", [4, 20, 80])  # a hundredth of the longer side, to a fifth
def test_thin_and_faint_lines_are_made_as_strong_as_mnists(shade, pen):
    framed = frame(drawn_with(pen, shade)) / 255
    assert np.sum(framed**2) / np.sum(framed) > 0.65
    if shade == 255 and pen == 80:
        np.testing.assert_array_equal(framed, frame(drawn_with(pen), min_strength=0) / 255)


@pytest.mark.parametrize("shade", [255, 60])
def test_thin_lines_are_widened_by_a_pixel_and_others_are_not(shade):
    for pen, share in ((4, 0.7), (54, 0)):
        image = drawn_with(pen, shade)
        framed, plain = frame(image), frame(image, min_strength=0)
        line = framed[14].astype(int)
        left, right = np.flatnonzero(plain[14])[[0, -1]]
        assert line[left - 1] == pytest.approx(share * line[left], abs=1)
        assert line[right + 1] == pytest.approx(share * line[right], abs=1)
        assert not line[: left - 1].any()
        assert not line[right + 2 :].any()


@pytest.mark.parametrize("paper", [1, 3, 20])
def test_dark_paper_with_a_little_noise_is_blank(paper, rng):
    noisy = np.full((100, 100), paper, np.uint8)
    noisy[rng.random((100, 100)) < 0.05] = 0
    assert frame(noisy) is None


def test_small_scans_are_enlarged_smoothly():
    image = np.zeros((16, 16), np.uint8)
    image[3:13, 7:9] = 255
    framed = frame(image)
    rows, columns = np.flatnonzero(framed.any(axis=1)), np.flatnonzero(framed.any(axis=0))
    assert rows.size == 20
    assert framed.max() == 255
    image[3:13, 5:11] = [40, 90, 255, 255, 90, 40]
    framed = frame(image, min_strength=0)
    columns = np.flatnonzero(framed.any(axis=0))
    middle = framed[14, columns[0] : columns[-1] + 1].astype(int)
    np.testing.assert_allclose(middle, middle[::-1], atol=1)
    assert (np.diff(middle[: len(columns) // 2]) >= 0).all()


def test_what_is_made_stronger_is_at_most_full_ink():
    image = np.zeros((200, 200), np.uint8)
    image[20:180, 100:104] = 120  # faint, and of a thin pen
    image[90:110, 90:110] = 255
    framed = frame(image)
    assert framed[framed > 0].mean() > frame(image, min_strength=0)[framed > 0].mean()
    assert framed[13, 13] == framed[14, 14] == 255


@pytest.mark.parametrize("paper", [0, 255, 128])
@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (28, 28), (400, 300)])
def test_blank_paper_has_no_frame(paper, shape):
    assert frame(np.full(shape, paper, np.uint8), paper) is None


@pytest.mark.parametrize(("row", "column"), [(0, 0), (50, 50), (99, 0), (99, 99)])
def test_a_single_dot_anywhere_is_framed(row, column):
    image = np.zeros((100, 100), np.uint8)
    image[row, column] = 255
    assert frame(image).shape == (28, 28)


def test_a_drawing_that_is_mostly_ink_is_no_photo():
    image = np.zeros((560, 560), np.uint8)
    image[40:520, 60:500] = 255
    assert (frame(image) > 0).sum() == 20 * 18


def test_ink_in_one_corner_of_its_box_stays_in_the_frame():
    image = np.zeros((200, 200), np.uint8)
    image[10:60, 10:60] = 255  # heavy
    image[10:14, 10:190] = image[10:190, 10:14] = 255  # and two long thin arms
    framed = frame(image)
    rows = np.flatnonzero(framed.any(axis=1))
    assert len(rows) == 20


def test_floats_and_bytes_are_the_same(train_digits, rng):
    large = enlarged(train_digits.images[3], 9, rng)
    np.testing.assert_allclose(frame(large / 255.0), frame(large), atol=1)


def test_ink_is_a_share_of_the_strongest():
    image = np.full((40, 40), 200, np.uint8)
    image[10:30, 18:22] = 100
    ink, top, left, pixel, _ = ink_of_drawing(image, 200)
    assert (ink.shape, top, left, pixel) == ((20, 4), 10, 18, 1)
    np.testing.assert_allclose(ink, 1, atol=0.01)  # the strongest ink of this picture


def test_bytes_are_rounded():
    ink = np.full((20, 10), 0.999, np.float32)  # 254.7 of 255
    assert set(frame_ink(ink).ravel().tolist()) == {0, 255}
    assert set(frame_ink(ink - np.float32(0.1)).ravel().tolist()) == {0, 229}  # 229.2
