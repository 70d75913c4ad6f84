"""Files are read without trust and never half written.

`read_arrays` reads an npz file from anybody; `replace_file` keeps the old file until the new one is
whole.
"""

import contextlib
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from nn.errors import UserError, explain


def read_arrays(path, largest, what):
    """{name: array} of an npz file that unpacks to at most `largest` bytes.

    UserError where it cannot be read, is none, is damaged or holds anything but plain arrays; the
    message calls it a `what` file. FileNotFoundError is left to the caller.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(member.file_size for member in packed.infolist()) > largest:
                raise UserError(f"{path} unpacks to more than {largest:,} bytes: no {what} file")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (FileNotFoundError, UserError):
        raise
    except OSError as error:
        raise UserError(f"cannot read {explain(error)}") from error
    except Exception as error:  # zipfile, its decompressors and NumPy have a dozen kinds between them
        raise UserError(f"{path} is no {what} file, or a damaged one") from error
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise UserError(f"{path} is no {what} file: it holds more than arrays")
    return arrays


def ensure_writable(folder):
    """Make the folder if need be. UserError if a file cannot be made in it: better now than later."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(f"cannot write into {folder}: {error.strerror}") from error


@contextlib.contextmanager
def replace_file(path):
    """Yield a path beside `path` to write to; rename it to `path` only when all went well.

    UserError when the folder cannot be made, written to, or is full; `path` is then as before.
    """
    path = Path(path)
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
