"""Every picture. Each function draws one figure and writes it to a PNG file.

Only this folder imports matplotlib, and only those who want a picture import this folder.
"""

import os

os.environ["MPLBACKEND"] = "agg"  # files are all that is made here, whatever a notebook has set
import matplotlib

matplotlib.rcdefaults()  # a style of the user's own may have fonts or colours that do not fit
from digits.evaluation.plots.benchmark import benchmark
from digits.evaluation.plots.curves import accuracy_curves, loss_curves
from digits.evaluation.plots.network import model_architecture, model_summary
from digits.evaluation.plots.reliability import calibration, robustness
from digits.evaluation.plots.results import confusion_matrix, misclassified

__all__ = [
    "accuracy_curves",
    "benchmark",
    "calibration",
    "confusion_matrix",
    "loss_curves",
    "misclassified",
    "model_architecture",
    "model_summary",
    "robustness",
]
