"""How good is it? Everything follows from one table: how often digit i was read as digit j."""

import numpy as np

from nn.losses import softmax_cross_entropy


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


def report(logits, labels):
    """All figures, ready for JSON, from logits (N, classes) and labels (N,)."""
    losses, _ = softmax_cross_entropy(logits, labels)
    matrix = confusion_matrix(labels, logits.argmax(axis=1), logits.shape[1])
    table = per_class(matrix)
    share = table["support"] / max(1, len(labels))
    averaged = ("precision", "recall", "f1")
    return {
        "count": len(labels),
        "accuracy": float(np.trace(matrix) / max(1, len(labels))),
        "loss": float(losses.mean()),
        "per_digit": {
            str(k): {name: values[k].item() for name, values in table.items()}
            for k in range(len(matrix))
        },
        "macro_average": {name: float(table[name].mean()) for name in averaged},
        "weighted_average": {name: float(table[name] @ share) for name in averaged},
        "confusion_matrix": matrix.tolist(),
    }


def format_report(figures):
    """The figures of report() as text for a terminal."""
    lines = [
        f"Accuracy {figures['accuracy']:.2%} of {figures['count']:,} digits, loss {figures['loss']:.4f}",
        "",
        f"{'digit':<10}{'precision':>11}{'recall':>11}{'F1':>11}{'support':>11}",
    ]
    rows = list(figures["per_digit"].items())
    rows += [("macro", figures["macro_average"]), ("weighted", figures["weighted_average"])]
    for name, row in rows:
        values = "".join(f"{row[key]:>11.2%}" for key in ("precision", "recall", "f1"))
        lines.append(f"{name:<10}{values}{row.get('support', figures['count']):>11,}")
    lines += ["", "Rows: the true digit. Columns: what the network read.", ""]
    lines.append("    " + "".join(f"{k:>6}" for k in range(len(figures["confusion_matrix"]))))
    for k, row in enumerate(figures["confusion_matrix"]):
        lines.append(f"{k:>4}" + "".join(f"{count or '·':>6}" for count in row))
    return "\n".join(lines)
