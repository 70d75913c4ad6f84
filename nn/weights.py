"""Save and load, safely: what is read back is checked, and no old file is lost to half a new one.

A file is an npz (a zip of arrays) that pickles nothing. Beside the arrays it has one string,
`header`, in JSON: the kind of file, its format version, the architecture it is for, and a record.
Weights hold the parameters by name; a checkpoint holds all that a stopped run needs to go on.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from nn.errors import UserError
from nn.files import replace_file
from nn.network import Sequential
from nn.npz import read_arrays
from nn.optimizers import Adam, WeightAverage

FORMAT = 2  # goes up whenever files as they were would be misunderstood
MAX_STEPS = 10**12  # of an optimizer
MAX_HEADER_BYTES = 10_000_000  # and what there is beside the arrays; ours have 10,000


def save_weights(path: Path, network: Sequential, record: Mapping[str, Any]) -> None:
    """Write the parameters by name, with `record` (what JSON can hold: how they came about)."""
    _write(path, "weights", network, record, network.named_parameters())


def load_weights(path: Path, network: Sequential) -> dict[str, Any]:
    """Read weights into this network; return their record.

    UserError if anything is off, and nothing is read then; FileNotFoundError if there is no file.
    """
    expected = network.named_parameters()
    record, arrays = _read(path, "weights", network, expected)
    for name, array in expected.items():
        array[...] = arrays[name]
    return record


def save_checkpoint(
    path: Path,
    network: Sequential,
    optimizer: Adam,
    average: WeightAverage,
    record: Mapping[str, Any],
) -> None:
    """Write the parameters, the state of an Adam of their one vector, the average and `record`."""
    arrays = _checkpoint_arrays(network, optimizer, average) | {"t": np.array(optimizer.t)}
    _write(path, "checkpoint", network, record, arrays)


def load_checkpoint(
    path: Path, network: Sequential, optimizer: Adam, average: WeightAverage
) -> dict[str, Any]:
    """Read a checkpoint into this network, its Adam and its average; return the record.

    Errors are those of load_weights.
    """
    expected = _checkpoint_arrays(network, optimizer, average)
    record, arrays = _read(path, "checkpoint", network, expected | {"t": np.array(0)})
    if not 0 <= arrays["t"] <= MAX_STEPS:
        raise UserError(f"{path}: t, the number of steps taken, is {arrays['t']}")
    if (arrays["v"] < 0).any():
        raise UserError(f"{path}: v, a mean of squares, has negative values")
    for name, array in expected.items():
        array[...] = arrays[name]
    optimizer.t = average.t = int(arrays["t"])
    return record


def _checkpoint_arrays(
    network: Sequential, optimizer: Adam, average: WeightAverage
) -> dict[str, ndarray]:
    adam = {"m": optimizer.m[0], "v": optimizer.v[0]}
    return {"parameters": network.parameters, "average": average.average} | adam


def _write(
    path: Path,
    kind: str,
    network: Sequential,
    record: Mapping[str, Any],
    arrays: Mapping[str, ndarray],
) -> None:
    header = {
        "kind": kind,
        "format": FORMAT,
        "architecture": network.architecture(),
        "record": record,
    }
    with replace_file(path) as beside:
        arrays = {"header": np.array(json.dumps(header)), **arrays}
        np.savez(beside, **arrays)  # type: ignore[arg-type] # no array is called allow_pickle


def _read(
    path: Path, kind: str, network: Sequential, expected: Mapping[str, ndarray]
) -> tuple[dict[str, Any], dict[str, ndarray]]:
    """(record, arrays) of a file whose arrays have the names, shapes and dtypes of `expected`."""
    max_bytes = sum(array.nbytes for array in expected.values()) + MAX_HEADER_BYTES
    arrays = read_arrays(path, max_bytes, kind)
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


def _header(path: Path, kind: str, text: ndarray | None) -> dict[str, Any]:
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


def _check_names(path: Path, found: set[str], expected: set[str]) -> None:
    for problem, names in (("lacks", expected - found), ("has unknown", found - expected)):
        if names:
            raise UserError(f"{path} {problem} arrays: {', '.join(sorted(names))}")
