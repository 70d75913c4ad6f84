"""What is said goes nowhere once nobody reads it; other errors are said."""

import errno

import pytest

from digits import command_line
from digits.command_line import say


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EIO])
def test_once_nobody_reads_it_nothing_is_said(number, monkeypatch):
    def fail(*_, **__):
        raise OSError(number, "gone")

    dropped = []
    monkeypatch.setattr("builtins.print", fail)
    monkeypatch.setattr(command_line, "_drop_output", lambda: dropped.append(True))
    say("hello")
    assert dropped == [True]


def test_a_full_disk_is_an_error(monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("builtins.print", fail)
    with pytest.raises(OSError, match="No space left"):
        say("hello")
