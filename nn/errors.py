"""What a user can cause ends in one clear line, exit status 2, and nothing lost.

`UserError` carries that line; `run` prints it; `replace_file` keeps the old file until the new
one is whole.
"""

import argparse
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path


class UserError(Exception):
    """Something the user can mend: the message says what is wrong, where, and what to do."""


class Parser(argparse.ArgumentParser):
    """An argument parser that states an error in one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def number(kind, low, high=float("inf")):
    """An argparse type: an int or float from low to high, both included."""

    def parse(text):
        value = kind(text)
        if not low <= value <= high:
            limits = f"at least {low}" if high == float("inf") else f"between {low} and {high}"
            raise argparse.ArgumentTypeError(f"{text} is not {limits}")
        return value

    parse.__name__ = {int: "whole number", float: "number"}[kind]  # argparse: "invalid … value"
    return parse


def run(main):
    """Call a program's main(); leave with its exit status, or with 2 and one line on an error."""
    program = Path(sys.argv[0]).name
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end: as with Ctrl-C
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # a terminal without "─" shows "?"
    try:
        try:
            status = main()
        finally:
            _flush()  # now, while what goes wrong with it can still be said
        sys.exit(status)
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        _drop_output()
        sys.exit(0)
    except KeyboardInterrupt:
        print(f"\n{program}: stopped", file=sys.stderr)
        sys.exit(130)
    except (UserError, OSError) as error:
        message = explain(error)
    except MemoryError:
        message = "not enough memory"
    print(f"{program}: {message}", file=sys.stderr)
    _drop_output()
    sys.exit(2)


def _drop_output():
    """What could not be written is not tried again at the end, which would print a traceback."""
    try:
        _flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _flush():
    if sys.stdout:  # a program without a terminal may have none
        sys.stdout.flush()


def explain(error):
    """A UserError or an OSError as a line: 'weights/digits.npz: Permission denied'."""
    reason, file = getattr(error, "strerror", None) or str(error), getattr(error, "filename", None)
    return f"{file}: {reason}" if file else reason


def ensure_writable(folder):
    """Make the folder if need be. UserError if a file cannot be made in it: better now than later."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(f"cannot write into {folder}: {error.strerror}") from error


@contextlib.contextmanager
def replace_file(path):
    """Yield a path beside `path` to write to; rename it to `path` only when all went well.

    UserError when the folder cannot be made, written to, or is full; `path` is then as before.
    """
    path = Path(path)
    beside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")  # the suffix tells the format
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        os.replace(beside, path)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot write {path}: {reason}") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
