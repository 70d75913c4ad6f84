"""Save and load, safely: what is read back is checked, what is written never half replaces.

A file is an npz (a zip of arrays) that pickles nothing. Beside the arrays it has one string,
`header`, in JSON: the kind of file, its format version, the architecture it is for, and a record.
Weights hold the parameters by name; a checkpoint holds all that a stopped run needs to go on.
"""

import json

import numpy as np

from nn.errors import UserError
from nn.files import read_arrays, replace_file

FORMAT = 2  # since drawings stand aside (ink.py): what was trained before would misread them
LARGEST = 50_000_000  # bytes that a file may unpack to; ours have 0.4 and 1.5 million


def save_weights(path, network, record):
    """Write the parameters by name, with `record` (a dict that JSON can hold: how they came about)."""
    _write(path, "weights", network, record, network.named_parameters())


def load_weights(path, network):
    """Read weights into this network; return their record. UserError if anything is off."""
    expected = network.named_parameters()
    record, arrays = _read(path, "weights", network, expected)
    for name, array in expected.items():
        array[...] = arrays[name]
    return record


def save_checkpoint(path, network, optimizer, average, record):
    """Write the parameters, Adam's state, the average and `record`."""
    arrays = _checkpoint_arrays(network, optimizer, average) | {"t": np.array(optimizer.t)}
    _write(path, "checkpoint", network, record, arrays)


def load_checkpoint(path, network, optimizer, average):
    """Read a checkpoint into this network, its Adam and its average; return the record."""
    expected = _checkpoint_arrays(network, optimizer, average)
    record, arrays = _read(path, "checkpoint", network, expected | {"t": np.array(0)})
    for name, array in expected.items():
        array[...] = arrays[name]
    optimizer.t = average.t = int(arrays["t"])
    return record


def _checkpoint_arrays(network, optimizer, average):
    adam = {"m": optimizer.m[0], "v": optimizer.v[0]}
    return {"parameters": network.parameters, "average": average.average} | adam


def _write(path, kind, network, record, arrays):
    header = {
        "kind": kind,
        "format": FORMAT,
        "architecture": network.architecture(),
        "record": record,
    }
    with replace_file(path) as beside:
        np.savez(beside, header=np.array(json.dumps(header)), **arrays)


def _read(path, kind, network, expected):
    """(record, arrays) of a file whose arrays have the names, shapes and dtypes of `expected`."""
    try:
        arrays = read_arrays(path, LARGEST, kind)
    except FileNotFoundError as error:
        raise UserError(f"there is no {kind} file {path}: python train.py makes one") from error

    header = _header(path, kind, arrays.pop("header", None))
    if header["architecture"] != network.architecture():
        raise UserError(f"{path} is for a network of another architecture")
    _check_names(path, set(arrays), set(expected))
    for name, array in expected.items():
        found = arrays[name]
        if (found.shape, found.dtype) != (array.shape, array.dtype):
            raise UserError(
                f"{path}: {name} is {found.dtype} {found.shape}, not {array.dtype} {array.shape}"
            )
        if not np.isfinite(found).all():
            raise UserError(f"{path}: {name} holds values that are not finite")
    return header["record"], arrays


def _header(path, kind, text):
    """The header, parsed; UserError unless it is that of a file of this kind and format."""
    try:
        header = json.loads(str(text))
        found = header["kind"], header["format"]
        header["architecture"], header["record"].keys()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} is no {kind} file: its header is missing or damaged") from error
    if found != (kind, FORMAT):
        raise UserError(f"{path} is a {found[0]} file of format {found[1]}, not {kind} {FORMAT}")
    return header


def _check_names(path, found, expected):
    for problem, names in (("lacks", expected - found), ("has unknown", found - expected)):
        if names:
            raise UserError(f"{path} {problem} arrays: {', '.join(sorted(names))}")
