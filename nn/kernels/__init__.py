"""Every numba loop of the library, and nothing else: the few loops that NumPy alone cannot do fast.

A kernel gets arrays that are already allocated, writes its results into the last ones and returns
nothing. `kernel.py_func` is the same loop in plain Python; NUMBA_DISABLE_JIT=1 makes all kernels plain
Python, so that a debugger can step through.

Why the inner loops look as they do: numba turns `for c in range(C): out[c] = row[c]` over two
one-dimensional slices into vector instructions, and does not when the same loop indexes the
whole four-dimensional array. Several threads can run them at once, and none starts any of its own.
"""

from nn.kernels.convolution import col2im, im2col, max_pool, max_pool_backward
from nn.kernels.ctc import ctc_forward_backward, ctc_likeliest_path
from nn.kernels.fused import (
    NO_WINNER,
    direct_backward,
    direct_forward,
    winograd_input,
    winograd_output,
)
from nn.kernels.sparse import sparse_backward_filters, sparse_backward_input
from nn.kernels.winograd import (
    winograd_input_backward,
    winograd_outputs,
    winograd_outputs_backward,
)

__all__ = [
    "NO_WINNER",
    "col2im",
    "ctc_forward_backward",
    "ctc_likeliest_path",
    "direct_backward",
    "direct_forward",
    "im2col",
    "max_pool",
    "max_pool_backward",
    "sparse_backward_filters",
    "sparse_backward_input",
    "winograd_input",
    "winograd_input_backward",
    "winograd_output",
    "winograd_outputs",
    "winograd_outputs_backward",
]
