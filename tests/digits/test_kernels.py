"""Warps and the pen: each compiled kernel does what its plain-Python twin does, and what it says."""

import numpy as np
import pytest

from digits.data.augmentation import random_warps
from digits.kernels import draw_line, label_components, warp
from tests.rounding import assert_equal_up_to_rounding


def twin(kernel):
    return getattr(kernel, "py_func", kernel)  # with NUMBA_DISABLE_JIT=1 the kernel is the twin


def test_warp_equals_its_twin(rng):
    images = rng.integers(0, 256, (3, 9, 7)).astype(np.uint8)
    warps = random_warps(3, rng)
    fast, plain = (np.full((3, 9, 7, 1), np.nan, np.float32) for _ in "ab")
    warp(images, warps, fast)
    twin(warp)(images, warps, plain)
    # The same operations in the same order; only the two libraries' sines differ, by up to 4 ulp each.
    # A wave of at most 2 pixels is then off by 16 roundings, the place in the image by 2 more of at most
    # 12 pixels, in both directions; and a pixel's value changes by at most 1 from one to the next.
    assert_equal_up_to_rounding(fast, plain.astype(np.float64), 2 * (2 * 16 + 12 * 2), roundings=1)


@pytest.mark.parametrize("erases", [False, True])
def test_pen_equals_its_twin(erases, rng):
    points = rng.uniform(-5, 35, (6, 2)).astype(np.float32)
    fast, plain = (np.full((30, 30), 255 * erases, np.uint8) for _ in "ab")
    owners = np.zeros((2, 30, 30), np.int32)
    draw_line(points, 2.5, 1.5, erases, fast, owners[0], 7)
    twin(draw_line)(points, 2.5, 1.5, erases, plain, owners[1], 7)
    np.testing.assert_allclose(fast, plain, atol=1)
    assert 0 < np.count_nonzero(fast == 255) < 900
    np.testing.assert_array_equal(owners[0], 0 if erases else 7 * (fast > 0))


def warped(image, rows):
    rows = np.array([[*row, *[0] * (6 - len(row))] for row in rows], np.float32)
    out = np.empty((1, *image.shape, 1), np.float32)
    warp(image[np.newaxis], rows[np.newaxis], out)
    return out[0, :, :, 0] * 255


def test_warp_by_nothing_changes_nothing(rng):
    image = rng.integers(0, 256, (9, 8)).astype(np.uint8)
    (nothing,) = random_warps(1, rng, strength=0)
    np.testing.assert_allclose(warped(image, nothing), image, atol=0.01)


def test_warp_moves_and_turns_as_its_matrix_says(rng):
    image = rng.integers(0, 256, (7, 7)).astype(np.uint8)
    moved = warped(image, [[1, 0, 2], [0, 1, -1]])  # reads 2 rows lower, 1 column to the left
    np.testing.assert_allclose(moved[:5, 1:], image[2:, :6], atol=0.01)
    assert not moved[5:].any()
    assert not moved[:, 0].any()
    turned = warped(image, [[0, 1, 0], [-1, 0, 0]])
    np.testing.assert_allclose(turned, np.rot90(image), atol=0.01)
    halfway = warped(image, [[1, 0, 0.5], [0, 1, 0]])
    np.testing.assert_allclose(halfway[:6], (image[:6] / 2 + image[1:] / 2), atol=0.01)


def test_warp_bends_by_its_waves(rng):
    image = rng.integers(0, 256, (9, 9)).astype(np.uint8)
    # A wave of four pixels: amplitude 2 and phase 0 give shifts of 0, 2, 0, −2, 0, …
    waves = [2, np.pi / 2, 0]
    bent = warped(image, [[1, 0, 0], [0, 1, 0, *waves]])  # row by row, to the side
    np.testing.assert_allclose(bent[[0, 2, 4, 6, 8]], image[[0, 2, 4, 6, 8]], atol=0.01)
    np.testing.assert_allclose(bent[[1, 5], :7], image[[1, 5], 2:], atol=0.01)
    np.testing.assert_allclose(bent[[3, 7], 2:], image[[3, 7], :7], atol=0.01)
    earlier = warped(image, [[1, 0, 0], [0, 1, 0, 2, np.pi / 2, np.pi / 2]])  # by one row
    np.testing.assert_allclose(earlier[0, :7], image[0, 2:], atol=0.01)
    np.testing.assert_allclose(earlier[1], image[1], atol=0.01)
    upright = warped(image.T.copy(), [[1, 0, 0, *waves], [0, 1, 0]])  # column by column, up and down
    np.testing.assert_allclose(upright, bent.T, atol=0.01)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38])
