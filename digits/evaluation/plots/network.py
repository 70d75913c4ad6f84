"""The network itself: its layers as a table, and what each of them makes of a digit."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy import ndarray

from digits.data.dataset import to_input
from digits.evaluation.plots.style import BLUE, GRID, MUTED, STYLE, TEXT, save
from nn.losses import softmax
from nn.network import Sequential, format_shape


def model_summary(network: Sequential, path: Path) -> None:
    """The table of layers with their output shapes and parameters."""
    rows = network.summary_rows()
    figure = Figure(figsize=(7.4, 0.34 * (len(rows) + 3)))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) + 2.4, -0.6)
    axes.axis("off")

    def line(y: float, cells: tuple[str, str, str, str], **style: str) -> None:
        places = ((0.05, "left"), (0.28, "left"), (0.52, "left"), (0.95, "right"))
        for (x, side), text in zip(places, cells, strict=True):
            axes.text(x, y, text, ha=side, va="center", **(STYLE | {"fontsize": 11} | style))

    line(0, ("Layer", "", "Output", "Parameters"), fontweight="bold")
    axes.axhline(0.6, 0.05, 0.95, color=TEXT, lw=1.2)
    for k, (name, options, shape, count) in enumerate(rows, 1):
        if count:
            axes.add_patch(Rectangle((0.04, k - 0.5 + 0.1), 0.92, 1, color="#eff6ff", lw=0))
        line(k + 0.1, (name, options, format_shape(shape), f"{count:,}" if count else "–"))
    axes.axhline(len(rows) + 0.75, 0.05, 0.95, color=TEXT, lw=1.2)
    line(len(rows) + 1.35, ("Total", "", "", f"{network.parameters.size:,}"), fontweight="bold")
    save(figure, path)


def model_architecture(network: Sequential, image: ndarray, path: Path) -> None:
    """The network as a row of what each layer makes of one image (28, 28) of bytes.

    ReLU is drawn together with the layer before it: shown is what comes out of both.
    """
    stages = _stages(network, image)
    figure = Figure(figsize=(18, 4.1))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    gap = 9
    x = 0.0
    for k, (title, caption, activation) in enumerate(stages):
        if k:
            arrow = {"arrowstyle": "-|>", "color": MUTED, "lw": 1.4}
            axes.annotate("", (x - 1.5, 0), (x - gap + 1.5, 0), arrowprops=arrow)
        draw = _draw_maps if activation.ndim == 3 else _draw_vector
        width = draw(axes, x, activation)
        axes.text(x + width / 2, 27, title, ha="center", va="bottom", linespacing=1.4, **STYLE)
        axes.text(x + width / 2, -27, caption, ha="center", va="top", color=MUTED, fontsize=10)
        x += width + gap
    axes.set_xlim(-4, x - gap + 8)
    axes.set_ylim(-40, 40)
    axes.set_aspect("equal")
    save(figure, path)


def _stages(network: Sequential, image: ndarray) -> list[tuple[str, str, ndarray]]:
    """(title, caption, activation without N) of the input and of each layer worth a picture."""
    x = to_input(image[np.newaxis])
    stages = [("input", format_shape(x.shape[1:]), x[0])]
    for layer, (name, options, shape, count) in zip(
        network.layers, network.summary_rows(), strict=False
    ):
        x = layer.forward(x)
        if layer.kind == "flatten":
            continue
        caption = format_shape(shape) + (f"\n{count:,} parameters" if count else "")
        if layer.kind == "relu":  # goes with the layer before it
            title, caption, _ = stages.pop()
            stages.append((f"{title}, ReLU", caption, x[0].copy()))
        else:
            stages.append((f"{name}\n{options}", caption, x[0].copy()))
    title, caption, _ = stages.pop()
    stages.append((f"{title}, softmax", caption, softmax(x)[0]))
    return stages


def _draw_maps(axes: Axes, x: float, activation: ndarray, rows: int = 4, cell: float = 11.5) -> float:
    """The feature maps of (H, W, C) that vary most, in a square of 4×4, each H×W. Returns the width."""
    C = activation.shape[-1]
    if C == 1:
        rows = 1
        cell = 34
    varied = np.sort(np.argsort(-activation.std(axis=(0, 1)), kind="stable")[: rows * rows])
    half = rows * cell / 2
    size = cell * 0.94
    for k, channel in enumerate(varied):
        left = x + k % rows * cell
        top = half - k // rows * cell
        box = (left, left + size, top - size, top)
        axes.imshow(
            activation[:, :, channel],
            cmap="gray_r" if C == 1 else "Blues",
            extent=box,
            interpolation="nearest",
            vmin=0,
            vmax=max(1e-6, activation[:, :, channel].max()),
        )
        axes.add_patch(Rectangle((left, top - size), size, size, fill=False, ec=GRID, lw=0.8))
    return rows * cell


def _draw_vector(axes: Axes, x: float, activation: ndarray) -> float:
    """A column of values, and for the ten of the softmax their digits beside it."""
    height = 46
    width = 3.6
    width_with_labels = 20
    x += (width_with_labels - width) / 2 if len(activation) > 10 else 0
    axes.imshow(
        activation[:, np.newaxis],
        cmap="Blues",
        extent=(x, x + width, -height / 2, height / 2),
        interpolation="nearest",
        vmin=0,
    )
    axes.add_patch(Rectangle((x, -height / 2), width, height, fill=False, ec=MUTED, lw=0.8))
    if len(activation) > 10:
        return width_with_labels
    for digit, probability in enumerate(activation):
        best = probability == activation.max()
        axes.text(
            x + width + 1.5,
            height / 2 - (digit + 0.5) * height / len(activation),
            f"{digit}   {probability:.1%}",
            va="center",
            fontsize=11,
            fontweight="bold" if best else "normal",
            color=BLUE if best else MUTED,
        )
    return width_with_labels
