"""The numerical tests are green with all kernels that this processor can run, not only its own.

OpenBLAS chooses its kernels by the processor, or by OPENBLAS_CORETYPE; numba compiles for it, or for
NUMBA_CPU_NAME. Each adds up in another order. One plugin adds up in orders that no library has.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import PROJECT

pytestmark = pytest.mark.long

NUMERICAL = (
    "tests/nn",
    "tests/digits/test_*.py",
    "tests/digits/reading",
    "tests/digits/training",
    "tests/test_evaluate.py",
)
CORE_TYPES = {  # and what Linux calls what each needs
    "Prescott": "pni",
    "Nehalem": "sse4_2",
    "Sandybridge": "avx",
    "Haswell": "avx2",
    "Zen": "avx2",
    "SkylakeX": "avx512f",
    "Cooperlake": "avx512_bf16",
}


def flags():
    """What the processor can do, as Linux says it; an empty set elsewhere."""
    cpuinfo = Path("/proc/cpuinfo")
    if platform.machine() != "x86_64" or not cpuinfo.exists():
        return set()
    lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("flags")]
    return set(lines[0].split()) if lines else set()


def run(environment, *options):
    """Run the numerical tests, and fail with what they print if any is red."""
    tests = [str(p.relative_to(PROJECT)) for name in NUMERICAL for p in sorted(PROJECT.glob(name))]
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "--tb=short", *options, *tests]
    cleared = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS", "PYTEST_"))}
    done = subprocess.run(
        command, cwd=PROJECT, env=cleared | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


@pytest.mark.parametrize("core_type", CORE_TYPES)
def test_core_types_of_openblas(core_type):
    if CORE_TYPES[core_type] not in flags():
        pytest.skip(f"needs {CORE_TYPES[core_type]}")
    check = (
        "from tests.rounding import machine; import sys; print(machine()); "
        f"sys.exit({core_type!r} not in machine())"
    )
    environment = {"OPENBLAS_CORETYPE": core_type}
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=PROJECT, env=os.environ | environment, check=False
    )
    if done.returncode:
        pytest.skip("this OpenBLAS has no such kernels")
    run(environment)


@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_threads_of_openblas(threads):
    run({"OPENBLAS_NUM_THREADS": threads})


def test_any_processor_for_numba(tmp_path):
    run({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)})


@pytest.mark.parametrize("order", ["backwards", "shuffled", "one by one"])
def test_orders_of_sums_that_no_library_has(order):
    run({"ORDER_OF_SUMS": order}, "-p", "tests.long.other_sums")


def test_the_other_sums_are_right_and_others():
    from tests.long.other_sums import matmul

    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(shape).astype(np.float32) for shape in ((5, 300), (300, 4)))
    exact = a.astype(np.float64) @ b
    for order in ("backwards", "shuffled", "one by one"):
        found = matmul(a, b, order)
        np.testing.assert_allclose(found, exact, atol=1e-3)
        assert (found != a @ b).any()
