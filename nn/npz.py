"""Read an untrusted npz file, a zip of arrays: nothing in it is run, and its size is bounded."""

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from nn.errors import UserError, explain
from nn.files import check_is_file

COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that NumPy writes


def read_arrays(path: Path, max_bytes: int, kind: str) -> dict[str, ndarray]:
    """{name: array} of an npz file whose arrays have at most `max_bytes` together.

    UserError where it cannot be read, is none, is damaged or holds anything but plain arrays; the
    message calls it a `kind` file. FileNotFoundError is left to the caller.
    """
    arrays: dict[str, ndarray] = {}
    try:
        check_is_file(path)
        with zipfile.ZipFile(path) as packed:
            for member in packed.infolist():
                if not member.filename.endswith(".npy") or member.compress_type not in COMPRESSIONS:
                    raise UserError(f"{path} is no {kind} file: it holds more than arrays")
                with packed.open(member) as file:
                    array = _read_array(file, max_bytes - sum(a.nbytes for a in arrays.values()))
                if array is None:
                    raise UserError(f"{path} unpacks to more than {max_bytes:,} bytes: no {kind} file")
                arrays[member.filename.removesuffix(".npy")] = array
    except (FileNotFoundError, UserError, MemoryError):
        raise
    except OSError as error:
        raise UserError(f"cannot read {explain(error)}") from error
    except Exception as error:  # zipfile, its decompressors and NumPy have a dozen kinds between them
        raise UserError(f"{path} is no {kind} file, or a damaged one") from error
    return arrays


def _read_array(file: Any, max_bytes: int) -> ndarray | None:
    """The array in an npy file, or None if it has more bytes than that, and is not read then.

    What a zip says of a member's size need not be so, but the array's own header decides how much is
    read. ValueError for anything but a plain array.
    """
    version = np.lib.format.read_magic(file)
    read_header: Any = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, fortran_order, dtype = read_header(file)
    if dtype.hasobject or min(shape, default=0) < 0:
        raise ValueError("no plain array: objects are pickled, and no side is negative")
    size = math.prod(shape) * dtype.itemsize
    if size > max_bytes:
        return None
    content = file.read(size)
    flat = np.frombuffer(bytearray(content), dtype, count=math.prod(shape))
    if file.read(1):  # also checks the member's checksum
        raise ValueError("more than an array")
    return flat.reshape(shape, order="F" if fortran_order else "C")
