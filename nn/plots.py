"""Every picture: training curves, confusion matrix, misread digits, and the network itself.

Each function draws one figure and writes it to a PNG file. Figures are made without pyplot, so
that no display is needed and nothing is kept after the file is written.
"""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from nn.data import as_input
from nn.errors import replace_file
from nn.losses import softmax
from nn.network import format_shape

TEXT, FAINT, GRID = "#1f2937", "#6b7280", "#e5e7eb"
BLUE, ORANGE = "#2563eb", "#ea580c"
STYLE = {"color": TEXT, "fontsize": 10}


def accuracy_curves(epochs, path):
    """Training and validation accuracy by epoch, on a scale that widens towards 100 %."""
    figure, axes = _chart("Accuracy", "epoch")
    _two_lines(axes, epochs, "accuracy", lambda a: max(1 - a, 1e-5), "lower right")
    axes.set_yscale("log")
    axes.invert_yaxis()  # the error falls, the accuracy rises
    axes.yaxis.set_minor_locator(NullLocator())
    _ticks_1_2_5(axes)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda error, _: f"{100 * (1 - error):g} %"))
    _save(figure, path)


def loss_curves(epochs, path):
    """Training and validation loss by epoch, on a logarithmic scale."""
    figure, axes = _chart("Loss (categorical cross-entropy)", "epoch")
    _two_lines(axes, epochs, "loss", float, "upper right")
    axes.set_yscale("log")
    axes.yaxis.set_minor_locator(NullLocator())
    _ticks_1_2_5(axes)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
    _save(figure, path)


def confusion_matrix(matrix, path):
    """Counts of true digit against guess: right ones blue, mistakes orange by their number."""
    matrix = np.asarray(matrix)
    classes, right = len(matrix), np.trace(matrix)
    figure = Figure(figsize=(7.2, 7.4), layout="constrained")
    axes = figure.add_subplot()
    mistakes = np.where(np.eye(classes, dtype=bool) | (matrix == 0), np.nan, matrix)
    heat = LinearSegmentedColormap.from_list("mistakes", ["#fff1e6", "#f97316", "#9a3412"])
    axes.imshow(mistakes, cmap=heat, norm=LogNorm(1, max(20, np.nanmax(mistakes, initial=1))))
    for true in range(classes):
        axes.add_patch(Rectangle((true - 0.5, true - 0.5), 1, 1, color="#dbeafe"))
        for guess in range(classes):
            count = matrix[true, guess]
            axes.text(
                *(guess, true, f"{count:,}" if count else "·"),
                ha="center",
                va="center",
                color=_count_colour(count, true == guess),
                fontweight="bold" if true == guess else "normal",
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
    _save(figure, path)


def misclassified(images, labels, probabilities, path, most=60):
    """The misread digits, most confidently wrong first, with guess, truth and confidence.

    Shapes: images (N, 28, 28), labels (N,), probabilities (N, 10).
    """
    guesses, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(guesses != labels)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
    shown, columns = wrong[:most], 10
    rows = max(1, -(-len(shown) // columns))
    figure = Figure(figsize=(11, 0.7 + 1.36 * rows), layout="constrained")
    cells = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for cell in cells:
        cell.axis("off")
    for cell, k in zip(cells, shown, strict=False):
        cell.imshow(images[k], cmap="gray_r", vmin=0, vmax=255)
        cell.set_title(
            f"{labels[k]} read as {guesses[k]}\n{confidence[k]:.0%} sure", fontsize=8.5, color=TEXT
        )
    title = f"{len(wrong)} of {len(labels):,} misread"
    title += f"; the {most} it was surest of" if len(wrong) > most else ", surest first"
    figure.suptitle(title, fontsize=14, color=TEXT)
    _save(figure, path)


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
    _save(figure, path)


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
    _save(figure, path)


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


def _count_colour(count, right):
    if right:
        return "#1e3a8a"
    return "#d1d5db" if count == 0 else TEXT if count < 10 else "white"


def _chart(title, label):
    figure = Figure(figsize=(7.6, 4.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", **{**STYLE, "fontsize": 14}, pad=10)
    axes.set_xlabel(label, **STYLE)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0, colors=TEXT)
    return figure, axes


def _two_lines(axes, epochs, key, transform, place):
    """Both parts' curves of this key, with the last values in a legend where no curve runs."""
    numbers = range(1, len(epochs) + 1)
    for part, colour in (("train", BLUE), ("validation", ORANGE)):
        values = [record[f"{part}_{key}"] for record in epochs]
        if None not in values:  # without validation digits there is no such curve
            label = f"{part} {_last(values[-1], key)}"
            axes.plot(numbers, [transform(v) for v in values], "o-", ms=3.5, color=colour, label=label)
    axes.legend(frameon=False, labelcolor=TEXT, loc=place)


def _ticks_1_2_5(axes):
    low, high = sorted(axes.get_ylim())
    steps = [m * 10.0**k for k in range(-6, 3) for m in (1, 2, 5)]
    axes.set_yticks([step for step in steps if low <= step <= high])


def _last(value, key):
    return f"{value:.2%}" if key == "accuracy" else f"{value:.4f}"


def _save(figure, path):
    with replace_file(path) as beside:
        figure.savefig(beside, dpi=150, facecolor="white")
