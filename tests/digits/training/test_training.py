"""Training is repeatable to the last bit, also across a break, and says when it goes wrong."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from digits.data.augmentation import AMPLITUDE, SHIFT, Inputs
from digits.data.dataset import to_input
from digits.data.ood import OOD_LABEL
from digits.ink.framing import apply_domain_offset
from digits.kernels import warp
from digits.reading.calibration import Calibration
from digits.training.data import plan_epoch, prepare_data, with_generated_images
from digits.training.epochs import calibrate, has_learned_nothing, train, validate
from digits.training.run import EpochProgress, EpochRecord, TrainingRun
from digits.training.settings import Settings
from nn.errors import UserError
from nn.fast import ParallelRunner
from nn.optimizers import warmup_cosine
from tests.helpers import in_float64
from tests.rounding import assert_equal_in_float64, assert_equal_up_to_rounding


def trained(run, digits, epochs=None):
    """Train a run on these digits, until `epochs` are done if given."""
    training_set, validation_set = prepare_data(digits, run.settings)
    with ParallelRunner(run.network, 2) as runner:
        for _ in train(run, training_set, validation_set, runner):
            if len(run.epochs) == epochs:
                break
    return run


@pytest.fixture
def settings():
    # No defaults where a resumed run has to remember.
    few = {"epochs": 3, "validation": 100, "limit": 700, "synthetic": 0, "ood": 0}
    return Settings(**few, seed=11, weight_decay=0.5, average=0.5)


def losses(run):
    return [record["train_loss"] for record in run.epochs]


def test_same_seed_same_weights_to_the_last_bit(settings, train_digits):
    one, two = (trained(TrainingRun.start(settings), train_digits[:1000]) for _ in "ab")
    assert one.network.parameters.tobytes() == two.network.parameters.tobytes()
    assert losses(one) == losses(two)
    assert losses(one)[2] < 0.8 * losses(one)[0]


def test_stopped_and_resumed_is_as_if_it_had_not_been(settings, train_digits, tmp_path):
    whole = trained(TrainingRun.start(settings), train_digits[:1000])
    stopped = trained(TrainingRun.start(settings), train_digits[:1000], epochs=1)
    stopped.save(tmp_path / "checkpoint.npz")
    resumed = TrainingRun.resume(tmp_path / "checkpoint.npz")
    assert resumed.settings == settings
    assert losses(resumed) == losses(stopped)
    trained(resumed, train_digits[:1000])
    assert resumed.network.parameters.tobytes() == whole.network.parameters.tobytes()
    assert resumed.average.average.tobytes() == whole.average.average.tobytes()
    assert losses(resumed) == losses(whole)


def test_stopped_within_an_epoch_and_resumed_is_as_if_it_had_not_been(settings, train_digits, tmp_path):
    whole = trained(TrainingRun.start(settings), train_digits[:1000])
    stopped = TrainingRun.start(settings)
    training_set, validation_set = prepare_data(train_digits[:1000], settings)

    def stop(images, *_):
        if len(stopped.epochs) == 1 and images == 384:
            raise KeyboardInterrupt

    with ParallelRunner(stopped.network, 1) as runner, pytest.raises(KeyboardInterrupt):
        list(train(stopped, training_set, validation_set, runner, stop))
    stopped.save(tmp_path / "checkpoint.npz")
    resumed = TrainingRun.resume(tmp_path / "checkpoint.npz")
    assert resumed.progress.steps == 3
    assert resumed.progress == stopped.progress
    trained(resumed, train_digits[:1000])
    assert resumed.network.parameters.tobytes() == whole.network.parameters.tobytes()
    assert resumed.average.average.tobytes() == whole.average.average.tobytes()
    keys = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
    for one, other in zip(resumed.epochs, whole.epochs, strict=True):
        assert [one[key] for key in keys] == [other[key] for key in keys]


@pytest.mark.parametrize(
    "progress",
    [
        5,
        {},
        *(
            asdict(EpochProgress(3, 1.0, 5, 300, 384, 2.0)) | change
            for change in (
                {"steps": -1},
                {"steps": 10**6},
                {"images": 0.5},
                {"correct": 301},
                {"seconds": 0.0},
                {"loss_sum": float("nan")},
            )
        ),
    ],
)
def test_a_damaged_record_of_the_epoch_in_progress_is_refused(progress, checkpoint):
    with pytest.raises(UserError, match="record of the epoch in progress is damaged"):
        TrainingRun.resume(checkpoint(progress=progress))


@pytest.fixture
def checkpoint(settings, tmp_path, monkeypatch):
    """Writes a checkpoint whose record is altered by hand; returns its path."""

    def write(**changes):
        run = TrainingRun.start(settings)
        record = {"settings": asdict(settings), "epochs": []} | changes
        monkeypatch.setattr(TrainingRun, "record", lambda _: record)
        run.save(tmp_path / "checkpoint.npz")
        return tmp_path / "checkpoint.npz"

    return write


@pytest.mark.parametrize(
    "stored",
    [{"epochs": 3}, None, asdict(Settings()) | {"momentum": 0.9}, asdict(Settings()) | {"rare": 0}],
)
def test_checkpoint_of_another_version_is_refused(stored, checkpoint):
    with pytest.raises(UserError, match="another version"):
        TrainingRun.resume(checkpoint(settings=stored))


IMPOSSIBLE_SETTINGS = [
    ("batch_size", 0),
    ("batch_size", "128"),
    ("seed", 1.5),
    ("seed", True),
    ("epochs", None),
    ("epochs", 10**400),
    ("epochs", 10**308),
    ("limit", 0),
    ("learning_rate", -1),
    ("learning_rate", float("nan")),
    ("warp", 1e308),
    ("average", 2),
    ("synthetic", -1),
    ("synthetic", 50),
    ("domain_offset", 100),
    ("plain", 1),
]


@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE_SETTINGS)
def test_impossible_settings_are_refused_wherever_they_come_from(name, value, settings, checkpoint):
    with pytest.raises(UserError, match=rf"^{name} cannot be "):
        replace(settings, **{name: value})
    path = checkpoint(settings=asdict(settings) | {name: value})
    with pytest.raises(UserError, match=rf"checkpoint\.npz: {name} cannot be ") as refusal:
        TrainingRun.resume(path)
    assert "\n" not in str(refusal.value)


FIGURES = dict.fromkeys(EpochRecord.__annotations__, 0.5)
NO_VALIDATION = FIGURES | {"validation_loss": None, "validation_accuracy": None}


@pytest.mark.parametrize(
    "epochs",
    [
        5,
        None,
        [5],
        [{}],
        [dict.fromkeys(FIGURES, "1")],
        [FIGURES | {"train_loss": None}],
        [FIGURES | {"validation_loss": None}],
        [FIGURES, NO_VALIDATION],
        [FIGURES | {"train_accuracy": 1.5}],
        [FIGURES | {"train_loss": 1e300}],
    ],
)
def test_a_damaged_record_of_epochs_is_refused(epochs, checkpoint):
    with pytest.raises(UserError, match=r"checkpoint\.npz: its record of finished epochs"):
        TrainingRun.resume(checkpoint(epochs=epochs))


@pytest.mark.parametrize("epochs", [[], [FIGURES] * 2, [NO_VALIDATION] * 2])
def test_a_record_of_epochs_comes_back(epochs, checkpoint):
    assert TrainingRun.resume(checkpoint(epochs=epochs)).epochs == epochs


def test_a_missing_checkpoint_is_said(tmp_path):
    with pytest.raises(UserError, match=r"there is no checkpoint file .*c\.npz"):
        TrainingRun.resume(tmp_path / "c.npz")


def test_a_run_of_the_plain_network_is_resumed_as_one(settings, tmp_path):
    TrainingRun.start(replace(settings, plain=True)).save(tmp_path / "c.npz")
    network = TrainingRun.resume(tmp_path / "c.npz").network
    assert network.executed == network.layers


def test_synthetic_images_are_added_in_their_shares_and_by_the_seed(settings, train_digits):
    one, other = (
        with_generated_images(train_digits[:100], replace(settings, synthetic=0.2, ood=0.1, seed=seed))
        for seed in (1, 2)
    )
    assert len(one.labels) == 130
    assert (one.labels == OOD_LABEL).sum() == 10
    np.testing.assert_array_equal(one.images[:100], train_digits.images[:100])
    assert (one.images[100:] != other.images[100:]).any(axis=(1, 2)).mean() > 0.9


def test_each_setting_matters(settings, train_digits):
    runs = [
        trained(TrainingRun.start(replace(settings, epochs=1, **change)), train_digits[:1000])
        for change in (
            {},
            {"seed": 12},
            {"batch_size": 64},
            {"learning_rate": 1e-3},
            {"warmup": 0.5},
            {"final_rate": 0.2},
            {"warp": 0.0},
            {"weight_decay": 0.4},
            {"synthetic": 0.05},
            {"ood": 0.05},
        )
    ]
    assert len({run.network.parameters.tobytes() for run in runs}) == 10


def test_validation_is_of_the_average(settings, train_digits):
    averaged, plain = (
        trained(TrainingRun.start(replace(settings, average=decay)), train_digits[:1000])
        for decay in (0.9, 0.0)
    )
    assert averaged.network.parameters.tobytes() == plain.network.parameters.tobytes()
    assert losses(averaged) == losses(plain)
    for run in (averaged, plain):
        run.average.swap()
        with ParallelRunner(run.network, 2) as runner:
            expected = validate(runner, prepare_data(train_digits[:1000], settings)[1])
        assert run.epochs[-1]["validation_loss"] == expected[0]
    assert averaged.epochs[-1]["validation_loss"] != plain.epochs[-1]["validation_loss"]


def test_synthetic_images_are_trained_on_and_ood_ones_not_counted_as_digits(settings, train_digits):
    settings = replace(settings, synthetic=0.1, ood=0.2, epochs=1)
    training_set, validation_set = prepare_data(train_digits[:1000], settings)
    assert np.bincount(training_set.labels)[10] == 140
    assert len(training_set.labels) == 700 + 70 + 140
    assert validation_set.labels.max() == 9
    calls = []
    run = TrainingRun.start(settings)
    with ParallelRunner(run.network, 2) as runner:
        record = next(train(run, training_set, validation_set, runner, lambda *c: calls.append(c)))
    assert record["train_accuracy"] == calls[-1][2]
    assert 0.1 < record["train_accuracy"] < 0.9
    right = calls[-1][2] * np.sum(training_set.labels != OOD_LABEL)
    assert right == pytest.approx(round(right), abs=1e-9)


def test_calibration_is_of_the_validation_digits(settings, train_digits):
    run = trained(TrainingRun.start(settings), train_digits[:1000])
    with ParallelRunner(run.network, 2) as runner:
        found = calibrate(runner, train_digits[2000:3000], 1)
        digits = train_digits[2000:3000]
        offset_logits = runner.logits(Inputs(apply_domain_offset(digits.images, 1)))
        logits = runner.logits(Inputs(digits.images))
        assert calibrate(runner, train_digits[:0], 1) == Calibration(domain_offset=1)
    assert found == Calibration.fit(logits, digits.labels, offset_logits, 1)
    assert found != Calibration.fit(offset_logits, digits.labels, logits, 1)


def test_the_learning_rate_takes_its_course_over_the_whole_run(settings, train_digits, monkeypatch):
    rates = []
    run = TrainingRun.start(settings)
    monkeypatch.setattr(run.optimizer, "step", lambda _, rate: rates.append(rate))
    trained(run, train_digits[:1000])
    assert len(rates) == 18  # three epochs of six batches, the last of which is not full
    assert rates == [warmup_cosine(step, 18, settings.learning_rate, 0.1, 0.1) for step in range(18)]


def test_every_epoch_has_an_order_and_warps_of_its_own(settings, train_digits):
    class Watching(ParallelRunner):
        def gradients(self, x, targets):
            seen.append((x.images, x.warps))
            return super().gradients(x, targets)

    run = TrainingRun.start(settings)
    epochs = []
    with Watching(run.network, 2) as runner:
        seen = []
        for _ in train(run, *prepare_data(train_digits[:1000], settings), runner):
            epochs.append([np.concatenate(arrays) for arrays in zip(*seen, strict=True)])
            seen.clear()
    for images, warps in epochs[1:]:
        assert (images != epochs[0][0]).any()
        assert len(np.unique(warps[:, 0, 0])) == 700  # each image its own
        assert not np.isin(warps[:, 0, 0], epochs[0][1][:, 0, 0]).any()
        assert sorted(i.tobytes() for i in images) == sorted(i.tobytes() for i in epochs[0][0])


def test_synthetic_images_are_offset_and_warped_less(settings, train_digits):
    settings = replace(settings, synthetic=0.5, ood=0.5)
    training_set = with_generated_images(train_digits[:500], settings)
    _, warps = plan_epoch(training_set, settings, 0)
    offsets = warps[:, :, SHIFT]
    waves = warps[:, :, AMPLITUDE]
    for drawn, strength in ((False, 1), (True, 0.5)):
        assert 0.95 * strength < np.abs(waves[training_set.is_generated == drawn]).max() <= strength
    assert 0.45 < np.abs(offsets[training_set.is_generated] - 2).max() <= 0.5
    moved = (offsets[:500] > 1).all(axis=1)
    assert 0.25 < moved.mean() < 0.35
    assert np.abs(offsets[:500][~moved]).max() <= 1
    others = (plan_epoch(training_set, settings, 1)[1][:500, :, 2] > 1).all(axis=1)
    assert 0.35 < np.mean(others != moved) < 0.5


def test_the_domain_offset_in_training_is_that_of_predictions(settings, train_digits):
    for pixels in (0, 2, 4):
        settings = replace(settings, synthetic=0.5, warp=0.0, domain_offset=pixels)
        training_set = with_generated_images(train_digits[:40], settings)
        _, warps = plan_epoch(training_set, settings, 0)
        shown = np.empty((60, 28, 28, 1), np.float32)
        warp(training_set.images, warps, shown)
        expected = to_input(apply_domain_offset(training_set.images[40:], pixels))
        assert_equal_up_to_rounding(shown[40:], expected, 1, roundings=6)  # of the interpolation


def test_record_of_an_epoch(settings, train_digits):
    calls = []
    run = TrainingRun.start(replace(settings, average=0.0))
    training_set, validation_set = prepare_data(train_digits[:1000], settings)
    assert len(training_set.labels) == 700
    with ParallelRunner(run.network, 2) as runner:
        record = next(train(run, training_set, validation_set, runner, lambda *c: calls.append(c)))
        assert [done for done, _, _ in calls] == [128, 256, 384, 512, 640, 700]
        assert (record["train_loss"], record["train_accuracy"]) == calls[-1][1:]
        expected = validate(runner, validation_set)
    assert (record["validation_loss"], record["validation_accuracy"]) == expected
    assert record["images_per_second"] == pytest.approx(700 / record["seconds"])


def test_validation_is_of_the_digits_that_are_not_trained_on(train_digits):
    digits = train_digits[:1000]
    settings = Settings(validation=300, synthetic=0, ood=0)
    training_set, validation_set = prepare_data(digits, settings)
    others = prepare_data(digits, replace(settings, seed=1))[1]
    assert (others.images != validation_set.images).any(axis=(1, 2)).mean() > 0.9
    together = np.concatenate([training_set.images, validation_set.images])
    assert len(training_set.labels) == 700
    assert sorted(image.tobytes() for image in together) == sorted(i.tobytes() for i in digits.images)


def test_without_validation_digits(train_digits):
    run = trained(
        TrainingRun.start(Settings(epochs=1, validation=0, limit=200, ood=0)), train_digits[:300]
    )
    assert run.epochs[0]["validation_loss"] is None


def test_nothing_left_to_train_on(train_digits):
    with pytest.raises(UserError, match="--validation 60000 leaves nothing"):
        prepare_data(train_digits, Settings(validation=60000))


@pytest.mark.parametrize(
    ("steps", "accuracy", "expected"),
    [(99, 0.1, False), (100, 0.1, True), (100, 0.19, True), (100, 0.2, False), (100, np.nan, True)],
)
def test_has_learned_nothing(steps, accuracy, expected, settings):
    """From 100 steps on, below 20 %; of the training digits where none are held out."""
    run = TrainingRun.start(settings)
    run.optimizer.t = steps
    figures = dict.fromkeys(EpochRecord.__annotations__, 0.5)
    for known, other in (("validation_accuracy", 0.9), ("train_accuracy", None)):
        run.epochs = [figures | {"train_accuracy": 0.9, "validation_accuracy": other, known: accuracy}]
        assert has_learned_nothing(run, could_lose=False) == expected
        assert has_learned_nothing(run, could_lose=True) == (not accuracy >= 0.2)


def test_divergence_is_said(settings, train_digits):  # and in no other words, such as NumPy's warnings
    run = TrainingRun.start(settings)
    run.network.parameters *= 1e18
    with pytest.raises(UserError, match="smaller --learning-rate"):
        trained(run, train_digits[:1000])


def test_an_epoch_in_progress_of_another_training_set_is_refused(settings, train_digits):
    run = TrainingRun.start(settings)
    run.progress = EpochProgress(3, 1.0, 5, 300, 383, 2.0)
    with pytest.raises(UserError, match="does not fit the training set"):
        trained(run, train_digits[:1000])


def test_validation_compares_with_the_labels(settings, train_digits):
    digits = train_digits[:300]
    network = in_float64(TrainingRun.start(settings).network)
    with ParallelRunner(network, 1) as runner:
        logits = runner.logits(Inputs(digits.images, dtype=np.float64))
        guessed = logits.argmax(axis=1)
        right = guessed.copy()
        right[:100] = (right[:100] + 1) % 10
        loss, accuracy = validate(runner, replace(digits, labels=right))
    assert accuracy == pytest.approx(2 / 3)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    losses = log_sums - shifted[np.arange(300), right]
    assert_equal_in_float64(loss, losses.mean())
