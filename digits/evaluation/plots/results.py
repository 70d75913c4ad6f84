"""What was read as what: the confusion matrix, and the digits that were misread."""

from pathlib import Path

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy import ndarray

from digits.data.dataset import Dataset
from digits.evaluation.plots.style import STYLE, TEXT, save


def confusion_matrix(matrix: ndarray | list[list[int]], path: Path) -> None:
    """Counts of true digit against predicted_digit: right ones blue, mistakes orange by their number."""
    matrix = np.asarray(matrix)
    classes = len(matrix)
    right = np.trace(matrix)
    figure = Figure(figsize=(7.2, 7.4), layout="constrained")
    axes = figure.add_subplot()
    mistakes = np.where(np.eye(classes, dtype=bool) | (matrix == 0), np.nan, matrix)
    heat = LinearSegmentedColormap.from_list("mistakes", ["#fff1e6", "#f97316", "#9a3412"])
    axes.imshow(mistakes, cmap=heat, norm=LogNorm(1, max(20, np.nanmax(mistakes, initial=1))))
    for true in range(classes):
        axes.add_patch(Rectangle((true - 0.5, true - 0.5), 1, 1, color="#dbeafe"))
        for predicted_digit in range(classes):
            count = matrix[true, predicted_digit]
            axes.text(
                predicted_digit,
                true,
                f"{count:,}" if count else "·",
                ha="center",
                va="center",
                color=_count_colour(count, true == predicted_digit),
                fontweight="bold" if true == predicted_digit else "normal",
            )
    axes.set_xticks(range(classes))
    axes.set_yticks(range(classes))
    axes.set_xlabel("read as", **STYLE)
    axes.set_ylabel("true digit", **STYLE)
    axes.tick_params(length=0, labelsize=12, colors=TEXT)
    axes.spines[:].set_visible(False)
    total = matrix.sum()
    axes.set_title(
        f"{right:,} of {total:,} right ({right / max(1, total):.2%})",
        **{**STYLE, "fontsize": 14},
        pad=12,
    )
    save(figure, path)


def misclassified(dataset: Dataset, probabilities: ndarray, path: Path, most: int = 60) -> None:
    """The misread digits, most confidently wrong first, with predicted_digit, truth and confidence.

    Shape: probabilities (N, 10).
    """
    labels = dataset.labels
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
    shown = wrong[:most]
    columns = 10
    rows = max(1, -(-len(shown) // columns))
    figure = Figure(figsize=(11, 0.7 + 1.36 * rows), layout="constrained")
    cells = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for cell in cells:
        cell.axis("off")
    # Nothing is quite certain, so at most "99.9 %", as in the window.
    for cell, k in zip(cells, shown, strict=False):
        cell.imshow(dataset.images[k], cmap="gray_r", vmin=0, vmax=255)
        cell.set_title(
            f"{labels[k]} read as {predicted[k]}\n{min(confidence[k], 0.999):.1%} sure",
            fontsize=8.5,
            color=TEXT,
        )
    title = f"{len(wrong)} of {len(labels):,} misread"
    title += f"; the {most} it was surest of" if len(wrong) > most else ", surest first"
    figure.suptitle(title, fontsize=14, color=TEXT)
    save(figure, path)


def _count_colour(count: int, is_correct: bool) -> str:
    if is_correct:
        return "#1e3a8a"
    return "#d1d5db" if count == 0 else TEXT if count < 10 else "white"
