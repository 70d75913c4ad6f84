"""Photographs that are made: where ink is said to be, there is ink."""

import numpy as np
import pytest

from digits.data import clutter, scenes
from digits.data.scenes import SIZE, UNKNOWN, Line, Scene


@pytest.fixture(scope="module")
def materials():
    rng = np.random.default_rng(0)
    circle = np.stack([np.cos(np.linspace(0, 6.3, 30)), np.sin(np.linspace(0, 6.3, 30))], axis=1)
    stroke = np.array([[0.0, 0.0], [10.0, 40.0]])
    return scenes.make_materials([[circle], [stroke], [stroke, circle]], np.array([1, 1, 2]), rng)


def test_hands_have_their_own_digits_of_one_unit_height(materials):
    assert [len(hand) for hand in materials.hands] == [2, 1]
    for hand in materials.hands:
        for digit in hand[:1]:
            points = np.concatenate(digit)
            np.testing.assert_allclose([points[:, 1].min(), points[:, 1].max()], [0, 1], atol=1e-6)
            assert points[:, 0].min() == pytest.approx(0, abs=1e-6)


def test_what_is_written_stands_in_its_line(materials, rng):
    scene = Scene(materials, rng)
    ys = np.concatenate(scene.written(Line(5.0, 80.0, 40.0), 3))[:, 1]
    assert 45 < ys.min() < ys.max() < 115


def test_ink_is_where_the_picture_differs_from_the_paper(materials):
    found = 0
    for seed in range(20):
        scene = Scene(materials, np.random.default_rng(seed))
        scenes.write(scene)
        differs = np.abs(scene.grey - scene.paper) > 1e-6
        assert scene.ink[differs].all()
        assert np.mean(differs[scene.ink > 0.5]) > 0.9  # a pencil leaves gaps
        found += np.sum(scene.ink > 0.9)
    assert found > 1000


def test_only_writing_is_ink(materials):
    for add, _ in (*clutter.UNDER_THE_WRITING, *clutter.OVER_THE_WRITING):
        changed = 0
        for seed in range(6):
            scene = Scene(materials, np.random.default_rng(seed))
            add(scene)
            assert not scene.ink.any()
            changed += np.ptp(scene.grey) > 0
        assert changed >= 4, add.__name__


@pytest.mark.parametrize(("doubtful", "is_unknown"), [((0, 0), True), ((99, 99), False)])
def test_print_of_doubtful_height_is_unknown(materials, monkeypatch, doubtful, is_unknown):
    monkeypatch.setattr(clutter, "DOUBTFUL", doubtful)
    unknown = []
    for seed in range(10):
        scene = Scene(materials, np.random.default_rng(seed))
        clutter.print_(scene)
        unknown.append(scene.is_unknown.any())
    assert any(unknown) == is_unknown


def test_composed_photographs_are_pictures_with_known_ink(materials):
    grey, ink = clutter.compose(materials, np.random.default_rng(1), 40)
    assert grey.shape == ink.shape == (40, SIZE, SIZE)
    assert grey.dtype == ink.dtype == np.float32
    assert 0 <= grey.min() < grey.max() <= 1
    assert np.all((ink == UNKNOWN) | ((ink >= 0) & (ink <= 1)))
    share = np.mean(ink > 0.5)
    assert 0.01 < share < 0.2
    again, _ = clutter.compose(materials, np.random.default_rng(1), 40)
    np.testing.assert_array_equal(again, grey)
