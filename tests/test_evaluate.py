"""What evaluate.py works out and hands to its pictures: probabilities, with the temperature once."""

import argparse
import json
import shutil

import numpy as np
import pytest

import evaluate
from digits.data import mnist
from digits.data.dataset import Dataset, to_input
from digits.evaluation import plots
from digits.evaluation.metrics import report
from digits.model import load_cnn
from digits.reading.calibration import Calibration
from tests.helpers import WEIGHTS, in_float64
from tests.rounding import NETWORK, assert_equal_in_float64

PICTURES = (
    "confusion_matrix",
    "misclassified",
    "calibration",
    "robustness",
    "model_summary",
    "model_architecture",
)


@pytest.fixture(scope="module")
def few(train_digits):
    """400 images, 40 of which are noise: these are to be rejected."""
    images = train_digits.images[:400].copy()
    images[::10] = np.random.default_rng(0).integers(0, 256, images[::10].shape)
    return Dataset(images, train_digits.labels[:400])


def exact_cnn(path, plain=False):
    """In float64, where other batches give the same but for rounding."""
    network, record = load_cnn(path, plain)
    return in_float64(network), record


@pytest.fixture
def handed(monkeypatch, few, tmp_path, capsys):
    """What each picture is given, where the test digits are these; and the figures."""
    given = {}
    for name in PICTURES:
        monkeypatch.setattr(plots, name, lambda *arguments, name=name: given.update({name: arguments}))
    monkeypatch.setattr(mnist, "load", lambda split, folder: few)
    monkeypatch.setattr(evaluate, "load_cnn", exact_cnn)
    monkeypatch.setattr(evaluate, "robustness", lambda runner, digits: {"of": len(digits)})
    weights = tmp_path / "digits.npz"
    shutil.copyfile(WEIGHTS, weights)
    options = argparse.Namespace(
        weights=weights, data_dir=None, threads=1, plain=False, json=True, out=tmp_path
    )
    assert evaluate.report_on_test_digits(options) == 0
    given["figures"] = json.loads(capsys.readouterr().out)
    assert given["figures"] == json.loads((tmp_path / "metrics.json").read_text())
    return given


def test_pictures_get_what_was_measured(handed, few, tmp_path):
    network, record = exact_cnn(WEIGHTS)
    calibration = Calibration.from_record(record, WEIGHTS)
    logits = network.forward(to_input(few.images, np.float64)).copy()
    probabilities = calibration.probabilities(logits)
    matrix, path = handed["confusion_matrix"]
    assert matrix == handed["figures"]["confusion_matrix"]
    assert path == tmp_path / "confusion_matrix.png"
    assert sum(map(sum, matrix)) == 400
    digits, shown, _ = handed["misclassified"]
    np.testing.assert_array_equal(digits.labels, few.labels)
    assert_equal_in_float64(shown, probabilities, NETWORK)
    shown, labels, _ = handed["calibration"]
    assert_equal_in_float64(shown, probabilities, NETWORK)
    np.testing.assert_array_equal(labels, few.labels)
    assert handed["robustness"][0] == {"of": 400}
    np.testing.assert_array_equal(handed["model_summary"][0].parameters, network.parameters)
    np.testing.assert_array_equal(handed["model_architecture"][1], few.images[0])


def test_figures_are_of_calibrated_logits(handed, few):
    network, record = exact_cnn(WEIGHTS)
    calibration = Calibration.from_record(record, WEIGHTS)
    logits = network.forward(to_input(few.images, np.float64)) / calibration.temperature
    expected = report(logits, few.labels, calibration.max_ood_score)
    assert handed["figures"]["turned_away"] == expected["turned_away"] > 0.05
    for name in ("loss", "calibration_error"):
        assert_equal_in_float64(handed["figures"][name], expected[name], NETWORK)
