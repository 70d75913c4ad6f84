"""How far its confidence can be trusted, and how far a digit can be corrupted before it errs."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy import ndarray

from digits.data.corruption import CORRUPTIONS, Corruption
from digits.evaluation.plots.style import BLUE, GRID, MUTED, STYLE, TEXT, save
from digits.reading.calibration import calibration_error, reliability, selective_accuracy


def calibration(probabilities: ndarray, labels: ndarray, path: Path) -> None:
    """Accuracy against confidence, and accuracy among the surest. Shapes: (N, K), (N,)."""
    confidence = probabilities.max(axis=1)
    is_correct = probabilities.argmax(axis=1) == labels
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, surest = figure.subplots(1, 2)
    bins = reliability(confidence, is_correct)
    left.plot([0, 1], [0, 1], "--", color=MUTED, lw=1, label="as right as it is sure")
    left.legend(frameon=False, labelcolor=MUTED, loc="lower right")
    left.scatter(
        [mean for _, mean, _ in bins],
        [accuracy for _, _, accuracy in bins],
        s=[600 * np.sqrt(share) for share, _, _ in bins],  # else most could not be seen
        color=BLUE,
        alpha=0.7,
        clip_on=False,
    )
    error = calibration_error(confidence, is_correct)
    title = f"Confidence and accuracy (calibration error {error:.2%})"
    _label(left, title, "confidence (the more digits, the larger the circle)", "accuracy")
    coverage = np.arange(1, len(is_correct) + 1) / len(is_correct)
    surest.plot(coverage, selective_accuracy(confidence, is_correct), color=BLUE)
    surest.set_xlim(0.8, 1.002)
    _label(surest, "Accuracy among the surest", "share of digits answered", "accuracy")
    surest.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.2%}"))
    for axes in (left, surest):
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    surest.xaxis.set_major_locator(MultipleLocator(0.05))
    save(figure, path)


def robustness(accuracies: dict[Corruption, list[tuple[float, float]]], path: Path) -> None:
    """Accuracy under rotation, noise, blur and other pens, from robustness.py's results."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    cells = figure.subplots(2, 2).ravel()
    for axes, (corruption, points) in zip(cells, accuracies.items(), strict=True):
        axes.plot(*zip(*points, strict=True), "o-", color=BLUE, ms=4)
        for severity, accuracy in points:
            axes.annotate(
                f"{accuracy:.1%}",
                (severity, accuracy),
                xytext=(0, -14),
                textcoords="offset points",
                ha="center",
                fontsize=8.5,
                color=MUTED,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
            )
        axes.set_ylim(0, 1.04)
        axes.yaxis.set_major_locator(MultipleLocator(0.2))
        _label(axes, corruption.capitalize(), CORRUPTIONS[corruption].unit, "accuracy")
    save(figure, path)


def _label(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, loc="left", **{**STYLE, "fontsize": 12})
    axes.set_xlabel(x, **STYLE)
    axes.set_ylabel(y, **STYLE)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    axes.grid(color=GRID)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=TEXT)
