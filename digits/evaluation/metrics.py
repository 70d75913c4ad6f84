"""How good is it? Nearly all follows from the confusion matrix: how often digit i was read as j."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from digits.data.dataset import DIGIT_NAMES, Dataset
from digits.reading.calibration import calibration_error, ood_score
from digits.reading.prediction import Prediction
from nn.losses import softmax, softmax_cross_entropy

NO_INK = 10  # read off a drawing without ink: an eleventh digit that no label has

# The names in what is returned are those in metrics.json and in what --json prints, which people's
# scripts read: "turned_away" is the share of images that are rejected as no digits.
Figures = dict[str, Any]


def confusion_matrix(labels: ndarray, predicted: ndarray, classes: int = 10) -> ndarray:
    """Counts (classes, classes): row = true digit, column = predicted digit. Inputs are (N,)."""
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def per_class(matrix: ndarray) -> dict[str, ndarray]:
    """Precision, recall, F1 and support of each class, each an array (classes,).

    Of all that was read as a 7, precision is the share that is a 7; of all that is a 7, recall is
    the share that was read as one; F1 is their harmonic mean. 0/0 counts as 0.
    """
    correct = np.diag(matrix)
    support = matrix.sum(axis=1)
    predicted_count = matrix.sum(axis=0)
    precision = correct / np.maximum(predicted_count, 1)
    recall = correct / np.maximum(support, 1)
    f1 = 2 * correct / np.maximum(support + predicted_count, 1)
    return {"precision": precision, "recall": recall, "f1": f1, "support": support}


def report(logits: ndarray, labels: ndarray, max_ood_score: float = 0.0) -> Figures:
    """All figures, ready for JSON, from logits (N, classes) and labels (N,).

    Logits are to be divided by the temperature already; images whose OOD score is above the highest
    that is accepted count as rejected.
    """
    losses, _ = softmax_cross_entropy(logits, labels)
    matrix = confusion_matrix(labels, logits.argmax(axis=1), logits.shape[1])
    table = per_class(matrix)
    confidence = softmax(logits).max(axis=1)
    share = table["support"] / max(1, len(labels))
    averaged = ("precision", "recall", "f1")
    return {
        "count": len(labels),
        "accuracy": float(np.trace(matrix) / max(1, len(labels))),
        "loss": float(losses.mean()),  # mean negative log-likelihood of the true digit
        "calibration_error": calibration_error(confidence, logits.argmax(axis=1) == labels),
        "turned_away": float(np.mean(ood_score(logits) > max_ood_score)),
        "per_digit": _by_digit(table),
        "macro_average": {name: float(table[name].mean()) for name in averaged},
        "weighted_average": {name: float(table[name] @ share) for name in averaged},
        "confusion_matrix": matrix.tolist(),
    }


def drawings_report(predictions: Sequence[Prediction | None], drawings: Dataset) -> Figures:
    """All figures on a set of drawings, from what each was read as, or None without ink.

    Where the labels are no digits there is nothing to be right about: what counts is the share
    that is rejected, all in all and of each character. A drawing without ink counts as read wrongly,
    with confidence 0, and as rejected.
    """
    accepted = np.array([p is not None and p.is_digit for p in predictions])
    confidence = np.array([0.0 if p is None else p.confidence for p in predictions])
    figures = {
        "count": len(predictions),
        "mean_confidence": float(confidence.mean()),
        "turned_away": float(1 - accepted.mean()),
    }
    labels = drawings.labels
    if drawings.class_names != DIGIT_NAMES:
        return figures | {
            "turned_away_by_character": {
                name: float(1 - accepted[labels == k].mean())
                for k, name in enumerate(drawings.class_names)
                if (labels == k).any()
            }
        }
    predicted = np.array([NO_INK if p is None else p.digit for p in predictions])
    matrix = confusion_matrix(labels, predicted, classes=NO_INK + 1)
    table = {name: values[:10] for name, values in per_class(matrix).items()}
    return figures | {
        "accuracy": float(np.mean(predicted == labels)),
        "per_digit": _by_digit(table),
        "confusion_matrix": matrix[:10, :10].tolist(),
    }


def _by_digit(table: dict[str, ndarray]) -> Figures:
    """Arrays by figure → a dict by digit, ready for JSON."""
    count = len(table["support"])
    return {str(k): {name: values[k].item() for name, values in table.items()} for k in range(count)}


def format_report(figures: Figures) -> str:
    """The figures of report() as text for a terminal."""
    title = f"Accuracy {figures['accuracy']:.2%} of {figures['count']:,} digits"
    confidence = f"Calibration error {figures['calibration_error']:.2%}, "
    confidence += f"{figures['turned_away']:.2%} rejected as not a digit"
    lines = [
        f"{title}, loss {figures['loss']:.4f}",
        confidence,
        "",
        *_table(figures),
        "",
        *_matrix(figures),
    ]
    return "\n".join(lines)


def format_drawings_report(figures: Figures) -> str:
    """The figures of drawings_report() as text for a terminal."""
    confidence = f"mean confidence {figures['mean_confidence']:.1%}"
    rejected = f"{figures['turned_away']:.1%} rejected as not a digit"
    if "accuracy" not in figures:
        rows = figures["turned_away_by_character"].items()
        lines = [f"{figures['count']:,} drawings that are not digits, {rejected}, {confidence}", ""]
        return "\n".join([*lines, *(f"{character:<4}{share:>7.0%}" for character, share in rows)])
    title = f"Accuracy {figures['accuracy']:.2%} of {figures['count']:,} drawings"
    return "\n".join([f"{title}, {rejected}, {confidence}", "", *_table(figures), "", *_matrix(figures)])


def _table(figures: Figures) -> list[str]:
    lines = [f"{'digit':<10}{'precision':>11}{'recall':>11}{'F1':>11}{'support':>11}"]
    rows = list(figures["per_digit"].items())
    if "macro_average" in figures:
        rows += [("macro", figures["macro_average"]), ("weighted", figures["weighted_average"])]
    for name, row in rows:
        values = "".join(f"{row[key]:>11.2%}" for key in ("precision", "recall", "f1"))
        lines.append(f"{name:<10}{values}{row.get('support', figures['count']):>11,}")
    return lines


def _matrix(figures: Figures) -> list[str]:
    matrix = figures["confusion_matrix"]
    lines = ["Rows: the true digit. Columns: what the network read.", ""]
    lines.append("    " + "".join(f"{k:>6}" for k in range(len(matrix))))
    for k, row in enumerate(matrix):
        lines.append(f"{k:>4}" + "".join(f"{count or '·':>6}" for count in row))
    return lines
