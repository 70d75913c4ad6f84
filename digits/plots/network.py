"""The network itself: its layers as a table, and what each of them makes of a digit."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from digits.data.dataset import as_input
from digits.plots.style import BLUE, FAINT, GRID, STYLE, TEXT, save
from nn.losses import softmax
from nn.network import format_shape


def model_summary(network, path):
    """The table of layers with their output shapes and parameters."""
    rows = network.summary_rows()
    figure = Figure(figsize=(7.4, 0.34 * (len(rows) + 3)))
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) + 2.4, -0.6)
    axes.axis("off")

    def line(y, cells, **style):
        places = ((0.05, "left"), (0.28, "left"), (0.52, "left"), (0.95, "right"))
        for (x, side), text in zip(places, cells, strict=True):
            axes.text(x, y, text, ha=side, va="center", **(STYLE | {"fontsize": 11} | style))

    line(0, ("Layer", "", "Output", "Parameters"), fontweight="bold")
    axes.axhline(0.6, 0.05, 0.95, color=TEXT, lw=1.2)
    for k, (name, what, shape, count) in enumerate(rows, 1):
        if count:
            axes.add_patch(Rectangle((0.04, k - 0.5 + 0.1), 0.92, 1, color="#eff6ff", lw=0))
        line(k + 0.1, (name, what, format_shape(shape), f"{count:,}" if count else "–"))
    axes.axhline(len(rows) + 0.75, 0.05, 0.95, color=TEXT, lw=1.2)
    line(len(rows) + 1.35, ("Total", "", "", f"{network.parameters.size:,}"), fontweight="bold")
    save(figure, path)


def model_architecture(network, image, path):
    """The network as a row of what each layer makes of one image (28, 28) of bytes.

    ReLU is drawn together with the layer before it: shown is what comes out of both.
    """
    stages = _stages(network, image)
    figure = Figure(figsize=(18, 4.1))
    axes = figure.add_axes([0, 0, 1, 1])
    axes.axis("off")
    gap, x = 9, 0.0
    for k, (title, caption, activation) in enumerate(stages):
        if k:
            arrow = {"arrowstyle": "-|>", "color": FAINT, "lw": 1.4}
            axes.annotate("", (x - 1.5, 0), (x - gap + 1.5, 0), arrowprops=arrow)
        draw = _draw_maps if activation.ndim == 3 else _draw_vector
        width = draw(axes, x, activation)
        axes.text(x + width / 2, 27, title, ha="center", va="bottom", linespacing=1.4, **STYLE)
        axes.text(x + width / 2, -27, caption, ha="center", va="top", color=FAINT, fontsize=10)
        x += width + gap
    axes.set_xlim(-4, x - gap + 8)
    axes.set_ylim(-40, 40)
    axes.set_aspect("equal")
    save(figure, path)


def _stages(network, image):
    """(title, caption, activation without N) of the input and of each layer worth a picture."""
    x = as_input(image[np.newaxis])
    stages = [("input", format_shape(x.shape[1:]), x[0])]
    for layer, (name, what, shape, count) in zip(network.layers, network.summary_rows(), strict=False):
        x = layer.forward(x)
        if layer.kind == "flatten":
            continue
        caption = format_shape(shape) + (f"\n{count:,} parameters" if count else "")
        if layer.kind == "relu":  # goes with the layer before it
            title, caption, _ = stages.pop()
            stages.append((f"{title}, ReLU", caption, x[0].copy()))
        else:
            stages.append((f"{name}\n{what}", caption, x[0].copy()))
    title, caption, _ = stages.pop()
    stages.append((f"{title}, softmax", caption, softmax(x)[0]))
    return stages


def _draw_maps(axes, x, activation, rows=4, cell=11.5):
    """The liveliest feature maps of (H, W, C) in a square of 4×4, each H×W. Returns the width."""
    C = activation.shape[-1]
    if C == 1:
        rows, cell = 1, 34
    lively = np.sort(np.argsort(-activation.std(axis=(0, 1)), kind="stable")[: rows * rows])
    half, size = rows * cell / 2, cell * 0.94
    for k, channel in enumerate(lively):
        left, top = x + k % rows * cell, half - k // rows * cell
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


def _draw_vector(axes, x, activation):
    """A column of values, and for the ten of the softmax their digits beside it."""
    height, width, room = 46, 3.6, 20
    x += (room - width) / 2 if len(activation) > 10 else 0
    axes.imshow(
        activation[:, np.newaxis],
        cmap="Blues",
        extent=(x, x + width, -height / 2, height / 2),
        interpolation="nearest",
        vmin=0,
    )
    axes.add_patch(Rectangle((x, -height / 2), width, height, fill=False, ec=FAINT, lw=0.8))
    if len(activation) > 10:
        return room
    for digit, probability in enumerate(activation):
        best = probability == activation.max()
        axes.text(
            x + width + 1.5,
            height / 2 - (digit + 0.5) * height / len(activation),
            f"{digit}   {probability:.1%}",
            va="center",
            fontsize=11,
            fontweight="bold" if best else "normal",
            color=BLUE if best else FAINT,
        )
    return room
