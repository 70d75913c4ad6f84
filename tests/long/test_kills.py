"""A run that is killed at any moment goes on as if it had not been."""

import random
import subprocess

import numpy as np
import pytest

from digits.training.run import TrainingRun
from tests.helpers import start

pytestmark = pytest.mark.long

KILLS = 50
CHAIN = 10  # kills of one run, the last of which is then left to end
OPTIONS = ["--epochs", 12, "--limit", 500, "--validation", 100]
MAX_WAIT = 4.0  # seconds until a kill: a run begins to train after two


def run_to_the_end(folder, *options):
    process = start("train.py", *options, "--out", folder, "--images", folder)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    return TrainingRun.resume(folder / "checkpoint.npz")


def kill_after(seconds, folder, *options):
    """Start or resume a run, and kill it then; whether it had ended before."""
    resume = ["--resume"] if (folder / "checkpoint.npz").exists() else options
    process = start("train.py", *resume, "--out", folder, "--images", folder)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    assert process.returncode == 0
    return True


def figures(run):
    timed = ("seconds", "images_per_second")
    return [{k: v for k, v in epoch.items() if k not in timed} for epoch in run.epochs]


def test_kills_at_random_moments(tmp_path, train_digits):
    chance = random.Random(1)
    whole = run_to_the_end(tmp_path / "whole", *OPTIONS)
    kills = 0
    for chain in range(KILLS):
        folder = tmp_path / str(chain)
        for _ in range(CHAIN):
            ended = kill_after(chance.uniform(0.2, MAX_WAIT), folder, *OPTIONS)
            if ended or kills == KILLS:
                break
            kills += 1
        resume = ["--resume"] if (folder / "checkpoint.npz").exists() else OPTIONS
        run = run_to_the_end(folder, *resume)
        assert run.network.parameters.tobytes() == whole.network.parameters.tobytes()
        assert run.average.average.tobytes() == whole.average.average.tobytes()
        for mine, its in ((run.optimizer.m, whole.optimizer.m), (run.optimizer.v, whole.optimizer.v)):
            np.testing.assert_array_equal(mine[0], its[0])
        assert figures(run) == figures(whole)
        if kills == KILLS:
            break
    assert kills == KILLS
