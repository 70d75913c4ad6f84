"""A copy of the project to break, and which test notices."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
COPIED = (
    "nn",
    "digits",
    "window",
    "tests",
    "weights",
    "docs",
    "examples",
    "*.py",
    "*.md",
    "*.toml",
    "*.txt",
)
SECONDS = 120  # a mistake that makes a test hang is noticed, too


def copy_project(folder: Path) -> Path:
    """With the files' times, so that compiled kernels are found again."""
    folder.mkdir()
    for pattern in COPIED:
        for path in PROJECT.glob(pattern):
            copy = shutil.copytree if path.is_dir() else shutil.copy2
            copy(path, folder / path.name)
    return folder


def first_failure(project: Path, tests: tuple[str, ...], seconds: float = SECONDS) -> str | None:
    """The test that fails first in this copy, or None."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n0",
        "-x",
        "-q",
        "-rfE",
        "--tb=no",
        "-p",
        "no:cacheprovider",
    ]
    environment = os.environ | {
        "OPENBLAS_NUM_THREADS": "1",
        "MNIST_DIR": os.environ.get("MNIST_DIR", str(PROJECT / "data")),
    }
    pipes = {"capture_output": True, "text": True, "check": False}
    try:
        done = subprocess.run([*command, *tests], cwd=project, env=environment, timeout=seconds, **pipes)
    except subprocess.TimeoutExpired:
        return f"no end within {seconds} s"
    if done.returncode == 0:
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if not lines:
        return f"pytest cannot start: {(done.stdout + done.stderr)[-300:]}"
    return lines[0].split(" - ")[0].split(maxsplit=1)[1]


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
