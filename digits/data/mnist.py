"""MNIST: 70,000 handwritten digits, found or fetched, each file checked to the last byte."""

import gzip
import os
import zlib
from pathlib import Path

import numpy as np

from digits.data.dataset import Digits
from digits.data.mnist_files import FILES, check
from digits.paths import own
from nn.errors import UserError, explain


def folder(data_dir=None):
    """Where the files live: --data-dir, else $MNIST_DIR, else the project's own data/."""
    return Path(data_dir or os.environ.get("MNIST_DIR") or own("data"))


def load(part, data_dir=None):
    """The part "train" (60,000 digits) or "t10k" (the 10,000 test digits).

    Files that are not there are fetched (see download.py). UserError when they cannot be, or
    when a file is not the original.
    """
    where = folder(data_dir)
    if not is_here(part, data_dir):
        from digits.data.download import fetch  # only a first run needs it

        fetch(where)
    return Digits(*(_read(_find(where, name)) for name in FILES if name.startswith(part)))


def is_here(part, data_dir=None):
    """Whether this part's two files are there, so that load() need not fetch any."""
    return all(_find(folder(data_dir), name) for name in FILES if name.startswith(part))


def _find(where, name):
    """The file's path in this folder, plain or compressed, or None."""
    paths = (where / name, where / f"{name}.gz")
    return next((path for path in paths if path.exists()), None)


def _read(path):
    """An IDX file, checked → its array."""
    name = path.name.removesuffix(".gz")
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        content = b""  # check() says what is wrong with it
    except OSError as error:
        raise UserError(f"cannot read the data: {explain(error)}") from error
    check(name, content, path)
    shape = FILES[name][1]
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)
