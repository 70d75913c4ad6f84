"""How training went: accuracy and loss by epoch."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from digits.evaluation.plots.style import BLUE, ORANGE, TEXT, chart, save
from digits.training.run import EpochRecord


def accuracy_curves(epochs: Sequence[EpochRecord], path: Path) -> None:
    """Training and validation accuracy by epoch, on a scale that widens towards 100 %."""
    figure, axes = chart("Accuracy", "epoch")
    _two_lines(axes, epochs, "accuracy", lambda a: max(1 - a, 1e-5), "lower right")
    axes.invert_yaxis()  # the error falls, the accuracy rises
    axes.yaxis.set_minor_locator(NullLocator())
    _ticks_1_2_5(axes)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda error, _: f"{100 * (1 - error):g} %"))
    save(figure, path)


def loss_curves(epochs: Sequence[EpochRecord], path: Path) -> None:
    """Training and validation loss by epoch, on a logarithmic scale."""
    figure, axes = chart("Loss (categorical cross-entropy)", "epoch")
    _two_lines(axes, epochs, "loss", float, "upper right")
    axes.yaxis.set_minor_locator(NullLocator())
    _ticks_1_2_5(axes)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
    save(figure, path)


def _two_lines(
    axes: Axes,
    epochs: Sequence[EpochRecord],
    key: str,
    transform: Callable[[float], float],
    place: Literal["lower right", "upper right"],
) -> None:
    """Both parts' curves of this key, with the last values in a legend where no curve runs."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_yscale("log")
    numbers = range(1, len(epochs) + 1)
    if len(epochs) == 1:
        axes.set_xticks([1])
        axes.set_xlim(0.5, 1.5)
    shown = []
    for part, colour in (("train", BLUE), ("validation", ORANGE)):
        column = f"{part}_{key}"
        values = [record[column] for record in epochs]  # type: ignore[literal-required]
        if None not in values:  # without validation digits there is no such curve
            shown.append((f"{part} {_last(values[-1], key)}", colour, [transform(v) for v in values]))
    ends = [value for _, _, values in shown for value in values]
    if min(ends) == max(ends):
        axes.set_ylim(ends[0] / 2, ends[0] * 2)
    for label, colour, values in shown:
        axes.plot(numbers, values, "o-", ms=3.5, color=colour, label=label)
    axes.legend(frameon=False, labelcolor=TEXT, loc=place)


def _ticks_1_2_5(axes: Axes) -> None:
    """Ticks at 0.1, 0.2, 0.5, 1, …; if fewer than two are within, the scale grows to the next ones."""
    ends = axes.get_ylim()
    low, high = sorted(ends)
    steps = [m * 10.0**k for k in range(-6, 3) for m in (1, 2, 5)]
    if sum(low <= step <= high for step in steps) < 2:
        low = max((step for step in steps if step <= low), default=low)
        high = min((step for step in steps if step >= high), default=high)
        axes.set_ylim((low, high) if ends[0] < ends[1] else (high, low))
    axes.set_yticks([step for step in steps if low <= step <= high])


def _last(value: float, key: str) -> str:
    return f"{100 * value:.2f} %" if key == "accuracy" else f"{value:.4f}"
