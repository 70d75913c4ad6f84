"""One file from the web, in a process of its own, so that a server that never ends can be left.

    python -m digits.data.fetch_file ADDRESS FILE

download.py starts it and ends it after a while, whatever the server does: drips a byte every second,
sends header after header, or says "100 Continue" for ever. On failure it prints one line, and exits
with 1.
"""

import os
import sys
import urllib.request
from http.client import HTTPException

from tqdm import tqdm

from nn.errors import printable

TIMEOUT = 15  # seconds without a byte
MAX_FILE_BYTES = 60_000_000  # the largest uncompressed file has 47 million
CHUNK_BYTES = 65_536  # are taken from the network at a time


def fetch_file(address: str, path: str) -> None:
    """Write what is at this address into a file. OSError, HTTPException or ValueError if it fails."""
    with (
        urllib.request.urlopen(address, timeout=TIMEOUT) as response,
        open(path, "wb") as file,
        tqdm(
            total=_length(response.headers.get("Content-Length")),
            desc=os.path.basename(address),
            unit="B",
            unit_scale=True,
            disable=None,  # no bar where the output is no terminal
        ) as bar,
    ):
        while chunk := response.read(CHUNK_BYTES):
            file.write(chunk)
            bar.update(len(chunk))
            if file.tell() > MAX_FILE_BYTES:
                raise ValueError("far too long")


def _length(header: str | None) -> int | None:
    """The length that a server states, where that is a number."""
    return int(header) if header and header.isascii() and header.isdigit() else None


def _reason(error: Exception) -> str:
    """The innermost reason in a few words: URLError hides it."""
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__


if __name__ == "__main__":
    try:
        fetch_file(*sys.argv[1:3])
    except (OSError, HTTPException, ValueError) as failure:
        print(printable(_reason(failure)))
        sys.exit(1)
    except KeyboardInterrupt:  # meant for whoever started this
        sys.exit(130)
