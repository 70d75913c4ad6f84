"""MNIST's four files: their names, their checksums, and the IDX format that they are in.

IDX: big-endian numbers, first a magic number (0x0000080T: T dimensions of unsigned bytes), then each
dimension, then the bytes. Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits"
(1998).
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from nn.errors import UserError


class Expected(NamedTuple):
    """What a file must be."""

    sha256: str  # of the uncompressed file
    shape: tuple[int, ...]  # of the array in it


FILES = {
    "train-images-idx3-ubyte": Expected(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", (60000, 28, 28)
    ),
    "train-labels-idx1-ubyte": Expected(
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", (60000,)
    ),
    "t10k-images-idx3-ubyte": Expected(
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", (10000, 28, 28)
    ),
    "t10k-labels-idx1-ubyte": Expected(
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", (10000,)
    ),
}


def check(name: str, content: bytes, origin: str | Path) -> None:
    """UserError unless `content` is the MNIST file `name`, byte for byte."""
    if hashlib.sha256(content).hexdigest() != FILES[name].sha256:
        raise UserError(f"{origin} is not the original MNIST file (truncated or altered)")


def decode_idx(name: str, content: bytes) -> ndarray:
    """The array in the MNIST file `name`, whose content has been checked."""
    shape = FILES[name].shape
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def encode_idx(array: ndarray) -> bytes:
    """An array of bytes in the IDX format."""
    header = [0x0800 + array.ndim, *array.shape]
    return np.array(header, ">u4").tobytes() + array.tobytes()
