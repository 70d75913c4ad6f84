"""How far two results may be apart: as far as rounding can bring them, on any machine, and no further.

Added up in any order, with fused multiply-adds or without, a sum of n products differs from the exact
one by at most γ(n) Σ |aᵢ bᵢ|, with γ(n) = n u / (1 − n u) and the unit roundoff u: 2⁻²⁴ in float32,
2⁻⁵³ in float64. (Higham, "Accuracy and Stability of Numerical Algorithms" (2002), section 3.1.) Where
one sum feeds another, their n add up. Σ |aᵢ bᵢ| is the magnitude: what the same computation
gives when all its numbers are replaced by their absolute values.
"""

import llvmlite.binding
import numba
import numpy as np
from threadpoolctl import threadpool_info

# (roundings, growth) for comparisons in float64; growth is the magnitude as a multiple of the
# largest number. For the digit network growth was found to be 8,000 to 63,000, and its roundings are at
# most as many as its sums are long: 1,600 forward, as many backward, and N·676 for conv1's dW. So
# 1e-11 and 1e-7 of the largest number are allowed. A mistake in a formula changes it by a
# thousandth or more: only float64 has such a gap between the two.
LAYER, NETWORK = (1_000, 100), (10_000, 100_000)


def gamma(roundings, dtype):
    """γ(n): the largest relative error of a term that has been rounded n times."""
    error = roundings * np.finfo(dtype).eps / 2
    return error / (1 - error)


def assert_equal_up_to_rounding(found, exact, magnitude, roundings):
    """Each number is as near to the exact one as so many roundings of `found.dtype` allow."""
    allowed = gamma(roundings, np.asarray(found).dtype) * np.asarray(magnitude)
    _assert_within(np.asarray(found), np.asarray(exact), allowed)


def assert_equal_in_float64(found, expected, size=LAYER):
    """Equal but for the order of sums, both in float64; `size` is LAYER or NETWORK."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.dtype == expected.dtype == np.float64
    roundings, growth = size
    scale = np.max(np.abs(expected), initial=0)
    _assert_within(found, expected, gamma(roundings, np.float64) * growth * scale)


def _assert_within(found, expected, allowed):
    assert found.shape == expected.shape
    excess = np.abs(found - expected) - allowed
    if not (excess <= 0).all():  # nor a NaN
        worst = np.unravel_index(np.argmax(np.where(np.isnan(excess), np.inf, excess)), excess.shape)
        raise AssertionError(
            f"{np.count_nonzero(~(excess <= 0))} of {excess.size} numbers differ by more than rounding. "
            f"Worst at {tuple(map(int, worst))}: {found[worst]!r}, expected {expected[worst]!r}, "
            f"allowed ±{np.broadcast_to(allowed, excess.shape)[worst]:.1e}. Computed by {machine()}"
        )


def machine():
    """The kernels that compute here: another machine may have others, which round differently."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    names = ("internal_api", "version", "architecture", "num_threads")
    libraries = [" ".join(str(pool.get(name, "?")) for name in names) for pool in pools]
    cpu = numba.config.CPU_NAME or llvmlite.binding.get_host_cpu_name()
    blas = ", ".join(libraries) or "no BLAS library"
    return f"NumPy {np.__version__} with {blas} thread(s), numba {numba.__version__} for {cpu}"
