"""Read an npz file, a zip of arrays, from anybody: nothing in it is run, nothing is too large."""

import zipfile

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
