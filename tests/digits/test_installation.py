"""What is missing is said in one line before a program imports it."""

import sys
from importlib.util import find_spec

import pytest

from digits import installation


def test_nothing_is_missing_here():
    assert installation.find_problem(("numba",)) is None


def test_an_older_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert installation.find_problem(()) == "this is Python 3.10, and 3.11 or newer is needed"


def test_missing_packages(monkeypatch):
    gone = ("numba", "tqdm")
    monkeypatch.setattr(
        installation, "find_spec", lambda name: None if name in gone else find_spec(name)
    )
    problem = installation.find_problem(("numba",))
    assert problem.startswith("not installed: numba, tqdm. pip install -r requirements.txt")


def test_a_package_that_does_not_fit_the_others(monkeypatch, capsys):
    def fail(name):
        raise ImportError("Numba needs NumPy 2.1 or less.\nGot NumPy 2.4")

    monkeypatch.setattr(installation.importlib, "import_module", fail)
    monkeypatch.setattr(sys, "argv", ["/some/train.py"])
    with pytest.raises(SystemExit) as end:
        installation.check("numba")
    assert end.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("train.py: numba cannot be imported (Numba needs NumPy 2.1 or less.)")
    assert err.count("\n") == 1
