"""Training is repeatable to the last bit, also across a break, and says when it goes wrong."""

from dataclasses import replace

import numpy as np
import pytest

from digits.calibration import fit_temperature, likeness
from digits.data.dataset import as_input
from digits.data.ood import NO_DIGIT
from digits.ink.framing import aside
from digits.kernels import warp
from digits.training import KEPT, Run, Settings, calibrate, lesson, parts, train, validate, with_drawings
from nn.data_parallel import Workers
from nn.errors import UserError
from nn.optimizers import warmup_cosine


def ignore(*_):
    pass


def trained(run, digits, epochs=None):
    """Train a run on these digits, until `epochs` are done if given."""
    train_part, validation_part = parts(digits, run.settings)
    with Workers(run.network, 2) as workers:
        for _ in train(run, train_part, validation_part, workers, ignore):
            if len(run.epochs) == epochs:
                break
    return run


@pytest.fixture
def settings():
    # No defaults where a resumed run has to remember.
    few = {"epochs": 3, "validation": 100, "limit": 700, "rare": 0, "outliers": 0}
    return Settings(**few, seed=11, weight_decay=0.5, average=0.5)


def losses(run):
    return [record["train_loss"] for record in run.epochs]


def test_same_seed_same_weights_to_the_last_bit(settings, train_digits):
    one, two = (trained(Run.start(settings), train_digits[:1000]) for _ in "ab")
    assert one.network.parameters.tobytes() == two.network.parameters.tobytes()
    assert losses(one) == losses(two)
    assert losses(one)[2] < 0.8 * losses(one)[0]


def test_stopped_and_resumed_is_as_if_it_had_not_been(settings, train_digits, tmp_path):
    whole = trained(Run.start(settings), train_digits[:1000])
    stopped = trained(Run.start(settings), train_digits[:1000], epochs=1)
    stopped.save(tmp_path / "checkpoint.npz")
    resumed = Run.resume(tmp_path / "checkpoint.npz")
    assert resumed.settings == settings
    assert losses(resumed) == losses(stopped)
    trained(resumed, train_digits[:1000])
    assert resumed.network.parameters.tobytes() == whole.network.parameters.tobytes()
    assert resumed.average.average.tobytes() == whole.average.average.tobytes()
    assert losses(resumed) == losses(whole)


