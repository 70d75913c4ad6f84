"""How numba compiles a kernel: without Python's interpreter lock, and cached on disk for next time."""

from typing import Any

import numba
from numba.core.codegen import get_host_cpu_features

# Where a processor has AVX-512, LLVM prefers vectors of 256 bits, since the first such processors
# lowered their clock for those of 512. NumPy's matrix products use 512 in any case. Where kernels may,
# too, a training step takes 6 % less. (It holds for all that numba compiles in this process.)
config: Any = numba.config  # its options are not declared
if config.CPU_FEATURES is None and "+avx512f" in get_host_cpu_features().split(","):
    config.CPU_FEATURES = get_host_cpu_features() + ",-prefer-256-bit"


def _compile(function: Any, **options: Any) -> Any:
    try:
        return numba.njit(nogil=True, cache=True, **options)(function)
    except RuntimeError:  # neither the code's folder nor the user's home can be written to
        return numba.njit(nogil=True, **options)(function)


def jit(function: Any) -> Any:
    """A kernel: compiled when it is first called, or loaded from the cache."""
    return _compile(function)


def jit_contract(function: Any) -> Any:
    """A kernel in which a·b + c is rounded once instead of twice: one instruction instead of two."""
    return _compile(function, fastmath={"contract"})
