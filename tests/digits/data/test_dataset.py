"""Rows of a dataset, the split, and what the network is given of an image."""

import numpy as np
import pytest

from digits.data.dataset import Dataset, split, to_input
from digits.training.data import TrainingSet
from tests.rounding import assert_equal_up_to_rounding


def test_rows_of_a_dataset(rng):
    images = rng.integers(0, 256, (6, 2, 2)).astype(np.uint8)
    dataset = Dataset(images, np.arange(6), class_names=tuple("abcdef"))
    assert len(dataset) == 6
    for rows in (slice(1, 4), np.array([5, 0]), np.arange(6) % 2 == 0):
        few = dataset[rows]
        np.testing.assert_array_equal(few.images, images[rows])
        np.testing.assert_array_equal(few.labels, np.arange(6)[rows])
        assert len(few) == len(few.labels)
        assert few.class_names == dataset.class_names
    with pytest.raises(TypeError, match="slice or an array"):
        dataset[3]
    with pytest.raises(AttributeError):
        dataset.labels = np.zeros(6)


def test_rows_of_a_training_set_keep_what_is_synthetic():
    is_generated = np.array([False, True, True])
    training_set = TrainingSet(np.zeros((3, 2, 2)), np.arange(3), is_generated=is_generated)
    assert training_set[1:].is_generated.tolist() == [True, True]
    assert training_set[np.array([0])].is_generated.tolist() == [False]


def test_split_takes_each_digit_once_and_depends_on_the_seed():
    few = Dataset(np.arange(100), np.arange(100))
    rest, validation = split(few, 30, seed=1)
    assert sorted([*rest.labels, *validation.labels]) == list(range(100))
    assert len(validation) == 30
    again, _ = split(few, 30, seed=1)
    other, _ = split(few, 30, seed=2)
    assert (again.labels == rest.labels).all()
    assert (other.labels != rest.labels).any()


def test_input_is_scaled_to_one_with_a_channel():
    x = to_input(np.array([[[0, 51], [255, 102]]], np.uint8))
    assert (x.shape, x.dtype) == ((1, 2, 2, 1), np.float32)
    assert_equal_up_to_rounding(x.ravel(), [0, 0.2, 1, 0.4], 1, roundings=2)
