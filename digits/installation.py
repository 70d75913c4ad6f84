"""Checked before a program imports anything else: this Python, and the packages that it needs."""

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("numpy", "numba", "matplotlib", "pygame", "PIL", "threadpoolctl", "tqdm")
OLDEST = (3, 11)


def check(*imported: str) -> None:
    """Exit with one line and status 2 unless all packages are there and these can be imported."""
    if problem := find_problem(imported):
        print(f"{Path(sys.argv[0]).name}: {problem}", file=sys.stderr)
        sys.exit(2)


def find_problem(imported: tuple[str, ...]) -> str | None:
    """What stands in the way, and what to do about it."""
    if sys.version_info < OLDEST:
        found, needed = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST))
        return f"this is Python {found}, and {needed} or newer is needed"
    install = "pip install -r requirements.txt, in the virtual environment (. .venv/bin/activate)"
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        return f"not installed: {', '.join(missing)}. {install}"
    for name in imported:
        try:
            importlib.import_module(name)
        except ImportError as error:  # numba, say, that is too old for this NumPy
            return f"{name} cannot be imported ({str(error).splitlines()[0]}): {install}"
    return None
