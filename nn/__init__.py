"""A small neural-network library from scratch in NumPy and numba. It knows nothing of digits.

The reference, to be read in this order: layers.py, losses.py, optimizers.py, network.py, training.py and
gradient_check/, and ctc.py when wanted. kernels/ has the numba loops that layers call, fast/ makes it
faster, weights.py saves and loads.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nn.ctc import beam_search as beam_search
    from nn.ctc import best_path as best_path
    from nn.ctc import ctc_loss as ctc_loss
    from nn.fast import ParallelRunner as ParallelRunner
    from nn.fast import accelerate as accelerate
    from nn.gradient_check import check_layer as check_layer
    from nn.gradient_check import check_network as check_network
    from nn.layers import Conv2D as Conv2D
    from nn.layers import Dense as Dense
    from nn.layers import Flatten as Flatten
    from nn.layers import Layer as Layer
    from nn.layers import MaxPool2D as MaxPool2D
    from nn.layers import ReLU as ReLU
    from nn.losses import softmax as softmax
    from nn.losses import softmax_cross_entropy as softmax_cross_entropy
    from nn.network import Sequential as Sequential
    from nn.optimizers import Adam as Adam
    from nn.optimizers import WeightAverage as WeightAverage
    from nn.optimizers import warmup_cosine as warmup_cosine
    from nn.training import Runner as Runner
    from nn.training import train as train
    from nn.weights import load_weights as load_weights
    from nn.weights import save_weights as save_weights

_PUBLIC = {
    "nn.layers": ("Conv2D", "Dense", "Flatten", "Layer", "MaxPool2D", "ReLU"),
    "nn.losses": ("softmax", "softmax_cross_entropy"),
    "nn.ctc": ("beam_search", "best_path", "ctc_loss"),
    "nn.optimizers": ("Adam", "WeightAverage", "warmup_cosine"),
    "nn.network": ("Sequential",),
    "nn.training": ("Runner", "train"),
    "nn.gradient_check": ("check_layer", "check_network"),
    "nn.fast": ("ParallelRunner", "accelerate"),
    "nn.weights": ("load_weights", "save_weights"),
}
_MODULES = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    """Import a public name on first use: NumPy and numba take a second, which the window saves."""
    if name not in _MODULES:
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
