"""MNIST: 70,000 handwritten digits, found or fetched, each file checked to the last byte."""

import math
import os
import zlib
from pathlib import Path
from typing import Literal

from numpy import ndarray

from digits.data.dataset import Dataset
from digits.data.mnist_files import FILES, check, decode_idx, encode_idx
from digits.paths import project_path
from nn.errors import UserError, explain
from nn.files import check_is_file
from nn.npz import read_arrays

MAX_HEADER_BYTES = 64  # of an IDX file; a file with more than its array and this is not read to its end
GZIP = 31  # what zlib calls a file with gzip's header

KERAS = "mnist.npz"  # Keras' name for all four arrays in one file
KERAS_NAMES = dict(zip(FILES, ("x_train", "y_train", "x_test", "y_test"), strict=True))
MAX_KERAS_BYTES = 60_000_000

Split = Literal["train", "t10k"]  # the 60,000 training digits, the 10,000 test digits


def folder(data_dir: Path | None = None) -> Path:
    """Where the files live: --data-dir, else $MNIST_DIR, else the project's own data/."""
    return Path(data_dir or os.environ.get("MNIST_DIR") or project_path("data")).expanduser()


def load(split: Split, data_dir: Path | None = None) -> Dataset:
    """One split of MNIST. Files that are not there are fetched (see download.py).

    UserError when they cannot be, or when a file is not the original.
    """
    where = folder(data_dir)
    if not is_here(split, data_dir):
        from digits.data.download import fetch  # only a first run needs it

        fetch(where)
    images, labels = (_read(where, name) for name in FILES if name.startswith(split))
    return Dataset(images, labels)


def is_here(split: Split, data_dir: Path | None = None) -> bool:
    """Whether this split's two files are there, so that load() need not fetch any."""
    return all(_find(folder(data_dir), name) for name in FILES if name.startswith(split))


def _find(where: Path, name: str) -> Path | None:
    """The file that has this array: plain or compressed, with a dot before idx, or as Keras has it."""
    names = (name, name.replace("-idx", ".idx"))
    paths = [where / f"{n}{suffix}" for n in names for suffix in ("", ".gz")]
    return next((path for path in [*paths, where / KERAS] if path.exists()), None)


def _read(where: Path, name: str) -> ndarray:
    """The array in a file of this folder, checked."""
    path = _find(where, name) or where / name
    if path.name == KERAS:
        try:
            content = encode_idx(read_arrays(path, MAX_KERAS_BYTES, "npz")[KERAS_NAMES[name]])
        except KeyError as error:
            raise UserError(f"{path} does not hold MNIST") from error
        check(name, content, path)
        return decode_idx(name, content)
    max_bytes = math.prod(FILES[name].shape) + MAX_HEADER_BYTES
    try:
        check_is_file(path)
        with path.open("rb") as file:
            content = file.read(max_bytes + max_bytes // 100)  # what zip cannot pack becomes longer
        if path.suffix == ".gz":
            # The first member alone: there may be any number of empty ones.
            content = zlib.decompressobj(GZIP).decompress(content, max_bytes)
    except zlib.error:
        content = b""  # check() says what is wrong with it
    except OSError as error:
        raise UserError(f"cannot read the data: {explain(error)}") from error
    try:
        check(name, content, path)
    except UserError as error:
        raise UserError(f"{error}: delete it, and it will be fetched again") from error
    return decode_idx(name, content)
