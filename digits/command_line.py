"""Shared by the programs: checked options; errors in one line with exit status 2."""

import argparse
import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from nn.errors import UserError, explain


def _path(text: str) -> Path:
    """A path, with ~ for the user's home also where no shell has seen it (--out=~/x)."""
    return Path(text).expanduser()


# How add_argument is told of an option that names a folder or a file.
FOLDER: dict[str, Any] = {"type": _path, "metavar": "DIR"}
FILE: dict[str, Any] = {"type": _path, "metavar": "FILE"}


class Parser(argparse.ArgumentParser):
    """An argument parser that states an error in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def number(kind: type, low: float, high: float = float("inf")) -> Callable[[str], Any]:
    """An argparse type: an int or float from low to high, both included."""

    def parse(text: str) -> Any:
        value = kind(text)
        if not low <= value <= high:
            limits = f"at least {low}" if high == float("inf") else f"between {low} and {high}"
            raise argparse.ArgumentTypeError(f"{text} is not {limits}")
        return value

    parse.__name__ = {int: "whole number", float: "number"}[kind]  # argparse: "invalid … value"
    return parse


def run_program(main: Callable[[], int]) -> NoReturn:
    """Call a program's main(); leave with its exit status, or with 2 and one line on an error."""
    program = Path(sys.argv[0]).name
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # treat termination and hang-up like Ctrl-C
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # respect nohup
            signal.signal(number, signal.default_int_handler)
    for name in ("stdin", "stdout", "stderr"):  # which a program without a terminal may lack
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without "─" shows "?"
    try:
        try:
            status = main()
        finally:
            _flush()  # now, so that an error can still be reported
        sys.exit(status)
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        _drop_output()
        sys.exit(0)
    except KeyboardInterrupt:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # already exiting
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        complain(f"\n{program}: stopped")
        _drop_output()
        sys.exit(130)
    except (UserError, OSError) as error:
        message = explain(error)
    except ImportError as error:  # of a package that draw.py needs only once its window is there
        message = f"{error}: pip install -r requirements.txt"
    except MemoryError:
        message = "not enough memory"
    complain(f"{program}: {message}")
    _drop_output()
    sys.exit(2)


def _drop_output() -> None:
    """What could not be written is not tried again, at the end either, which would print a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _flush() -> None:
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print an error. Where nobody reads it, the exit status has to do."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _drop_output()


def say(text: str, end: str = "\n") -> None:
    """Print at once; and go on without where nobody reads it any more.

    As behind `| head`, or when the terminal is gone.
    """
    try:
        print(text, end=end, flush=True)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        _drop_output()
