"""The ink network: it learns, and a run that was stopped ends with the same bits."""

import dataclasses

import numpy as np
import pytest

from digits.data import glyphs
from digits.training import InkRun, InkSettings, ink

SETTINGS = InkSettings(steps=3, batch_size=5, seed=3)


@pytest.fixture(scope="module")
def materials():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(glyphs, "HELD_OUT_WRITERS", range(2, 31))
        patch.setattr(ink, "VALIDATION_PHOTOGRAPHS", 8)
        yield InkRun(SETTINGS).material(None)


def trained(run, materials, threads=1, steps=None):
    with run.make_runner(threads) as runner:
        for _ in zip(range(steps or run.settings.steps), run.train(*materials, runner)):  # noqa: B905
            pass
    return run


def test_resumed_and_on_any_number_of_threads_it_ends_with_the_same_bits(materials, tmp_path):
    whole = trained(InkRun(SETTINGS), materials)
    trained(stopped := InkRun(SETTINGS), materials, steps=2)
    stopped.save(tmp_path / "c.npz")
    resumed = trained(InkRun.resume(tmp_path / "c.npz"), materials, threads=3)
    np.testing.assert_array_equal(resumed.network.parameters, whole.network.parameters)
    assert resumed.records[0]["validation_accuracy"] == whole.records[0]["validation_accuracy"]


def test_it_learns(materials):
    run = InkRun(dataclasses.replace(SETTINGS, steps=40, batch_size=8))
    losses = []
    with run.make_runner(2) as runner:
        for record in run.train(*materials, runner):
            losses.append(record["train_loss"] * 40 if record else run.loss_sum)
    steps = np.diff(losses, prepend=0)
    assert steps[-5:].mean() < 0.5 * steps[:5].mean()


def test_the_held_out_writers_are_others(materials):
    training, validation = materials
    mine = {np.concatenate(digit).tobytes() for hand in training.hands for digit in hand}
    assert mine
    assert not mine & {np.concatenate(digit).tobytes() for hand in validation.hands for digit in hand}


def test_accuracy_is_intersection_over_union(materials):
    run = InkRun(SETTINGS)
    ((retina, target), *_) = run.held_out(materials[1])
    logits = np.where(target > 0.5, 1.0, -1.0)
    run.network.forward = lambda _: logits
    assert run.measure([(retina, target)]) == 1
    found, there = logits > 0, np.roll(target, 1) > 0.5
    either = np.sum((found | there) & (np.roll(target, 1) >= 0))
    assert run.measure([(retina, np.roll(target, 1))]) == pytest.approx(np.sum(found & there) / either)
