"""Read regular files only; write atomically."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nn.errors import UserError


def check_is_file(path: Path) -> None:
    """OSError unless it is a file or a link to one: a device or a pipe may have no end."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(None, "Is not a file", str(path))


def ensure_replaceable(path: Path) -> None:
    """UserError if a file cannot be written at this path, or put in place of the one there."""
    ensure_writable(path.parent)
    if path.is_dir():
        raise UserError(f"cannot write {path}: it is a folder")
    if path.exists() and not path.stat().st_mode & stat.S_IWUSR:  # also for root, who may all
        raise UserError(f"cannot write {path}: it is read-only")
    if path.exists() and not _may_be_renamed_over(path):
        raise UserError(f"cannot write {path}: it is another user's, in a folder that protects it")


def _may_be_renamed_over(path: Path) -> bool:
    """In a sticky folder, such as /tmp, only the owner of the file or of the folder replaces it."""
    folder = path.parent.stat()
    if not folder.st_mode & stat.S_ISVTX or not hasattr(os, "geteuid"):
        return True
    return os.geteuid() in (0, folder.st_uid, path.lstat().st_uid)


def ensure_writable(folder: Path) -> None:
    """Make the folder if need be. UserError if a file cannot be made in it: better now than later."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(f"cannot write into {folder}: {error.strerror}") from error


@contextlib.contextmanager
def replace_file(path: str | Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it to `path` only when all went well.

    UserError when the folder cannot be made, written to, or is full; `path` is then as before.
    """
    path = Path(os.path.realpath(path))  # a link stays one
    beside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")  # the suffix tells the format
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        os.replace(beside, path)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot write {path}: {reason}") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
