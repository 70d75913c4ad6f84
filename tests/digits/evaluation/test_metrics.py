"""The figures of the report, against scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics as reference

from digits.data.dataset import Dataset
from digits.evaluation.metrics import confusion_matrix, drawings_report, format_report, per_class, report
from digits.reading.calibration import calibration_error, ood_score
from digits.reading.prediction import Prediction
from nn.losses import softmax


@pytest.fixture
def guesses(rng):
    labels = rng.integers(0, 10, 800)
    logits = rng.standard_normal((800, 10)) + 2 * np.eye(10)[labels]
    return logits, labels


def test_report_equals_scikit_learn(guesses):
    logits, labels = guesses
    figures = report(logits, labels)
    guess = logits.argmax(axis=1)
    assert figures["confusion_matrix"] == reference.confusion_matrix(labels, guess).tolist()
    assert figures["accuracy"] == pytest.approx(reference.accuracy_score(labels, guess))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert figures["loss"] == pytest.approx(reference.log_loss(labels, probabilities))
    expected = reference.classification_report(labels, guess, output_dict=True)
    for ours, theirs in [
        (figures["macro_average"], "macro avg"),
        (figures["weighted_average"], "weighted avg"),
    ]:
        for key, sklearn_key in [("precision",) * 2, ("recall",) * 2, ("f1", "f1-score")]:
            assert ours[key] == pytest.approx(expected[theirs][sklearn_key])
    for digit in map(str, range(10)):
        for key, sklearn_key in [
            ("precision",) * 2,
            ("recall",) * 2,
            ("f1", "f1-score"),
            ("support",) * 2,
        ]:
            assert figures["per_digit"][digit][key] == pytest.approx(expected[digit][sklearn_key])


def test_what_is_less_like_a_digit_than_is_accepted_is_rejected(guesses):
    logits, labels = guesses
    confidence = softmax(logits).max(axis=1)
    figures = report(logits, labels, max_ood_score=float(np.quantile(ood_score(logits), 0.75)))
    assert figures["turned_away"] == 0.25
    right = logits.argmax(axis=1) == labels
    assert figures["calibration_error"] == calibration_error(confidence, right)


def test_rows_are_truth_and_columns_guesses():
    matrix = confusion_matrix(np.array([1, 1, 2]), np.array([1, 2, 0]), classes=3)
    assert matrix.tolist() == [[0, 0, 0], [0, 1, 1], [1, 0, 0]]


def test_a_digit_never_seen_nor_guessed_counts_as_zero():
    table = per_class(np.array([[3, 0], [0, 0]]))
    assert [table[key][1] for key in ("precision", "recall", "f1", "support")] == [0, 0, 0, 0]


def test_text_has_every_figure(guesses):
    figures = report(*guesses)
    text = format_report(figures)
    assert f"{figures['accuracy']:.2%} of 800" in text
    assert text.count("%") == 1 + 2 + 3 * 12
    for row in figures["confusion_matrix"]:
        assert "".join(f"{count or '·':>6}" for count in row) in text
    for name in ("macro", "weighted"):
        (line,) = [line.split() for line in text.splitlines() if line.startswith(name)]
        shares = [figures[f"{name}_average"][key] for key in ("precision", "recall", "f1")]
        assert line[1:] == [*(f"{share:.2%}" for share in shares), "800"]


def prediction(digit, confidence, is_digit=True):
    probabilities = np.full(10, (1 - confidence) / 9)
    probabilities[digit] = confidence
    return Prediction(None, probabilities, is_digit)


def test_report_on_drawings_by_hand():
    predictions = [prediction(0, 0.9), None, prediction(1, 0.6, is_digit=False), prediction(3, 0.8)]
    figures = drawings_report(predictions, Dataset(None, np.array([0, 0, 1, 2])))
    assert (figures["count"], figures["accuracy"], figures["turned_away"]) == (4, 0.5, 0.5)
    assert figures["mean_confidence"] == pytest.approx((0.9 + 0.6 + 0.8) / 4)
    assert [figures["per_digit"][digit]["recall"] for digit in "0123"] == [0.5, 1, 0, 0]
    assert [figures["per_digit"][digit]["precision"] for digit in "0123"] == [1, 1, 0, 0]
    assert np.argwhere(figures["confusion_matrix"]).tolist() == [[0, 0], [1, 1], [2, 3]]


def test_report_on_letters_by_hand():
    predictions = [prediction(0, 0.9), None, prediction(1, 0.6, is_digit=False), prediction(3, 0.8)]
    letters = Dataset(None, np.array([0, 0, 1, 3]), class_names=tuple("ABCD"))
    figures = drawings_report(predictions, letters)
    assert figures["turned_away_by_character"] == {"A": 0.5, "B": 1, "D": 0}
    assert "accuracy" not in figures
