"""What all pictures share: colours, an empty chart, and how a figure becomes a file.

Figures are made without pyplot, so that no display is needed and nothing is kept after the file is
written.
"""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nn.files import replace_file

TEXT = "#1f2937"
MUTED = "#6b7280"
GRID = "#e5e7eb"
BLUE = "#2563eb"
ORANGE = "#ea580c"
GREY = "#cbd5e1"
STYLE: dict[str, Any] = {"color": TEXT, "fontsize": 10}


def chart(title: str, label: str) -> tuple[Figure, Axes]:
    """A figure with one set of axes, a title, and this label below."""
    figure = Figure(figsize=(7.6, 4.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", **{**STYLE, "fontsize": 14}, pad=10)
    axes.set_xlabel(label, **STYLE)
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0, colors=TEXT)
    return figure, axes


def save(figure: Figure, path: Path) -> None:
    """Write a figure to a PNG file, whole or not at all."""
    with replace_file(path) as beside:
        figure.savefig(beside, dpi=150, facecolor="white")
