"""Read an untrusted npz file, a zip of arrays: nothing in it is run, and its size is bounded."""

import zipfile
from pathlib import Path

import numpy as np
from numpy import ndarray

from nn.errors import UserError, explain


def read_arrays(path: Path, max_bytes: int, kind: str) -> dict[str, ndarray]:
    """{name: array} of an npz file that unpacks to at most `max_bytes`.

    UserError where it cannot be read, is none, is damaged or holds anything but
    plain arrays; the message calls it a `kind` file. FileNotFoundError is left to the caller.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(member.file_size for member in packed.infolist()) > max_bytes:
                raise UserError(f"{path} unpacks to more than {max_bytes:,} bytes: no {kind} file")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (FileNotFoundError, UserError):
        raise
    except OSError as error:
        raise UserError(f"cannot read {explain(error)}") from error
    except Exception as error:  # zipfile, its decompressors and NumPy have a dozen kinds between them
        raise UserError(f"{path} is no {kind} file, or a damaged one") from error
    if not all(isinstance(array, ndarray) for array in arrays.values()):
        raise UserError(f"{path} is no {kind} file: it holds more than arrays")
    return arrays
