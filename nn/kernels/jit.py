"""How numba compiles a kernel: without Python's interpreter lock, and kept on disk for next time."""

import numba

jit = numba.njit(nogil=True, cache=True)
# The same with a·b + c rounded once instead of twice, which is one instruction instead of two.
jit_contract = numba.njit(nogil=True, cache=True, fastmath={"contract"})
