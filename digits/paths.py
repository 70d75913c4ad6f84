"""The project's own folders are found from wherever a program is started."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def project_path(name: str) -> Path:
    """The path of a file or folder of the project's, relative to the current folder if it is within."""
    path = PROJECT / name
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):  # started elsewhere, or in a folder that is gone
        return path
