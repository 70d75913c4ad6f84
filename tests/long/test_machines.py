"""Machines that lack something: the programs do without it, or say in one line what is missing."""

import os
import subprocess
import sys

import pytest

from tests.helpers import ENVIRONMENT, PROJECT, WEIGHTS

pytestmark = pytest.mark.long
resource = pytest.importorskip("resource")

MEGABYTE = 2**20


def train(folder, *options):
    short = ["--epochs", 1, "--limit", 200, "--validation", 100, "--threads", 2]
    return ["train.py", *short, "--out", folder, "--images", folder, *options]


def run(command, limits=(), **popen):
    """(exit status, standard error) of a program under these limits of the system."""

    def limit():
        for kind, value in limits:
            resource.setrlimit(kind, (value, value))

    done = subprocess.run(
        [sys.executable, *map(str, command)],
        **({"cwd": PROJECT, "env": ENVIRONMENT, "stdin": subprocess.DEVNULL} | popen),
        capture_output=True,
        text=True,
        errors="replace",
        preexec_fn=limit if limits else None,
        check=False,
    )
    return done.returncode, done.stderr


def assert_done_or_said(result):
    """All is well, or there is one line and exit status 2."""
    status, err = result
    assert "Traceback" not in err
    assert (status, len(err.splitlines())) in ((0, 0), (2, 1)), result


@pytest.fixture
def read_picture(tmp_path):
    from PIL import Image

    path = tmp_path / "a.png"
    picture = Image.new("L", (60, 90), 255)
    picture.paste(0, (27, 10, 33, 80))
    picture.save(path)
    return ["evaluate.py", "--image", path]


def test_little_memory(tmp_path, read_picture, train_digits):
    limits = [(resource.RLIMIT_AS, 1024 * MEGABYTE)]
    assert_done_or_said(run(read_picture, limits))
    assert_done_or_said(run([*train(tmp_path), "--threads", 1], limits))


@pytest.mark.parametrize("size", [0, 1000, 100_000, 1_000_000])
def test_files_may_only_be_so_large(size, tmp_path, train_digits):
    (tmp_path / "digits.npz").write_bytes(WEIGHTS.read_bytes())
    status, err = run(train(tmp_path), [(resource.RLIMIT_FSIZE, size)])
    assert_done_or_said((status, err))
    if status:
        assert (tmp_path / "digits.npz").read_bytes() == WEIGHTS.read_bytes()
        assert not list(tmp_path.glob(".*"))  # nothing half written is left


def test_few_open_files(read_picture, tmp_path, train_digits):
    limits = [(resource.RLIMIT_NOFILE, 32)]
    assert_done_or_said(run(read_picture, limits))
    assert_done_or_said(run(train(tmp_path), limits))


@pytest.mark.parametrize(
    "changes",
    [
        {"HOME": None},
        {"HOME": "/nowhere"},
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"COLUMNS": "20"},
        {"TERM": "dumb"},
        {"PATH": ""},
        {"TMPDIR": "/nowhere"},
        {"NUMBA_CACHE_DIR": "/proc/nowhere"},
        {"PYTHONHASHSEED": "random", "PYTHONDONTWRITEBYTECODE": "1"},
    ],
    ids=str,
)
def test_unusual_environments(changes, tmp_path, read_picture, train_digits):
    environment = {k: v for k, v in (ENVIRONMENT | changes).items() if v is not None}
    for command in (train(tmp_path), read_picture):
        status, err = run(command, env=environment)
        assert (status, err) == (0, ""), err


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs a choice of cores")
def test_one_core(tmp_path, train_digits):
    command = [
        "-c",
        "import os, runpy, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
    ]
    assert run([*command, *train(tmp_path)]) == (0, "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folders(tmp_path, train_digits):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert_done_or_said(run(train(tmp_path / "locked")))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk(tmp_path, train_digits):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        (disk / "digits.npz").write_bytes(WEIGHTS.read_bytes())
        status, err = run(train(disk))
        assert (status, len(err.splitlines())) == (2, 1)
        assert "No space left" in err
        assert (disk / "digits.npz").read_bytes() == WEIGHTS.read_bytes()
        assert {path.name for path in disk.iterdir()} <= {"digits.npz", "checkpoint.npz"}
    finally:
        subprocess.run(["umount", str(disk)], check=True)
