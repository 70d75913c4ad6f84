"""Read an untrusted npz file, a zip of arrays: nothing in it is run, and its size is bounded."""

import os
import struct
import zipfile
from pathlib import Path

import numpy as np
from numpy import ndarray

from nn.errors import UserError, explain
from nn.files import check_is_file

MAX_MEMBERS = 100  # ours have 14
MAX_DIRECTORY_BYTES = 50_000  # of the zip: 500 for each member
END = struct.Struct("<4s6xHL6x")  # the end of a zip, which NumPy writes without a comment
LOCATOR_BYTES = 20  # before that, only where there are more than 65,535 members or 4 GB
HEADER_BYTES = 128  # of an array of plain numbers, beside its content
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that NumPy writes


def read_arrays(path: Path, max_bytes: int, kind: str) -> dict[str, ndarray]:
    """{name: array} of an npz file whose arrays have at most `max_bytes` together.

    UserError if the file is unreadable, not an npz, damaged, or holds anything but plain arrays; the
    message calls it a `kind` file. FileNotFoundError is left to the caller.
    """
    try:
        check_is_file(path)
        if not _has_small_directory(path):
            raise UserError(f"{path} is no {kind} file, a damaged one, or has too many arrays")
        with zipfile.ZipFile(path) as directory:
            members = directory.infolist()
        if len({m.filename for m in members}) < len(members):
            raise UserError(f"{path} is no {kind} file: one of its arrays is there twice")
        if not all(m.filename.endswith(".npy") and m.compress_type in COMPRESSIONS for m in members):
            raise UserError(f"{path} is no {kind} file: it holds more than arrays")
        # A member is read to the size that the zip's directory says, and no further.
        if sum(m.file_size for m in members) > max_bytes + HEADER_BYTES * len(members):
            raise UserError(f"{path} unpacks to more than {max_bytes:,} bytes: no {kind} file")
        with np.load(path, allow_pickle=False) as packed:
            arrays = {name: packed[name] for name in packed.files}
        if not all(isinstance(array, ndarray) for array in arrays.values()):  # bytes without a header
            raise UserError(f"{path} is no {kind} file: it holds more than arrays")
        return arrays
    except (FileNotFoundError, UserError):
        raise
    except OSError as error:
        raise UserError(f"cannot read {explain(error)}") from error
    except Exception as error:  # zipfile, its decompressors and NumPy have a dozen kinds between them
        raise UserError(f"{path} is no {kind} file, or a damaged one") from error


def _has_small_directory(path: Path) -> bool:
    """Whether a zip's end says that its directory has few members: zipfile would read millions."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - LOCATOR_BYTES - END.size))
        end = file.read()
    if len(end) < END.size:
        return False
    signature, members, directory_bytes = END.unpack(end[-END.size :])
    is_large = end.startswith(b"PK\x06\x07") and len(end) > END.size
    return (
        signature == b"PK\x05\x06"
        and not is_large
        and members <= MAX_MEMBERS
        and directory_bytes <= MAX_DIRECTORY_BYTES
    )
