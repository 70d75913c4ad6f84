"""What a measured figure depends on besides the code: versions and processor."""

import platform
from importlib import metadata
from typing import Any


def environment() -> dict[str, Any]:
    """The versions of Python, NumPy and numba, and the machine."""
    return {
        "versions": {
            "python": platform.python_version(),
            "numpy": metadata.version("numpy"),
            "numba": metadata.version("numba"),
        },
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(": ")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"
