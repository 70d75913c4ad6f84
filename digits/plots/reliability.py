"""How far its confidence can be trusted, and how much can be done to a digit before it errs."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from digits.calibration import calibration_error, coverage, reliability
from digits.plots.style import BLUE, FAINT, GRID, STYLE, TEXT, save
from digits.robustness import TRIALS


def calibration(probabilities, labels, path):
    """Accuracy against confidence, and accuracy among the surest. Shapes: (N, K), (N,)."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, surest = figure.subplots(1, 2)
    bins = reliability(confidence, right)
    left.plot([0, 1], [0, 1], "--", color=FAINT, lw=1)
    left.annotate("as right as it is sure", (0.24, 0.2), color=FAINT, fontsize=8.5)
    left.scatter(
        [mean for _, mean, _ in bins],
        [accuracy for _, _, accuracy in bins],
        s=[600 * np.sqrt(share) for share, _, _ in bins],  # else most could not be seen
        color=BLUE,
        alpha=0.7,
        clip_on=False,
    )
    error = calibration_error(confidence, right)
    title = f"Confidence and accuracy (calibration error {error:.2%})"
    _dress(left, title, "confidence (the more digits, the larger the circle)", "accuracy")
    answered = np.arange(1, len(right) + 1) / len(right)
    surest.plot(answered, coverage(confidence, right), color=BLUE)
    surest.set_xlim(0.8, 1.002)
    _dress(surest, "Accuracy among the surest", "share of digits answered", "accuracy")
    surest.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.2%}"))
    for axes in (left, surest):
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    surest.xaxis.set_major_locator(MultipleLocator(0.05))
    save(figure, path)


def robustness(results, path):
    """Accuracy under rotation, noise, blur and other pens, from robustness.py's results."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    for axes, (what, points) in zip(figure.subplots(2, 2).ravel(), results.items(), strict=True):
        amounts, accuracies = zip(*points, strict=True)
        axes.plot(amounts, accuracies, "o-", color=BLUE, ms=4)
        for much, accuracy in points:
            axes.annotate(
                f"{accuracy:.1%}",
                (much, accuracy),
                xytext=(0, -14),
                textcoords="offset points",
                ha="center",
                fontsize=8.5,
                color=FAINT,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
            )
        axes.set_ylim(0, 1.04)
        axes.yaxis.set_major_locator(MultipleLocator(0.2))
        _dress(axes, what.capitalize(), TRIALS[what][0], "accuracy")
    save(figure, path)


def _dress(axes, title, x, y):
    axes.set_title(title, loc="left", **{**STYLE, "fontsize": 12})
    axes.set_xlabel(x, **STYLE)
    axes.set_ylabel(y, **STYLE)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    axes.grid(color=GRID)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=TEXT)
