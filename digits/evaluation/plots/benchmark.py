"""This project beside the frameworks: bars of images per second."""

import statistics
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from digits.evaluation.plots.style import BLUE, GREY, MUTED, STYLE, TEXT, save


def benchmark(results: dict[str, Any], path: Path) -> None:
    """Training and inference speed of each contestant, from compare.py's results."""
    threads, figures = max(results["threads"].items(), key=lambda item: int(item[0]))
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, key, title in (
        (left, "training", "Training, batch 128"),
        (right, "inference", "Inference, batch 1,000"),
    ):
        speeds = {name: statistics.median(f[key]) for name, f in figures.items()}
        names = sorted(speeds, key=speeds.__getitem__)
        colours = [BLUE if name == "this project" else GREY for name in names]
        axes.barh(names, [speeds[name] for name in names], color=colours, height=0.62)
        for k, name in enumerate(names):
            low = min(figures[name][key])
            high = max(figures[name][key])
            axes.plot([low, high], [k, k], color=MUTED, lw=1.2)
            axes.text(high, k, f"  {speeds[name]:,.0f}", va="center", **STYLE)
        axes.set_title(f"{title}: images per second", loc="left", **{**STYLE, "fontsize": 12})
        axes.set_xlim(0, 1.2 * max(speeds.values()))
        axes.set_xticks([])
        axes.tick_params(length=0, colors=TEXT, labelsize=10)
        axes.spines[:].set_visible(False)
    many = "s" if int(threads) > 1 else ""
    note = f"{threads} thread{many}, {results['machine']}; bars are medians, lines the whole spread"
    figure.supxlabel(note, fontsize=9, color=MUTED)
    save(figure, path)
