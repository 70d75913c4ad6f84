"""The figures of how-it-works.md, made by the network that ships from a real digit.

`python train.py --seed 2 --epochs 1 --out runs/first --images runs/first` trains for one epoch, and then
`python -m docs.figures runs/first/digits.npz` writes docs/images/*.png.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy import ndarray

from digits.data import mnist
from digits.data.dataset import to_input
from digits.evaluation.plots.style import BLUE, GREY, GRID, MUTED, ORANGE, STYLE, TEXT, chart, save
from digits.model import build_cnn, load_cnn
from digits.paths import project_path
from digits.reading.calibration import Calibration
from digits.reading.inside import Inside, Look
from nn.fast.fused_steps import FusedStep
from nn.kernels import NO_WINNER, im2col, max_pool_backward
from nn.layers import MaxPool2D
from nn.network import Sequential
from nn.optimizers import Adam

FOLDER = project_path("docs/images")
SIGNED = LinearSegmentedColormap.from_list("signed", [ORANGE, "white", BLUE])
DIGIT = 0  # of MNIST's training digits: a 5
MAP = 4  # of conv1
PIXELS = slice(9, 17)  # an 8×8 part of it
DIGITS = 3000
COLOURS = (BLUE, ORANGE, "#7c3aed")  # of three windows


def panels(count: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(np.ravel(figure.subplots(1, count)))
    for ax in axes:
        ax.set_xticks([])
        ax.set_yticks([])
    return figure, axes


def title(ax: Axes, text: str) -> None:
    ax.set_title(text, **STYLE)


def numbers(ax: Axes, values: ndarray, form: str = "{:.1f}") -> None:
    """Write each value of a small matrix into its square."""
    most = np.abs(values).max()
    for (i, j), value in np.ndenumerate(values):
        if value:
            colour = "white" if abs(value) > 0.6 * most else TEXT
            ax.text(j, i, form.format(value), ha="center", va="center", fontsize=7, color=colour)


def convolution(look: Look) -> None:
    """Windows of the digit, the rows that im2col makes of them, one filter, and the map."""
    layer = look.layers["conv1"]
    places = [(8, 12), (12, 14), (18, 15)]
    patches = np.empty((26 * 26, 9), np.float32)
    im2col(layer.x[np.newaxis], (3, 3), (1, 1), (0, 0), patches)
    rows = patches[[i * 26 + j for i, j in places]]
    figure, axes = panels(4, 12, 3.3)
    axes[0].imshow(layer.x[..., 0], cmap="gray_r")
    axes[3].imshow(layer.y[..., MAP], cmap="gray_r")
    for k, (i, j) in enumerate(places):
        for ax, corner, side in ((axes[0], (j - 0.5, i - 0.5), 3), (axes[3], (j - 0.5, i - 0.5), 1)):
            ax.add_patch(Rectangle(corner, side, side, fill=False, ec=COLOURS[k], lw=2))
    axes[1].imshow(rows, cmap="gray_r", vmin=0, vmax=1)
    numbers(axes[1], rows)
    axes[1].set_yticks(range(3), ["■"] * 3)
    for label, colour in zip(axes[1].get_yticklabels(), COLOURS, strict=True):
        label.set_color(colour)
    weights = layer.W[..., MAP].reshape(9, 1)
    axes[2].imshow(weights, cmap=SIGNED, vmin=-np.abs(weights).max(), vmax=np.abs(weights).max())
    numbers(axes[2], weights, "{:+.2f}")
    title(axes[0], "x: the frame, three of its windows")
    title(axes[1], "three of the 676 rows of patches")
    title(axes[2], f"W: filter {MAP} as a column")
    title(axes[3], "y = patches W + b, after ReLU")
    save(figure, FOLDER / "convolution.png")


def pooling(look: Look) -> None:
    """Part of a map, what pooling keeps, and where a gradient goes back to."""
    part = np.ascontiguousarray(look.layers["conv1"].y[PIXELS, PIXELS, MAP])[np.newaxis, ..., np.newaxis]
    pool = MaxPool2D(2)
    pool.build(part.shape[1:], np.random.default_rng(0), np.float32)
    y = pool.forward(part).copy()
    dy = np.arange(1, 17, dtype=np.float32).reshape(y.shape)
    dx = np.empty_like(part)
    max_pool_backward(dy, pool.argmax, pool.window, pool.stride, dx)
    figure, axes = panels(4, 12, 3.3)
    for ax, values, form, text in (
        (axes[0], part, "{:.2f}", "x: 8×8 pixels of a map"),
        (axes[1], y, "{:.2f}", "y: the largest of each four"),
        (axes[2], dy, "{:.0f}", "dy: any gradient"),
        (axes[3], dx, "{:.0f}", "dx: each goes to its largest"),
    ):
        shown = values[0, ..., 0]
        ax.imshow(shown, cmap="Blues")
        numbers(ax, shown, form)
        title(ax, text)
        step = 2 if len(shown) == 8 else 1
        for k in range(0, len(shown) + 1, step):
            ax.axhline(k - 0.5, color=MUTED, lw=0.8)
            ax.axvline(k - 0.5, color=MUTED, lw=0.8)
    save(figure, FOLDER / "pooling.png")


def softmax_and_loss(look: Look, label: int) -> None:
    """Logits, probabilities, and the gradient p − target."""
    logits = look.layers["dense2"].z.ravel()
    exp = np.exp(logits - logits.max())
    p = exp / exp.sum()
    figure = Figure(figsize=(12, 2.8), layout="constrained")
    for ax, values, text in zip(
        figure.subplots(1, 3),
        (logits, p, p - np.eye(10)[label]),
        ("logits z", "p = softmax(z)", "dL/dz = p − target"),
        strict=True,
    ):
        ax.bar(range(10), values, color=[BLUE if k == label else GREY for k in range(10)])
        ax.set_xticks(range(10))
        ax.axhline(0, color=TEXT, lw=0.8)
        ax.grid(axis="y", color=GRID)
        ax.set_axisbelow(True)
        ax.spines[["top", "right", "left"]].set_visible(False)
        title(ax, text)
    save(figure, FOLDER / "softmax.png")


def adam_steps() -> None:
    """How far Adam goes in each step where the gradient is always the same, however large it is."""
    figure, ax = chart("How far Adam moves a parameter, with the learning rate 0.001", "step")
    for gradient, colour in ((1.0, BLUE), (1e-4, ORANGE)):
        theta = np.zeros(1)
        adam = Adam([theta])
        places = [0.0]
        for _ in range(20):
            adam.step([np.array([gradient])], 0.001)
            places.append(float(theta[0]))
        moved = -np.diff(places)
        ax.plot(
            range(1, 21),
            moved,
            "o-",
            color=colour,
            ms=7 if gradient == 1 else 3,
            label=f"gradient {gradient:g}",
        )
    m, v = 0.0, 0.0
    plain = []
    for _ in range(20):
        m, v = 0.9 * m + 0.1, 0.999 * v + 0.001
        plain.append(0.001 * m / (np.sqrt(v) + 1e-8))
    ax.plot(range(1, 21), plain, "s--", color=MUTED, ms=4, label="without its correction")
    ax.set_ylim(0)
    ax.set_xticks(range(1, 21))
    ax.legend(frameon=False)
    save(figure, FOLDER / "adam.png")


def winners(networks: dict[str, Sequential], x: ndarray) -> None:
    """In how many windows of the pooling anything has a gradient."""
    figure, ax = chart("Windows of the pooling whose largest value ReLU lets through", "")
    for k, (name, network) in enumerate(networks.items()):
        network.forward(x)
        steps = [step for step in network.executed if isinstance(step, FusedStep)]
        shares = [float(np.mean(step.argmax != NO_WINNER)) for step in steps]
        bars = ax.bar(
            np.arange(2) + 0.27 * (k - 1), shares, 0.25, label=name, color=(GREY, ORANGE, BLUE)[k]
        )
        ax.bar_label(bars, [f"{share:.0%}" for share in shares], padding=2, color=TEXT)
    ax.set_xticks([0, 1], ["conv1", "conv2"])
    ax.set_yticks([])
    ax.legend(frameon=False)
    save(figure, FOLDER / "winners.png")


def filters(networks: dict[str, Sequential]) -> None:
    """conv1's 32 filters, 3×3 each, in all of these networks."""
    figure, axes = panels(len(networks), 12, 2.6)
    for ax, (name, network) in zip(axes, networks.items(), strict=True):
        W = network.named_parameters()["conv1.W"][:, :, 0]
        sheet = np.full((4 * 4 + 1, 8 * 4 + 1), np.nan)
        for f in range(32):
            top, left = f // 8 * 4 + 1, f % 8 * 4 + 1
            sheet[top : top + 3, left : left + 3] = W[..., f]
        most = np.abs(W).max()
        ax.imshow(sheet, cmap=SIGNED, vmin=-most, vmax=most)
        ax.spines[:].set_visible(False)
        title(ax, name)
    save(figure, FOLDER / "filters.png")


