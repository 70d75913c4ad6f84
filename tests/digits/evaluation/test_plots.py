"""Pictures show what they were given, in its place; and even one epoch's curves have a scale."""

import sys

import numpy as np
import pytest

from digits.data.dataset import Dataset
from digits.evaluation import plots
from digits.evaluation.plots import curves
from digits.evaluation.plots.style import chart
from digits.reading.calibration import reliability, selective_accuracy
from nn.losses import softmax


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("ends", [(0.011, 0.019), (0.0061, 0.0099), (0.3, 30.0), (0.015, 0.03)])
def test_at_least_two_ticks_within_the_scale(ends, inverted):
    _, axes = chart("", "")
    axes.set_yscale("log")
    axes.set_ylim(ends[::-1] if inverted else ends)
    curves._ticks_1_2_5(axes)
    low, high = sorted(axes.get_ylim())
    assert len(axes.get_yticks()) >= 2
    assert low <= min(ends[0], *axes.get_yticks())
    assert high >= max(ends[1], *axes.get_yticks())
    assert axes.yaxis_inverted() == inverted


@pytest.fixture
def figure(monkeypatch):
    """Draws a picture without writing it, and returns the figure."""

    def drawn(draw, *arguments):
        figures = []
        module = sys.modules[draw.__module__]
        with monkeypatch.context() as patch:
            patch.setattr(module, "save", lambda figure, _: figures.append(figure))
            draw(*arguments, "picture.png")
        return figures[0]

    return drawn


def test_confusion_matrix_has_the_truth_below_each_other(figure):
    matrix = np.arange(100).reshape(10, 10)
    (axes,) = figure(plots.confusion_matrix, matrix).axes
    texts = {text.get_position(): text.get_text() for text in axes.texts}
    assert all(
        texts[guess, true] == (f"{n:,}" if n else "·") for (true, guess), n in np.ndenumerate(matrix)
    )
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("read as", "true digit")
    assert axes.get_title() == "495 of 4,950 right (10.00%)"


def test_misread_digits_come_with_truth_and_guess_surest_first(figure, train_digits):
    few = Dataset(train_digits.images[:4], np.array([3, 1, 4, 1]))
    guesses = [3, 7, 4, 2]
    probabilities = np.full((4, 10), 0.01)
    probabilities[range(4), guesses] = [0.9, 0.6, 0.7, 0.8]
    cells = figure(plots.misclassified, few, probabilities).axes
    shown = [cell for cell in cells if cell.images]
    assert [cell.get_title() for cell in shown] == ["1 read as 2\n80.0% sure", "1 read as 7\n60.0% sure"]
    for cell, k in zip(shown, (3, 1), strict=True):
        np.testing.assert_array_equal(cell.images[0].get_array(), few.images[k])


def test_calibration_shows_confidence_across_and_accuracy_upwards(figure, rng):
    labels = rng.integers(0, 10, 500)
    probabilities = softmax(rng.normal(0, 2, (500, 10)) + np.eye(10)[labels])
    left, right = figure(plots.calibration, probabilities, labels).axes
    is_right = probabilities.argmax(axis=1) == labels
    bins = reliability(probabilities.max(axis=1), is_right)
    points = left.collections[0].get_offsets()
    np.testing.assert_allclose(points, [(mean, accuracy) for _, mean, accuracy in bins])
    x, y = right.lines[0].get_data()
    np.testing.assert_allclose(y, selective_accuracy(probabilities.max(axis=1), is_right))
    assert (x[0], x[-1]) == (1 / 500, 1)


def test_curves_show_each_epochs_values_and_the_last_in_words(figure):
    keys = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")
    epochs = [
        dict(zip(keys, values, strict=True)) for values in ((0.4, 0.3, 0.8, 0.9), (0.2, 0.1, 0.9, 0.95))
    ]
    (axes,) = figure(plots.loss_curves, epochs).axes
    assert [list(line.get_ydata()) for line in axes.lines] == [[0.4, 0.2], [0.3, 0.1]]
    assert [line.get_label() for line in axes.lines] == ["train 0.2000", "validation 0.1000"]
    (axes,) = figure(plots.accuracy_curves, epochs).axes
    errors = [line.get_ydata() for line in axes.lines]  # on a logarithmic scale, upside down
    np.testing.assert_allclose(errors, [[0.2, 0.1], [0.1, 0.05]])
    assert axes.yaxis_inverted()
    assert axes.yaxis.get_major_formatter()(0.05, 0) == "95 %"
    assert [line.get_label() for line in axes.lines] == ["train 90.00 %", "validation 95.00 %"]


@pytest.mark.parametrize("validation", [0.9, 0.8, None])
def test_curves_of_one_epoch_have_one_tick(figure, validation):
    row = {"train_accuracy": 0.9, "validation_accuracy": validation}
    (axes,) = figure(plots.accuracy_curves, [row]).axes
    assert axes.get_xticks().tolist() == [1]
    assert len(axes.get_yticks()) >= 2
    for line in axes.get_lines():
        low, high = sorted(axes.get_ylim())
        assert low <= line.get_ydata()[0] <= high


def test_the_network_at_work_ends_with_ten_probabilities(figure, recogniser, train_digits):
    (axes,) = figure(plots.model_architecture, recogniser.network, train_digits.images[0]).axes
    texts = [text.get_text() for text in axes.texts]
    shares = {text[0]: float(text[1:].strip("% ")) for text in texts if text.endswith("%")}
    assert list(shares) == [*"0123456789"]
    assert sum(shares.values()) == pytest.approx(100, abs=0.5)
    assert max(shares, key=shares.get) == "5"
    assert "26·26·32\n320 parameters" in texts
