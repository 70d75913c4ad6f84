"""MNIST: 70,000 handwritten digits, each file checked to the last byte before it is used.

The set comes as four files in the IDX format: big-endian numbers, first a magic number
(0x0000080T: T dimensions of unsigned bytes), then each dimension, then the bytes. Source:
LeCun, Cortes and Burges, "The MNIST database of handwritten digits" (1998).
"""

import gzip
import hashlib
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nn.errors import UserError, explain
from nn.home import own

# SHA-256 of the uncompressed files, and the shape of what each holds.
FILES = {
    "train-images-idx3-ubyte": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        (60000, 28, 28),
    ),
    "train-labels-idx1-ubyte": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        (60000,),
    ),
    "t10k-images-idx3-ubyte": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        (10000, 28, 28),
    ),
    "t10k-labels-idx1-ubyte": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        (10000,),
    ),
}


class Digits(NamedTuple):
    """Images (N, 28, 28) uint8, ink bright (255) on black paper (0), and labels (N,) uint8."""

    images: np.ndarray
    labels: np.ndarray

    def __getitem__(self, which):
        return Digits(self.images[which], self.labels[which])


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
        from nn.download import fetch  # only a first run needs it

        fetch(where)
    return Digits(*(_read(_find(where, name)) for name in FILES if name.startswith(part)))


def is_here(part, data_dir=None):
    """Whether this part's two files are there, so that load() need not fetch any."""
    return all(_find(folder(data_dir), name) for name in FILES if name.startswith(part))


def split(digits, validation, seed):
    """Set `validation` randomly chosen digits aside → (those to train on, those to validate on)."""
    order = np.random.default_rng([seed, 1]).permutation(len(digits.labels))
    return digits[order[validation:]], digits[order[:validation]]


def as_input(images, dtype=np.float32):
    """Bytes (N, 28, 28) → what the network takes: (N, 28, 28, 1), paper 0, full ink 1."""
    return np.multiply(images, 1 / 255, dtype=dtype)[..., np.newaxis]


def check(name, content, origin):
    """UserError unless `content` is the MNIST file `name`, byte for byte."""
    if hashlib.sha256(content).hexdigest() != FILES[name][0]:
        raise UserError(
            f"{origin} is not the original MNIST file (truncated or altered): "
            "delete it, and it will be fetched again"
        )


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
