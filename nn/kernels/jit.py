"""How numba compiles a kernel: without Python's interpreter lock, and cached on disk for next time.

A cache that is damaged, or cannot be written, is done without: it is no reason to fail.
"""

import contextlib
from typing import Any

import numba
from numba.core.caching import FunctionCache
from numba.core.codegen import get_host_cpu_features

# Where a processor has AVX-512, LLVM prefers vectors of 256 bits, since the first such processors
# lowered their clock for those of 512. NumPy's matrix products use 512 in any case. Where kernels may,
# too, a training step takes 6 % less. (It holds for all that numba compiles in this process.)
config: Any = numba.config  # its options are not declared
if config.CPU_FEATURES is None and "+avx512f" in get_host_cpu_features().split(","):
    config.CPU_FEATURES = get_host_cpu_features() + ",-prefer-256-bit"


class _Cache(FunctionCache):
    """numba's cache of a kernel, where what cannot be read or written counts as not there."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # an empty or cut file makes pickle, zlib or numba fail, each in its own way
            with contextlib.suppress(OSError):
                self.flush()  # so that it is written anew
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with contextlib.suppress(Exception):  # a full disk, a quota; or an index that is damaged
            super().save_overload(sig, data)


def _compile(function: Any, **options: Any) -> Any:
    kernel: Any = numba.njit(nogil=True, **options)(function)
    if not config.DISABLE_JIT:
        with contextlib.suppress(
            RuntimeError
        ):  # no folder for it, beside the code or in the user's home
            kernel._cache = _Cache(function)
    return kernel


def jit(function: Any) -> Any:
    """A kernel: compiled when it is first called, or loaded from the cache."""
    return _compile(function)


def jit_contract(function: Any) -> Any:
    """The same with a·b + c rounded once instead of twice, one instruction instead of two."""
    return _compile(function, fastmath={"contract"})
