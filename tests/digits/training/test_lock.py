"""Two trainings never write into one folder; a killed one leaves it free."""

import subprocess
import sys

import pytest

from digits.training.lock import NAME, owned
from nn.errors import UserError

HOLDER = """
import sys
from pathlib import Path
from digits.training.lock import owned
with owned(Path(sys.argv[1])):
    print("owned", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path, request):
    """Another process that owns the folder until it is killed."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=request.config.rootpath) as process:
        assert process.stdout.readline().strip() == b"owned"
        yield process
        process.kill()


def test_a_second_run_is_refused_and_the_first_is_left_alone(holder, tmp_path):
    for _ in range(2):
        with pytest.raises(UserError, match="another training writes to"), owned(tmp_path):
            pass
    assert holder.poll() is None


def test_the_program_says_so_and_leaves_everything(holder, tmp_path, request):
    command = [sys.executable, "train.py", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=request.config.rootpath, capture_output=True, text=True)
    assert done.returncode == 2
    assert "another training writes to" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_the_folder_of_a_killed_run_is_free(holder, tmp_path):
    holder.kill()
    holder.wait()
    assert (tmp_path / NAME).exists()
    with owned(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_was_writing_goes_and_nothing_else(tmp_path):
    for name in (".checkpoint.123.npz", ".line_checkpoint.4.npz", "checkpoint.npz", ".mine.npz"):
        (tmp_path / name).touch()
    with owned(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {NAME, "checkpoint.npz", ".mine.npz"}


def test_another_folder_is_another_matter(holder, tmp_path):
    with owned(tmp_path / "deeper" / "out"):
        assert holder.poll() is None


def test_after_a_run_that_fails_the_folder_is_free(tmp_path):
    with pytest.raises(RuntimeError), owned(tmp_path):
        raise RuntimeError
    with owned(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="nothing can be written to"), owned(tmp_path / "file"):
        pass
