"""How good is it? Everything follows from one table: how often digit i was read as digit j."""

import numpy as np

from digits.calibration import calibration_error, likeness
from nn.losses import softmax, softmax_cross_entropy


def confusion_matrix(labels, guesses, classes=10):
    """(classes, classes) counts: row = true digit, column = guess. Inputs are whole numbers (N,)."""
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (labels, guesses), 1)
    return matrix


def per_class(matrix):
    """Precision, recall, F1 and support of each class, each an array (classes,).

    Of all that was read as a 7, precision is the share that is a 7; of all that is a 7, recall is
    the share that was read as one; F1 is their harmonic mean. 0/0 counts as 0.
    """
    right, support, guessed = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    precision = right / np.maximum(guessed, 1)
    recall = right / np.maximum(support, 1)
    f1 = 2 * right / np.maximum(support + guessed, 1)
    return {"precision": precision, "recall": recall, "f1": f1, "support": support}


def report(logits, labels, threshold=0.0):
    """All figures, ready for JSON, from logits (N, classes) and labels (N,).

    Logits are to be divided by the temperature already; images whose likeness to a digit is below
    the threshold count as turned away.
    """
    losses, _ = softmax_cross_entropy(logits, labels)
    matrix = confusion_matrix(labels, logits.argmax(axis=1), logits.shape[1])
    table, confidence = per_class(matrix), softmax(logits).max(axis=1)
    share = table["support"] / max(1, len(labels))
    averaged = ("precision", "recall", "f1")
    return {
        "count": len(labels),
        "accuracy": float(np.trace(matrix) / max(1, len(labels))),
        "loss": float(losses.mean()),  # mean negative log-likelihood of the true digit
        "calibration_error": calibration_error(confidence, logits.argmax(axis=1) == labels),
        "turned_away": float(np.mean(likeness(logits) < threshold)),
        "per_digit": _by_digit(table),
        "macro_average": {name: float(table[name].mean()) for name in averaged},
        "weighted_average": {name: float(table[name] @ share) for name in averaged},
        "confusion_matrix": matrix.tolist(),
    }


def drawings_report(readings, drawings):
    """All figures on a set of drawings (foreign.py), from each one's Reading, or None without ink.

    Where the labels are no digits there is nothing to be right about: what counts is the share
    that is turned away, all in all and of each character.
    """
    kept = np.array([reading is not None and reading.is_digit for reading in readings])
    confidence = np.array([0.0 if reading is None else reading.confidence for reading in readings])
    figures = {
        "count": len(readings),
        "mean_confidence": float(confidence.mean()),
        "turned_away": float(1 - kept.mean()),
    }
    labels = drawings.labels
    if drawings.characters is not None:
        return figures | {
            "turned_away_by_character": {
                str(character): float(1 - kept[labels == k].mean())
                for k, character in enumerate(drawings.characters)
                if (labels == k).any()
            }
        }
    # A drawing without ink is a miss: it is read as an eleventh digit that no label has.
    guesses = np.array([10 if reading is None else reading.digit for reading in readings])
    matrix = confusion_matrix(labels, guesses, classes=11)
    table = {name: values[:10] for name, values in per_class(matrix).items()}
    return figures | {
        "accuracy": float(np.mean(guesses == labels)),
        "per_digit": _by_digit(table),
        "confusion_matrix": matrix[:10, :10].tolist(),
    }


def _by_digit(table):
    """Arrays by figure → a dict by digit, ready for JSON."""
    count = len(table["support"])
    return {str(k): {name: values[k].item() for name, values in table.items()} for k in range(count)}


def format_report(figures):
    """The figures of report() as text for a terminal."""
    title = f"Accuracy {figures['accuracy']:.2%} of {figures['count']:,} digits"
    sure = f"Calibration error {figures['calibration_error']:.2%}, "
    sure += f"{figures['turned_away']:.2%} turned away as no digit"
    lines = [f"{title}, loss {figures['loss']:.4f}", sure, "", *_table(figures), "", *_matrix(figures)]
    return "\n".join(lines)


def format_drawings_report(figures):
    """The figures of drawings_report() as text for a terminal."""
    confidence = f"mean confidence {figures['mean_confidence']:.1%}"
    turned_away = f"{figures['turned_away']:.1%} turned away as no digit"
    if "accuracy" not in figures:
        rows = figures["turned_away_by_character"].items()
        lines = [f"{figures['count']:,} drawings of no digits, {turned_away}, {confidence}", ""]
        return "\n".join([*lines, *(f"{character:<4}{share:>7.0%}" for character, share in rows)])
    title = f"Accuracy {figures['accuracy']:.2%} of {figures['count']:,} drawings"
    return "\n".join(
        [f"{title}, {turned_away}, {confidence}", "", *_table(figures), "", *_matrix(figures)]
    )


def _table(figures):
    lines = [f"{'digit':<10}{'precision':>11}{'recall':>11}{'F1':>11}{'support':>11}"]
    rows = list(figures["per_digit"].items())
    if "macro_average" in figures:
        rows += [("macro", figures["macro_average"]), ("weighted", figures["weighted_average"])]
    for name, row in rows:
        values = "".join(f"{row[key]:>11.2%}" for key in ("precision", "recall", "f1"))
        lines.append(f"{name:<10}{values}{row.get('support', figures['count']):>11,}")
    return lines


def _matrix(figures):
    matrix = figures["confusion_matrix"]
    lines = ["Rows: the true digit. Columns: what the network read.", ""]
    lines.append("    " + "".join(f"{k:>6}" for k in range(len(matrix))))
    for k, row in enumerate(matrix):
        lines.append(f"{k:>4}" + "".join(f"{count or '·':>6}" for count in row))
    return lines