def units(network: Sequential, images: ndarray, labels: ndarray) -> None:
    """The 64 units of dense1 for many digits, seen from where they differ most: two principal axes."""
    values = to_input(images)
    for layer in network.layers[:-1]:  # up to dense1's ReLU
        values = layer.forward(values)
    centred = values - values.mean(axis=0)
    _, _, axes_of_space = np.linalg.svd(centred, full_matrices=False)
    places = centred @ axes_of_space[:2].T
    figure, ax = chart("64 units of dense1 in two dimensions", "")
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_yticks([])
    colours = [f"C{k}" for k in range(10)]
    for digit in range(10):
        own = places[labels == digit]
        ax.scatter(*own.T, s=5, color=colours[digit], alpha=0.5, lw=0)
        box = {"facecolor": "white", "edgecolor": colours[digit], "pad": 2}
        ax.text(
            *np.median(own, axis=0),
            str(digit),
            fontsize=12,
            weight="bold",
            color=colours[digit],
            bbox=box,
        )
    save(figure, FOLDER / "units.png")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m docs.figures WEIGHTS-AFTER-ONE-EPOCH.npz")
    weights = project_path("weights/digits.npz")
    network, record = load_cnn(weights)
    first, first_record = load_cnn(Path(sys.argv[1]))
    seed = record["settings"]["seed"]
    if first_record["settings"]["seed"] != seed:  # its filters would have begun elsewhere
        sys.exit(f"{sys.argv[1]} is of another seed: train with --seed {seed}")
    at_start = build_cnn(seed=seed)
    networks = {"at the start": at_start, "after one epoch": first, "as it ships": network}
    inside = Inside(network, Calibration.from_record(record, weights))
    digits = mnist.load("train")
    look = inside.look(digits.images[DIGIT])
    convolution(look)
    pooling(look)
    softmax_and_loss(look, int(digits.labels[DIGIT]))
    adam_steps()
    winners(networks, to_input(digits.images[:200]))
    filters(networks)
    units(inside.network, digits.images[-DIGITS:], digits.labels[-DIGITS:])
    print(f"Saved seven figures in {FOLDER}")


if __name__ == "__main__":
    main()
