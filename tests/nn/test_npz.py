"""Arrays from an untrusted file: at most so many bytes of them, and nothing else."""

import io
import os
import struct
import tracemalloc
import zipfile
from unittest import mock

import numpy as np
import pytest

from nn.errors import UserError
from nn.npz import read_arrays


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def header_of(shape, descr="|u1"):
    """An npy file that claims an array of this shape, and has none."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"shape": shape, "descr": descr, "fortran_order": False})
    return file.getvalue()


@pytest.fixture
def packed(tmp_path):
    """Writes a zip of these members; returns its path."""

    def write(members, compression=zipfile.ZIP_STORED):
        path = tmp_path / "set.npz"
        with zipfile.ZipFile(path, "w", compression) as file:
            for name, content in members.items():
                file.writestr(name, content)
        return path

    return write


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_comes_back(save, tmp_path, rng):
    arrays = {
        "a": rng.standard_normal((3, 4)),
        "b": np.asfortranarray(rng.integers(0, 9, (2, 5, 3))),
        "c": np.array("text"),
        "d": np.zeros((0, 3), np.uint8),
        "e": np.arange(4).astype(">u2"),
    }
    save(tmp_path / "set.npz", **arrays)
    found = read_arrays(tmp_path / "set.npz", 10_000, "npz")
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
        assert found[name].flags.writeable


def test_a_file_may_unpack_to_so_much_in_all(tmp_path):
    path = tmp_path / "set.npz"
    np.savez(path, a=np.zeros(100), b=np.zeros(100))  # 800 bytes each
    assert set(read_arrays(path, 1600, "npz")) == {"a", "b"}
    with pytest.raises(UserError, match="more than 1,599 bytes"):
        read_arrays(path, 1599, "npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header_of((10**12,)), "no npz file"),
        (header_of((2**62, 2**62)), "no npz file"),
        (header_of((-5,)), "no npz file"),
        (header_of((100,)) + bytes(50), "no npz file"),
        (npy(np.array([{}], object)), "no npz file"),
        (b"", "no npz file"),
        (b"\x93NUMPY\x09\x00", "no npz file"),
        (b"\x93NUMPY\x02\x00" + (10**9).to_bytes(4, "little") + bytes(10**6), "no npz file"),
    ],
)
def test_members_that_are_not_what_they_claim(packed, content, message):
    with pytest.raises(UserError, match=message):
        read_arrays(packed({"a.npy": content}, zipfile.ZIP_DEFLATED), 1_000_000, "npz")


@pytest.mark.parametrize("count", [300_000, 131_072, 101])  # of 131,072 the end says 0
def test_a_directory_of_many_members_is_not_read(tmp_path, count):
    """zipfile takes 4 seconds for 300,000."""
    member = b"PK\x01\x02" + bytes(24) + b"\x01\0" + bytes(16) + b"a"
    size = count * len(member)
    end = struct.pack("<4s4xHHLLH", b"PK\x05\x06", count % 65536, count % 65536, size, 0, 0)
    path = tmp_path / "many.npz"
    path.write_bytes(member * count + end)
    with mock.patch("zipfile.ZipFile") as opened, pytest.raises(UserError, match="no npz file"):
        read_arrays(path, 1000, "npz")
    assert not opened.called


@pytest.mark.parametrize(
    "end",
    [
        struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1) + struct.pack("<4s18x", b"PK\x05\x06"),
        struct.pack("<4s16xH", b"PK\x05\x06", 5) + b"12345",  # with a comment
        b"PK\x05\x06",
    ],
)
def test_an_end_that_numpy_does_not_write_is_refused(tmp_path, end):
    path = tmp_path / "odd.npz"
    path.write_bytes(b"PK\x03\x04" * 20 + end)
    with mock.patch("zipfile.ZipFile") as opened, pytest.raises(UserError, match="no npz file"):
        read_arrays(path, 1000, "npz")
    assert not opened.called


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_numpy_does_not_write_is_not_unpacked(packed, compression):
    """It would unpack to a hundred thousand times its size at once."""
    path = packed({"a.npy": npy(np.zeros(50_000_000, np.uint8))}, compression)
    tracemalloc.start()
    with pytest.raises(UserError, match="holds more than arrays"):
        read_arrays(path, 100_000_000, "npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_other_files_in_the_zip_are_refused(packed):
    with pytest.raises(UserError, match="holds more than arrays"):
        read_arrays(packed({"a.npy": npy(np.zeros(3)), "note.txt": b"hello"}), 1000, "npz")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe with a name")
def test_what_may_have_no_end_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(UserError, match=f"{name}: Is not a file"):
            read_arrays(tmp_path / name, 1000, "npz")


def test_too_many_arrays_or_one_twice(packed, tmp_path):
    with pytest.raises(UserError, match="too many arrays"):
        read_arrays(packed({f"{k}.npy": npy(np.zeros(0)) for k in range(101)}), 1000, "npz")
    with zipfile.ZipFile(tmp_path / "twice.npz", "w") as file:
        file.writestr("a.npy", npy(np.zeros(3)))
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("a.npy", npy(np.zeros(3)))
    with pytest.raises(UserError, match="is there twice"):
        read_arrays(tmp_path / "twice.npz", 1000, "npz")
