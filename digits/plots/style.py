"""What all pictures share: colours, an empty chart, and how a figure becomes a file.

Figures are made without pyplot, so that no display is needed and nothing is kept after the file is
written.
"""

from matplotlib.figure import Figure

from nn.files import replace_file

TEXT, FAINT, GRID = "#1f2937", "#6b7280", "#e5e7eb"
BLUE, ORANGE = "#2563eb", "#ea580c"
STYLE = {"color": TEXT, "fontsize": 10}


def chart(title, label):
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


def save(figure, path):
    """Write a figure to a PNG file, whole or not at all."""
    with replace_file(path) as beside:
        figure.savefig(beside, dpi=150, facecolor="white")
