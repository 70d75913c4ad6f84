"""A run owns the folder that it writes to: a second one into the same folder is refused.

The lock is the operating system's, on a file that goes with the run. A killed owner's is open at once:
no process number has to be looked up, which might be somebody else's by then.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from nn.errors import UserError

NAME = ".training"


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Own this folder, which is made if need be. UserError if another run does, or it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / NAME
        file = path.open("ab")
    except OSError as error:
        raise UserError(f"nothing can be written to {folder}: {error.strerror}") from error
    with file:
        try:
            _lock(file)
            if not os.path.samestat(os.fstat(file.fileno()), path.stat()):
                raise OSError  # its owner has just ended, and another may have begun
        except OSError as error:
            raise UserError(
                f"another training writes to {folder}: wait until it is over, or choose another --out"
            ) from error
        for half in folder.glob(".*checkpoint.[0-9]*.npz"):  # a killed run was writing it
            half.unlink()
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()


def _lock(file: BinaryIO) -> None:
    """OSError if somebody else has it."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined] # of Windows
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
