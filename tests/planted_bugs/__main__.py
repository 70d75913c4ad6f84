"""Plant each mistake in a copy of the project, and print which test catches it, and how fast.

`python -m tests.planted_bugs [WORD …]` takes those whose title or file has one of the words; without
any it takes all. Exit status 1 if one slips through: then a test is missing.
"""

import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.planted_bugs.bug import Bug
from tests.planted_bugs.network import BUGS as NETWORK_BUGS
from tests.planted_bugs.programs import BUGS as PROGRAM_BUGS

PROJECT = Path(__file__).resolve().parent.parent.parent
BUGS = [*NETWORK_BUGS, *PROGRAM_BUGS]
COPIED = (
    "nn",
    "digits",
    "window",
    "tests",
    "weights",
    "docs",
    "images",
    "*.py",
    "*.md",
    "*.toml",
    "*.txt",
)
SECONDS = 180  # a mistake that makes a test hang is caught, too


def copy_project(folder: Path) -> None:
    """With times as they are, so that kernels compiled before are found, and with MNIST's files."""
    folder.mkdir()
    for pattern in COPIED:
        for path in PROJECT.glob(pattern):
            if path.is_dir():
                shutil.copytree(path, folder / path.name)
            else:
                shutil.copy2(path, folder / path.name)


def run_tests(project: Path, tests: tuple[str, ...], seconds: float = SECONDS) -> str | None:
    """Which test fails first, or None."""
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
    try:
        done = subprocess.run(
            [*command, *tests],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"nothing in {seconds} s"
    if done.returncode == 0:
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if not lines:  # pytest itself could not run
        raise RuntimeError(done.stdout + done.stderr)
    return lines[0].split(" - ")[0].split(maxsplit=1)[1]


def try_bug(bug: Bug) -> tuple[Bug, str | None, float]:
    """(the bug, the test that catches it or None, seconds)."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary) / "project"
        copy_project(project)
        bug.plant(project)
        caught_by = run_tests(project, bug.tests)
    return bug, caught_by, time.perf_counter() - started


def main() -> int:
    words = [word.lower() for word in sys.argv[1:]]
    bugs = [
        bug for bug in BUGS if not words or any(w in f"{bug.file} {bug.title}".lower() for w in words)
    ]
    if not bugs:
        print(f"no bug has any of these words: {', '.join(words)}", file=sys.stderr)
        return 2
    survivors = []
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:  # what fails without any bug catches none
        copy_project(Path(temporary) / "project")
        tests = sorted({test for bug in bugs for test in bug.tests})
        failing = run_tests(Path(temporary) / "project", tuple(tests), seconds=1200)
    if failing:
        print(f"{failing} fails where nothing is planted", file=sys.stderr)
        return 2
    processes = max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    with concurrent.futures.ThreadPoolExecutor(processes) as pool:
        for bug, caught_by, seconds in pool.map(try_bug, bugs):
            if caught_by is None:
                survivors.append(bug)
            verdict = caught_by or "SLIPPED THROUGH"
            print(f"{bug.file:<28} {bug.title:<52} {seconds:>4.0f} s  {verdict}", flush=True)
    minutes = (time.perf_counter() - started) / 60
    print(f"\n{len(bugs) - len(survivors)} of {len(bugs)} caught in {minutes:.1f} minutes")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
