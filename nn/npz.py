"""Read an untrusted npz file, a zip of arrays: nothing in it is run, and its size is bounded."""

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from nn.errors import UserError, explain
from nn.files import check_is_file

MAX_MEMBERS = 100  # ours have 14
CHUNK_BYTES = 2**20
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
            members = packed.infolist()
            if len(members) > MAX_MEMBERS or len({m.filename for m in members}) < len(members):
                raise UserError(f"{path} is no {kind} file: too many arrays, or one of them twice")
            for member in members:
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
    if np.lib.format.read_magic(file) != (1, 0):  # later ones have headers of any length
        raise ValueError("a format that NumPy writes only for arrays of very many fields")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject or min(shape, default=0) < 0:
        raise ValueError("no plain array: objects are pickled, and no side is negative")
    size = math.prod(shape) * dtype.itemsize
    if size > max_bytes:
        return None
    content = bytearray(size)
    for start in range(0, size, CHUNK_BYTES):
        chunk = file.read(min(CHUNK_BYTES, size - start))
        content[start : start + len(chunk)] = chunk
        if len(chunk) < min(CHUNK_BYTES, size - start):
            raise ValueError("less than an array")
    flat = np.frombuffer(content, dtype, count=math.prod(shape))
    if file.read(1):  # also checks the member's checksum
        raise ValueError("more than an array")
    return flat.reshape(shape, order="F" if fortran_order else "C")