def test_warps_that_are_no_numbers_read_nothing_outside(value, rng):
    images = np.full((2, 28, 28), 255, np.uint8)
    warps = np.full((2, 2, 6), value, np.float32)
    out = np.full((2, 28, 28, 1), -1, np.float32)
    with np.errstate(all="ignore"):  # as plain Python says more of it
        warp(images, warps, out)
    assert ((out >= 0) & (out <= 1)).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38])
def test_points_that_are_no_numbers_draw_nothing_outside(value):
    around = np.zeros((90, 90), np.uint8)
    ink = around[30:60, 30:60]
    with np.errstate(all="ignore"):
        points = np.array([[5, 5], [value, 7], [9, value]], np.float32)
        draw_line(points, 2.5, 1.5, False, ink, np.zeros((30, 30), np.int32), 1)
    ink[:] = 0
    assert not around.any()


def labelled(ink, owner=None, limit=50):
    """(labels, boxes) of ink given as rows of text, where # is ink."""
    ink = np.array([[character == "#" for character in row] for row in ink], np.float32)
    owner = np.zeros(ink.shape, np.int32) if owner is None else np.array(owner, np.int32)
    labels = np.full(ink.shape, -1, np.int32)
    boxes = np.zeros((limit, 6), np.int32)
    amounts = np.zeros((limit, 2), np.float32)
    count = label_components(ink, owner, np.float32(0.5), labels, boxes, amounts)
    return labels, boxes[:count]


def test_labels_equal_their_twins(rng):
    ink = rng.random((40, 30), np.float32)
    owner = rng.integers(0, 3, ink.shape).astype(np.int32)
    results = []
    for kernel in (label_components, twin(label_components)):
        labels, boxes = np.zeros(ink.shape, np.int32), np.zeros((300, 6), np.int32)
        amounts = np.full((300, 2), -1, np.float32)
        count = kernel(ink, owner, np.float32(0.6), labels, boxes, amounts)
        results.append((count, labels, boxes, amounts[:count]))
    (count, *fast), (plain_count, *plain) = results
    assert count == plain_count > 10
    for a, b in zip(fast, plain, strict=True):
        np.testing.assert_array_equal(a, b)
    labels, _, amounts = plain
    for k in range(count):  # pixels and ink of each
        np.testing.assert_allclose(
            amounts[k], [np.sum(labels == k + 1), ink[labels == k + 1].sum()], 1e-5
        )


def test_connected_ink_has_one_label_whichever_way_it_winds():
    labels, boxes = labelled(["#.#..#", "#.#.#.", "###...", "......", "#####."])
    np.testing.assert_array_equal(labels > 0, labels[:] != 0)
    assert [tuple(box[:4]) for box in boxes] == [(0, 0, 3, 3), (0, 4, 2, 6), (4, 0, 5, 5)]
    assert labels[0, 0] == labels[0, 2] == labels[2, 1]
    assert labels[0, 5] == labels[1, 4] != labels[0, 2]  # also over a corner


def test_each_stroke_of_connected_ink_has_a_label_of_its_own():
    labels, boxes = labelled(["#####", ".....", "##..."], [[1, 1, 2, 1, 1], [0] * 5, [1, 1, 0, 0, 0]])
    np.testing.assert_array_equal(labels[0], [1, 1, 2, 1, 1])  # what another crosses is one all the same
    assert labels[2, 0] == 3  # but not what is apart
    assert boxes[0, 4] == boxes[1, 4] != boxes[2, 4]


def test_more_parts_than_there_is_space_for_have_no_label():
    labels, boxes = labelled(["#.#.#.#.#"], limit=3)
    assert len(boxes) == 3
    np.testing.assert_array_equal(labels[0], [1, 0, 2, 0, 3, 0, 0, 0, 0])
