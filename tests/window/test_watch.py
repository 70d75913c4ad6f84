"""A window on a training: it shows how far it has come, reads with it, and never holds it up."""

import contextlib
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pygame
import pytest

import train
from digits.data.dataset import to_input
from digits.model import load_cnn
from digits.training.feed import SHOWN, WEIGHTS, Feed, read_progress
from digits.training.run import TrainingRun
from digits.training.settings import Settings
from nn.errors import UserError
from tests.helpers import WEIGHTS as SHIPPED
from tests.window.hand import pixels, press_key, stroke
from window import watch
from window.learning import Learning, status
from window.watch import LEARNED, WatchApp

RECORD = {
    "train_loss": 0.5,
    "train_accuracy": 0.9,
    "validation_loss": 0.25,
    "validation_accuracy": 0.95,
    "seconds": 1.0,
    "images_per_second": 100.0,
}


@pytest.fixture
def run():
    return TrainingRun.start(Settings(epochs=3))


@pytest.fixture
def feed(run, train_digits, tmp_path):
    folder = tmp_path / "feed"
    folder.mkdir()
    return Feed(folder, run, train_digits[:700])


@pytest.fixture
def window(feed):
    app = WatchApp(feed.folder, (960, 680), is_dark=False)
    app.ready(app.load())
    app.process([app.look()])
    yield app
    app.close()


def learn(run, feed):
    """As if an epoch had made of the network the one that ships."""
    shipped, _ = load_cnn(SHIPPED)
    run.average.average[:] = shipped.parameters
    run.epochs.append(dict(RECORD))
    feed.epoch(run)


def test_what_is_on_the_paper_is_read_after_each_epoch(window, run, feed):
    stroke(window, [(0.5, 0.2), (0.5, 0.5), (0.5, 0.8)])
    assert window.state.prediction.confidence < 0.5  # nothing is learned yet
    shown = pixels(window)
    learn(run, feed)
    window.process([window.look()])
    assert window.state.prediction.digit == 1
    assert window.state.prediction.confidence > 0.9
    assert not (pixels(window) == shown).all()
    press_key(window, pygame.K_TAB)  # the inside is that of the new network, too
    assert window.state.inside.look.probabilities[1] > 0.9


def test_it_shows_records_filters_and_what_is_misread(window, run, feed, train_digits):
    learn(run, feed)
    window.process([window.look()])
    shipped, _ = load_cnn(SHIPPED)
    learning = window.state.learning
    assert list(learning.epochs) == [RECORD]
    np.testing.assert_array_equal(learning.filters, shipped.named_parameters()["conv1.W"][:, :, 0])
    few = train_digits[:SHOWN]
    guesses = shipped.forward(to_input(few.images)).argmax(axis=1)
    assert learning.misread_count == np.sum(guesses != few.labels)
    assert learning.looked_at == SHOWN
    first = TrainingRun.start(Settings())
    run.average.average[:] = first.network.parameters
    feed.epoch(run)
    window.process([window.look()])
    assert window.state.learning.misread_count > 300
    for image, label, guess in window.state.learning.misread:
        assert label != guess
        assert any((image == other).all() for other in few.images[few.labels == label])


def test_where_nothing_is_new_nothing_is_drawn_anew(window, run, feed):
    assert window.look() is None
    feed.batch(run, 30, 120, 0.5, 0.875)
    event = window.look()
    assert event.recogniser is None
    assert event.learning.looked_at == SHOWN
    assert window.look() is None


def test_weights_that_could_not_be_read_are_read_later(window, run, feed):
    weights = feed.folder / WEIGHTS
    learn(run, feed)
    whole = weights.read_bytes()
    state = weights.stat()
    weights.write_bytes(whole[:100])
    os.utime(weights, ns=(state.st_atime_ns, state.st_mtime_ns))
    with pytest.raises(UserError):
        window.look()
    weights.write_bytes(whole)
    os.utime(weights, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert window.look().recogniser is not None


def test_progress_within_an_epoch(window, run, feed):
    feed.batch(run, 30, 120, 0.5, 0.875)
    feed.batch(run, 60, 120, 0.4, 0.9)  # too soon to be worth a file
    assert read_progress(feed.folder)["share"] == 0.25
    window.process([window.look()])
    assert status(window.state.learning) == "epoch 1 of 3 · 25% of it · loss 0.500 · accuracy 87.5 %"
    learn(run, feed)
    window.process([window.look()])
    assert status(window.state.learning) == "epochs done: 1"
    assert status(Learning()) == "about to begin"
    (feed.folder / "progress.json").write_text("{ half")
    assert read_progress(feed.folder) == {}


def test_a_training_goes_on_when_the_window_is_closed(run, feed):
    shutil.rmtree(feed.folder)
    before = run.network.parameters.copy(), run.average.average.copy()
    feed.epoch(run)
    feed.batch(run, 1, 2, 0.5, 0.5)
    assert not feed.folder.exists()
    np.testing.assert_array_equal(run.network.parameters, before[0])
    np.testing.assert_array_equal(run.average.average, before[1])


def test_watching_changes_no_parameter(run, feed):
    run.average.average[:] += 1
    before = run.network.parameters.copy(), run.average.average.copy()
    feed.epoch(run)
    np.testing.assert_array_equal(run.network.parameters, before[0])
    np.testing.assert_array_equal(run.average.average, before[1])
    network, _ = load_cnn(feed.folder / WEIGHTS)
    np.testing.assert_array_equal(network.parameters, before[1])  # as it would ship


@pytest.mark.parametrize("size", [(640, 460), (480, 640), (1920, 1080), (320, 280)])
def test_in_any_window(size, run, feed):
    app = WatchApp(feed.folder, size, is_dark=True)
    app.ready(app.load())
    for _ in range(2):
        learn(run, feed)
        app.process([app.look()])
    assert len(app.state.learning.epochs) == 2
    app.process([pygame.event.Event(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])])
    app.close()


def test_train_opens_it(run, train_digits, monkeypatch):
    started = []
    monkeypatch.setattr(
        subprocess, "Popen", lambda command, **options: started.append((command, options))
    )
    feed = train.watch(run, train_digits[:10])
    ((command, options),) = started
    assert command == [sys.executable, "-m", "window.watch", str(feed.folder)]
    assert options["start_new_session"]
    assert options["stdout"] == subprocess.DEVNULL
    assert json.loads(json.dumps(read_progress(feed.folder))) == {}
    assert (feed.folder / WEIGHTS).exists()
    shutil.rmtree(feed.folder)


@pytest.mark.parametrize("end", [lambda _: None, lambda _: (_ for _ in ()).throw(KeyboardInterrupt)])
def test_the_program_takes_its_folder_away(end, feed, monkeypatch):
    """Closed, or told to end: run_program makes a KeyboardInterrupt of SIGTERM."""
    steps = []
    monkeypatch.setattr(os, "nice", steps.append, raising=False)  # it would be for good
    monkeypatch.setattr(sys, "argv", ["watch", str(feed.folder)])
    monkeypatch.setattr(WatchApp, "__init__", lambda self, folder: None)
    monkeypatch.setattr(WatchApp, "run", end)
    with contextlib.suppress(KeyboardInterrupt):
        assert watch.main() == 0
    assert not feed.folder.exists()
    assert steps == [10]


def test_events_of_others_are_handled_as_ever(window):
    assert LEARNED != pygame.QUIT
    window.process([pygame.event.Event(pygame.QUIT)])
    assert not window.state.running
