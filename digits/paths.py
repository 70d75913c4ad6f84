"""The project's own folders are found from wherever a program is started."""

from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


def own(name):
    """The path of a file or folder of the project's, as short as it can be said from here."""
    path = HOME / name
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):  # started elsewhere, or in a folder that is gone
        return path
