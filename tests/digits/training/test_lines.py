"""The line network: it learns, and a run that was stopped ends with the same bits."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from digits.data import glyphs
from digits.training import LineRun, LineSettings, lines
from nn.errors import UserError

SETTINGS = LineSettings(steps=4, batch_size=8, seed=3)


@pytest.fixture(scope="module")
def alphabets(train_digits):
    few = {"SYNTHETIC": 60, "SIGNS": 5, "OTHERS": 18}
    with pytest.MonkeyPatch.context() as patch:
        for name, count in few.items():
            patch.setattr(glyphs, name, count)
        patch.setattr(glyphs, "pendigits", lambda *_: glyphs.mnist_glyphs(train_digits[:300]))
        patch.setattr(lines, "VALIDATION_LINES", 4)
        yield lines.make_alphabets(train_digits[:2000], dataclasses.replace(SETTINGS, validation=500))


def trained(run, alphabets, threads=1, steps=None):
    with run.make_runner(threads) as runner:
        for _ in zip(range(steps or run.settings.steps), run.train(*alphabets, runner)):  # noqa: B905
            pass
    return run


def test_resumed_anywhere_and_on_any_number_of_threads_it_ends_with_the_same_bits(alphabets, tmp_path):
    whole = trained(LineRun(SETTINGS), alphabets)
    stopped = trained(LineRun(SETTINGS), alphabets, steps=2)
    stopped.save(tmp_path / "c.npz")
    resumed = LineRun.resume(tmp_path / "c.npz")
    assert resumed.optimizer.t == 2
    trained(resumed, alphabets, threads=3)
    np.testing.assert_array_equal(resumed.network.parameters, whole.network.parameters)
    np.testing.assert_array_equal(resumed.average.average, whole.average.average)
    (record,) = whole.records
    assert resumed.records[0]["train_loss"] == pytest.approx(record["train_loss"], rel=1e-12)
    assert record["steps"] == 4


def test_it_learns(alphabets):
    settings = dataclasses.replace(SETTINGS, steps=30, warmup=0.5)
    run = LineRun(settings)
    first, last = [], []
    with run.make_runner(2) as runner:
        total = 0.0
        for _ in run.train(*alphabets, runner):
            loss = run.loss_sum - total if run.loss_sum else run.records[-1]["train_loss"] * 30 - total
            total += loss
            (first if len(first) < 5 else last).append(loss)
    assert np.mean(last[-5:]) < 0.5 * np.mean(first)


def test_a_checkpoint_that_makes_no_sense_is_refused(alphabets, tmp_path):
    run = LineRun(SETTINGS)
    for damage in ({"records": [{"steps": -1}]}, {"loss_sum": "much"}, {"settings": {"steps": 4}}):
        run.record = lambda damage=damage: LineRun.record(run) | damage
        run.loss_sum = damage.get("loss_sum", 0.0)
        run.save(tmp_path / "c.npz")
        with pytest.raises(UserError, match=r"damaged|another version"):
            LineRun.resume(tmp_path / "c.npz")
    with pytest.raises(UserError, match="there is no checkpoint"):
        LineRun.resume(tmp_path / "none.npz")


def test_the_program_trains_stops_and_refuses(program, tmp_path, monkeypatch):
    few = {"SYNTHETIC": 60, "SIGNS": 5, "OTHERS": 18}
    for name, count in few.items():
        monkeypatch.setattr(glyphs, name, count)
    monkeypatch.setattr(lines, "VALIDATION_LINES", 2)
    monkeypatch.setattr(lines, "PENS", 1)
    monkeypatch.setattr(glyphs, "HELD_OUT_WRITERS", range(2, 31))  # one writer is enough to train on
    status, out, err = program("train.py", "--network", "line", "--steps", "2", "--out", tmp_path)
    assert (status, err) == (0, "")
    assert "step 2/2" in out
    history = json.loads(Path(tmp_path, "line_history.json").read_text())
    assert history["settings"]["steps"] == 2
    status, out, err = program("train.py", "--network", "line", "--resume", "--out", tmp_path)
    assert "2 of 2 steps done" in out
    status, _, err = program("train.py", "--network", "line", "--warp", "0", "--out", tmp_path)
    assert status == 2
    assert err == "train.py: --warp is no setting of --network line\n"
    status, _, err = program("train.py", "--steps", "3", "--out", tmp_path)
    assert status == 2
    assert "--steps is no setting of --network digits" in err
