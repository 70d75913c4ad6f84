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


def _can_be_cached():
    """Whether numba can cache compiled kernels anywhere: beside the code, or in the user's home."""
    try:
        numba.njit(cache=True)(_can_be_cached)
    except RuntimeError:
        return False
    return True


CACHED = _can_be_cached()
jit = numba.njit(nogil=True, cache=CACHED)
# The same with a·b + c rounded once instead of twice, which is one instruction instead of two.
jit_contract = numba.njit(nogil=True, cache=CACHED, fastmath={"contract"})