@pytest.mark.parametrize("stored", [{"epochs": 3}, None])
def test_checkpoint_of_another_version_is_refused(stored, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(Run, "record", lambda self: {"settings": stored, "epochs": []})
    Run.start(settings).save(tmp_path / "checkpoint.npz")
    with pytest.raises(UserError, match="another version"):
        Run.resume(tmp_path / "checkpoint.npz")


def test_drawings_are_added_in_their_shares_and_by_the_seed(settings, train_digits):
    one, other = (
        with_drawings(train_digits[:100], replace(settings, rare=0.2, outliers=0.1, seed=seed))
        for seed in (1, 2)
    )
    assert len(one.labels) == 130
    assert (one.labels == NO_DIGIT).sum() == 10
    np.testing.assert_array_equal(one.images[:100], train_digits.images[:100])
    assert (one.images[100:] != other.images[100:]).any(axis=(1, 2)).mean() > 0.9


def test_each_setting_matters(settings, train_digits):
    runs = [
        trained(Run.start(replace(settings, epochs=1, **change)), train_digits[:1000])
        for change in (
            {},
            {"seed": 12},
            {"batch_size": 64},
            {"learning_rate": 1e-3},
            {"warmup": 0.5},
            {"floor": 0.2},
            {"warp": 0.0},
            {"weight_decay": 0.4},
            {"rare": 0.05},
            {"outliers": 0.05},
        )
    ]
    assert len({run.network.parameters.tobytes() for run in runs}) == 10


def test_validation_is_of_the_average(settings, train_digits):
    averaged, plain = (
        trained(Run.start(replace(settings, average=decay)), train_digits[:1000]) for decay in (0.9, 0.0)
    )
    assert averaged.network.parameters.tobytes() == plain.network.parameters.tobytes()
    assert losses(averaged) == losses(plain)
    for run in (averaged, plain):
        run.average.swap()
        with Workers(run.network, 2) as workers:
            expected = validate(workers, parts(train_digits[:1000], settings)[1])
        assert run.epochs[-1]["validation_loss"] == expected[0]
    assert averaged.epochs[-1]["validation_loss"] != plain.epochs[-1]["validation_loss"]


def test_own_drawings_are_trained_on_and_not_counted_as_digits(settings, train_digits):
    with_drawings = replace(settings, rare=0.1, outliers=0.2, epochs=1)
    train_part, validation_part = parts(train_digits[:1000], with_drawings)
    assert np.bincount(train_part.labels)[10] == 140
    assert len(train_part.labels) == 700 + 70 + 140
    assert validation_part.labels.max() == 9
    calls, run = [], Run.start(with_drawings)
    with Workers(run.network, 2) as workers:
        record = next(train(run, train_part, validation_part, workers, lambda *c: calls.append(c)))
    assert record["train_accuracy"] == pytest.approx(calls[-1][2])
    assert 0.1 < record["train_accuracy"] < 0.9
    order, _ = lesson(train_part, run.settings, 0)
    right = calls[0][2] * np.sum(train_part.labels[order[:128]] != NO_DIGIT)
    assert right == pytest.approx(round(right), abs=1e-9)


def test_calibration_is_of_the_validation_digits(settings, train_digits):
    run = trained(Run.start(settings), train_digits[:1000])
    with Workers(run.network, 2) as workers:
        found = calibrate(workers, train_digits[2000:3000], 1)
        logits = workers.logits(aside(train_digits.images[2000:3000], 1)) / found["temperature"]
        middle = workers.logits(train_digits.images[2000:3000])
        assert calibrate(workers, train_digits[:0], 1) == {"aside": 1}
    assert found["temperature"] == fit_temperature(middle, train_digits.labels[2000:3000])
    assert found["aside"] == 1
    kept = np.mean(likeness(logits) >= found["threshold"])
    assert kept == pytest.approx(KEPT, abs=0.002)


def test_the_learning_rate_takes_its_course_over_the_whole_run(settings, train_digits, monkeypatch):
    rates, run = [], Run.start(settings)
    monkeypatch.setattr(run.optimizer, "step", lambda _, rate: rates.append(rate))
    trained(run, train_digits[:1000])
    assert len(rates) == 18  # three epochs of six batches, the last of which is not full
    assert rates == [warmup_cosine(step, 18, settings.learning_rate, 0.1, 0.1) for step in range(18)]


def test_every_epoch_has_an_order_and_warps_of_its_own(settings, train_digits):
    class Watching(Workers):
        def gradients(self, digits, which, warps):
            seen.append((digits.images[which], warps[which]))
            return super().gradients(digits, which, warps)

    run, epochs = Run.start(settings), []
    with Watching(run.network, 2) as workers:
        seen = []
        for _ in train(run, *parts(train_digits[:1000], settings), workers, ignore):
            epochs.append([np.concatenate(arrays) for arrays in zip(*seen, strict=True)])
            seen.clear()
    for images, warps in epochs[1:]:
        assert (images != epochs[0][0]).any()
        assert len(np.unique(warps[:, 0, 0])) == 700  # each image its own
        assert not np.isin(warps[:, 0, 0], epochs[0][1][:, 0, 0]).any()
        assert sorted(i.tobytes() for i in images) == sorted(i.tobytes() for i in epochs[0][0])


def test_drawings_are_shown_aside_and_warped_less(settings, train_digits):
    settings = replace(settings, rare=0.5, outliers=0.5)
    material = with_drawings(train_digits[:500], settings)
    _, warps = lesson(material, settings, 0)
    offsets, waves = (warps[:, :, number] for number in (2, 3))
    for drawn, strength in ((False, 1), (True, 0.5)):
        assert 0.95 * strength < np.abs(waves[material.drawn == drawn]).max() <= strength
    assert 0.45 < np.abs(offsets[material.drawn] - 2).max() <= 0.5
    moved = (offsets[:500] > 1).all(axis=1)
    assert 0.25 < moved.mean() < 0.35
    assert np.abs(offsets[:500][~moved]).max() <= 1
    others = (lesson(material, settings, 1)[1][:500, :, 2] > 1).all(axis=1)
    assert 0.35 < np.mean(others != moved) < 0.5


def test_aside_in_training_is_where_readings_are(settings, train_digits):
    for pixels in (0, 2, 4):
        settings = replace(settings, rare=0.5, warp=0.0, aside=pixels)
        material = with_drawings(train_digits[:40], settings)
        _, warps = lesson(material, settings, 0)
        shown = np.empty((60, 28, 28, 1), np.float32)
        warp(material.images, warps, shown)
        expected = as_input(aside(material.images[40:], pixels))
        np.testing.assert_allclose(shown[40:], expected, atol=1e-6)


def test_record_of_an_epoch(settings, train_digits):
    calls, run = [], Run.start(replace(settings, average=0.0))
    train_part, validation_part = parts(train_digits[:1000], settings)
    assert len(train_part.labels) == 700
    with Workers(run.network, 2) as workers:
        record = next(train(run, train_part, validation_part, workers, lambda *c: calls.append(c)))
        assert [done for done, _, _ in calls] == [128, 256, 384, 512, 640, 700]
        assert record["train_loss"] == pytest.approx(calls[-1][1])
        assert record["train_accuracy"] == pytest.approx(calls[-1][2])
        expected = validate(workers, validation_part)
    assert (record["validation_loss"], record["validation_accuracy"]) == expected
    assert record["images_per_second"] == pytest.approx(700 / record["seconds"])


def test_validation_is_of_the_digits_that_are_not_trained_on(train_digits):
    digits = train_digits[:1000]
    settings = Settings(validation=300, rare=0, outliers=0)
    train_part, validation_part = parts(digits, settings)
    others = parts(digits, replace(settings, seed=1))[1]
    assert (others.images != validation_part.images).any(axis=(1, 2)).mean() > 0.9
    together = np.concatenate([train_part.images, validation_part.images])
    assert len(train_part.labels) == 700
    assert sorted(image.tobytes() for image in together) == sorted(i.tobytes() for i in digits.images)


def test_without_validation_digits(train_digits):
    run = trained(Run.start(Settings(epochs=1, validation=0, limit=200, outliers=0)), train_digits[:300])
    assert run.epochs[0]["validation_loss"] is None


def test_nothing_left_to_train_on(train_digits):
    with pytest.raises(UserError, match="--validation 60000 leaves nothing"):
        parts(train_digits, Settings(validation=60000))


@pytest.mark.filterwarnings("error")  # one line of our own, and no warnings of NumPy's
def test_divergence_is_said(train_digits):
    with pytest.raises(UserError, match="smaller --learning-rate"):
        trained(Run.start(Settings(epochs=2, limit=1000, learning_rate=1e18)), train_digits[:9000])
