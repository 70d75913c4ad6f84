"""Files altered at random are refused in one line, or read as what they say; soon, in little memory."""

import functools
import gzip
import io
import random
import time

import numpy as np
import pytest
from PIL import Image

from digits.data import mnist
from digits.data.drawing_sets import read_drawing_set
from digits.data.mnist_files import encode_idx
from digits.ink.framing import frame
from digits.ink.pictures import read_pages
from digits.model import load_cnn
from digits.reading.calibration import Calibration
from digits.reading.recogniser import Recogniser
from digits.training.run import TrainingRun
from digits.training.settings import Settings
from nn.errors import UserError, explain
from tests.helpers import WEIGHTS

pytestmark = pytest.mark.long
resource = pytest.importorskip("resource")

MUTATIONS = 10_000
MAX_SECONDS = 2
MAX_KILOBYTES = 300_000


def mutate(content, chance):
    """A copy with bytes changed, cut, doubled, moved or put in."""
    content = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        if not content:
            break
        k, length = chance.randrange(len(content)), chance.choice([1, 1, 4, 16, 200])
        kind = chance.randrange(6)
        if kind == 0:
            content[k] = chance.randrange(256)
        elif kind == 1:
            content[k : k + length] = chance.choice([b"\0", b"\xff", b"\x7f"]) * length
        elif kind == 2:
            del content[k : k + length]
        elif kind == 3:
            del content[k:]
        elif kind == 4:
            content[k:k] = content[k : k + length] * chance.choice([1, 50])
        else:
            content[k:k] = chance.randbytes(length)
    return bytes(content)


def read_weights(path):
    _, record = load_cnn(path)
    Calibration.from_record(record, path)


@functools.cache
def recogniser():
    return Recogniser(WEIGHTS)


def read_seen(path):
    for page in read_pages(path):
        recogniser().read_numbers(page)


def read_set(path):
    drawings = read_drawing_set(path)
    for image in list(drawings.images[:2]):
        frame(image)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """(name, reader, content) of a file of each kind."""
    folder = tmp_path_factory.mktemp("originals")
    TrainingRun.start(Settings(epochs=2)).save(folder / "checkpoint.npz")
    strokes = {
        "points": np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32),
        "stroke_start": np.array([0, 10, 25, 40]),
        "sample_start": np.array([0, 1, 3]),
        "labels": np.array([1, 0]),
        "characters": np.array(["4", "a"]),
    }
    np.savez(folder / "strokes.npz", **strokes)
    np.savez_compressed(
        folder / "scans.npz", images=np.eye(20, dtype=np.uint8)[np.newaxis] * 255, labels=[1]
    )
    files = [
        ("weights.npz", read_weights, WEIGHTS.read_bytes()),
        ("checkpoint.npz", TrainingRun.resume, (folder / "checkpoint.npz").read_bytes()),
        ("strokes.npz", read_set, (folder / "strokes.npz").read_bytes()),
        ("scans.npz", read_set, (folder / "scans.npz").read_bytes()),
    ]
    picture = Image.fromarray(np.kron(np.eye(6, dtype=np.uint8), np.full((12, 12), 200, np.uint8)))
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "PPM"):
        file = io.BytesIO()
        picture.save(file, format=kind)
        files.append((f"picture.{kind.lower()}", read_seen, file.getvalue()))
    noise = np.random.default_rng(1).integers(0, 256, (90, 120, 4), np.uint8)
    for name, mode in (("colours.png", "RGBA"), ("colours.jpeg", "RGB")):
        file = io.BytesIO()
        Image.fromarray(noise).convert(mode).save(file, format=name.split(".")[1])
        files.append((name, read_seen, file.getvalue()))
    for name in ("pages.tiff", "animation.gif"):
        file = io.BytesIO()
        picture.save(file, format=name.split(".")[1], save_all=True, append_images=[picture.rotate(90)])
        files.append((name, read_seen, file.getvalue()))
    labels = encode_idx(np.arange(10_000, dtype=np.uint8))
    for name, content in (("", labels), (".gz", gzip.compress(labels))):
        files.append((f"t10k-labels-idx1-ubyte{name}", None, content))
    return files


def test_mutated_files(originals, tmp_path, test_digits):
    chance = random.Random(2)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(encode_idx(test_digits.images))
    for name, reader, content in originals:  # all there is to load is loaded before memory is measured
        (tmp_path / name).write_bytes(content)
        if reader:
            reader(tmp_path / name)
            (tmp_path / name).unlink()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusals = []
    for k in range(MUTATIONS):
        name, reader, content = originals[k % len(originals)]
        path = tmp_path / name
        path.write_bytes(mutate(content, chance))
        started = time.monotonic()
        try:
            if reader:
                reader(path)
            else:
                mnist.load("t10k", tmp_path)
        except UserError as error:
            refusals.append(explain(error))
        assert time.monotonic() - started < MAX_SECONDS, (name, k)
        path.unlink()
    assert len(refusals) > MUTATIONS / 3
    assert not any("\n" in refusal for refusal in refusals)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < MAX_KILOBYTES
