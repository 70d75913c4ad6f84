"""Files are replaced where that can be done; where it cannot, that is known before."""

import os

import pytest

from nn.errors import UserError
from nn.files import ensure_replaceable
from tests.helpers import posix


@posix
def test_another_users_file_in_a_sticky_folder_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "digits.npz"
    path.touch()
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    ensure_replaceable(path)
    tmp_path.chmod(0o1777)
    with pytest.raises(UserError, match="another user's"):
        ensure_replaceable(path)
    ensure_replaceable(tmp_path / "new.npz")
    monkeypatch.undo()
    ensure_replaceable(path)
