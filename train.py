"""Train one of the three networks: parse the options, train, save weights and history."""

from digits import installation

installation.check("numba")

import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digits import training
from digits.command_line import FOLDER, Parser, number, run_program, say
from digits.data import mnist
from digits.data.dataset import Dataset
from digits.data.ood import OOD_LABEL
from digits.environment import environment
from digits.model import MAX_WEIGHT, load_cnn
from digits.paths import PROJECT, project_path
from digits.training import InkRun, LineRun, Settings, TrainingRun
from digits.training.composed import ComposedRun
from digits.training.feed import Feed
from digits.training.lock import owned
from digits.training.progress import SECONDS_BETWEEN_CHECKPOINTS, Progress
from digits.training.settings import Hyperparameters, StepSettings
from nn.errors import UserError, explain
from nn.fast import available_cores
from nn.files import check_is_file, ensure_replaceable, replace_file
from nn.weights import save_weights

COMPOSED: dict[str, type[ComposedRun[Any]]] = {run.name: run for run in (LineRun, InkRun)}
SETTINGS = (*dataclasses.fields(Settings), dataclasses.fields(StepSettings)[0])


def parse_arguments() -> argparse.Namespace:
    parser = Parser(description="Train the digit network on MNIST, or what reads lines or finds ink.")
    add = parser.add_argument
    add("--network", choices=("digits", *COMPOSED), default="digits", help="which one (default: digits)")
    for field in SETTINGS:
        add_setting(parser, field)
    add(
        "--threads",
        type=number(int, 1, 256),
        default=available_cores(),
        help="cores to use (default: all)",
    )
    add("--data-dir", help="MNIST's folder, filled if need be (default: $MNIST_DIR or data)", **FOLDER)
    add(
        "--out",
        default=project_path("weights"),
        help="folder for weights and history (default: weights)",
        **FOLDER,
    )
    add(
        "--images",
        default=project_path("images"),
        help="folder for the curves (default: images)",
        **FOLDER,
    )
    add("--watch", action="store_true", help="open a window on the training, in which one can draw")
    add("--resume", action="store_true", help="go on from the checkpoint in --out")
    return parser.parse_args()


def add_setting(parser: Parser, field: "dataclasses.Field[Any]") -> None:
    """An option for a field of Settings."""
    rule = field.metadata["rule"]
    default = "all" if field.default is None else field.default
    # SUPPRESS: what was not given is not there, so that a resumed run can fill it in.
    options: dict[str, Any] = {"default": argparse.SUPPRESS, "help": field.metadata["meaning"]}
    if rule.kind is bool:
        options["action"] = "store_true"
    else:
        options["type"] = number(rule.kind, rule.low, rule.high)
        options["help"] += f" (default: {default})"
    parser.add_argument(f"--{field.name.replace('_', '-')}", **options)


def main() -> int:
    options = parse_arguments()
    run_type = COMPOSED.get(options.network)
    settings_type = run_type.settings_type if run_type else Settings
    names = {field.name for field in SETTINGS}
    given = {name: value for name, value in vars(options).items() if name in names}
    for name in given:
        if name not in settings_type.rules():
            raise UserError(f"--{name.replace('_', '-')} is no setting of --network {options.network}")
    with owned(options.out):
        return train_composed(run_type, options, given) if run_type else train_digits(options, given)


def train_digits(options: argparse.Namespace, given: dict[str, Any]) -> int:
    checkpoint = options.out / "checkpoint.npz"
    run = TrainingRun.start(Settings(**given))
    if options.resume:
        run = TrainingRun.resume(checkpoint)
        check_resumed(run.settings, given, checkpoint)
        done = f"{len(run.epochs)} of {run.settings.epochs} epochs done"
        say(f"Going on with {checkpoint}: {done}, seed {run.settings.seed}")
    for path in (checkpoint, *outputs(options)):
        ensure_replaceable(path)
    dataset = mnist.load("train", options.data_dir)
    if not options.resume:
        begin_checkpoint(run, checkpoint)

    say(run.network.summary())
    say("\nDrawing synthetic digits and OOD images …", end=" ")
    started = time.perf_counter()
    training_set, validation_set = training.prepare_data(dataset, run.settings)
    say(f"{time.perf_counter() - started:.1f} s")
    ood = int((training_set.labels == OOD_LABEL).sum())
    say(f"Training on {len(training_set) - ood:,} digits and {ood:,} out-of-distribution images")
    with training.make_runner(run, options.threads) as runner:
        say("Preparing the kernels (the first time they must be compiled) …", end=" ")
        started = time.perf_counter()
        training.warm_up(runner)
        say(f"{time.perf_counter() - started:.1f} s")
        try:
            with Progress(run, checkpoint, len(training_set)) as progress:
                feed = watch(run, validation_set) if options.watch else None

                def on_batch(images: int, loss: float, accuracy: float) -> None:
                    progress.batch(images, loss, accuracy)
                    if feed:
                        feed.batch(run, images, len(training_set), loss, accuracy)

                for record in training.train(run, training_set, validation_set, runner, on_batch):
                    progress.epoch(record)
                    if feed:
                        feed.epoch(run)
        except KeyboardInterrupt:
            run = TrainingRun.resume(checkpoint)  # the step may have been interrupted half-way
            say(f"\nStopped after epoch {len(run.epochs)}. Go on with --resume")
            if run.epochs and not has_learned_nothing(run, options.out / "digits.npz"):
                save(run, options, validation_set)
            return 130
    save(run, options, validation_set)
    return 0


def train_composed(
    run_type: type[ComposedRun[Any]], options: argparse.Namespace, given: dict[str, Any]
) -> int:
    """Train a network on examples that are composed as it trains; save its weights and history."""
    if options.watch:
        raise UserError("--watch shows the digit network alone")
    name = run_type.name
    checkpoint = options.out / f"{name}_checkpoint.npz"
    weights, history = options.out / f"{name}.npz", options.out / f"{name}_history.json"
    run = run_type(run_type.settings_type(**given))
    if options.resume:
        run = run_type.resume(checkpoint)
        check_resumed(run.settings, given, checkpoint)
        say(f"Going on with {checkpoint}: {run.optimizer.t} of {run.settings.steps} steps done")
    for path in (checkpoint, weights, history):
        ensure_replaceable(path)
    if not options.resume:
        begin_checkpoint(run, checkpoint)
    say(run.network.summary())
    say("\nMaking what examples are composed of …", end=" ")
    started = time.perf_counter()
    training_material, validation_material = run.material(options.data_dir)
    say(f"{time.perf_counter() - started:.1f} s")
    try:
        with run.make_runner(options.threads) as runner:
            saved = time.monotonic()
            for record in run.train(training_material, validation_material, runner):
                if record:
                    say(
                        f"step {record['steps']:,}/{run.settings.steps:,}"
                        f"  loss {record['train_loss']:.3f}"
                        f"  validation accuracy {record['validation_accuracy']:.2%} {run.measured}"
                        f"  {record['seconds']:.0f} s"
                    )
                if record or time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                    run.save(checkpoint)
                    saved = time.monotonic()
    except KeyboardInterrupt:
        say(f"\nStopped after step {run.optimizer.t}. Go on with --resume")
        return 130
    run.average.swap()
    if weights.exists():
        keep_previous(weights)
    save_weights(weights, run.network, run.record())
    write_json(history, run.record() | environment() | {"threads": options.threads})
    say(f"Saved {weights} and {history}")
    return 0


def watch(run: TrainingRun, validation_set: Dataset) -> Feed:
    """Open a window on this training, a program of its own, which goes on when this one is over."""
    folder = Path(tempfile.mkdtemp(prefix="training"))
    feed = Feed(folder, run, validation_set)
    command = [sys.executable, "-m", "window.watch", str(folder)]
    # Ctrl-C is for the training: the window stays.
    quiet = os.environ | {"PYGAME_HIDE_SUPPORT_PROMPT": "1"}
    nothing = subprocess.DEVNULL  # who reads what training prints is not to wait for the window
    subprocess.Popen(
        command, cwd=PROJECT, env=quiet, stdin=nothing, stdout=nothing, start_new_session=True
    )
    return feed


def outputs(options: argparse.Namespace) -> list[Path]:
    """The files in which a run ends: weights, history and two curves."""
    return [
        options.out / "digits.npz",
        options.out / "history.json",
        options.images / "accuracy_plot.png",
        options.images / "loss_plot.png",
    ]


def begin_checkpoint(run: TrainingRun | ComposedRun[Any], checkpoint: Path) -> None:
    """From its first moment on a run has a checkpoint of its own, and that of another run is put aside.

    Else, stopped in its first epoch, it would be resumed as the other.
    """
    if checkpoint.exists():
        keep_previous(checkpoint)
    run.save(checkpoint)


def previous_of(path: Path) -> Path:
    return path.with_suffix(".previous.npz")


def keep_previous(path: Path) -> None:
    """Copy a file that is about to be replaced. If that cannot be done, that is said, and no more."""
    try:
        with replace_file(previous_of(path)) as copy:
            check_is_file(path)
            shutil.copyfile(path, copy)
    except UserError as error:
        say(f"{path} is replaced, and not kept: {explain(error)}")


def check_resumed(settings: Hyperparameters, given: dict[str, Any], checkpoint: Path) -> None:
    """UserError if the user asks for other settings than this checkpoint has."""
    for name, value in given.items():
        stored = getattr(settings, name)
        if value != stored:
            option = "--" + name.replace("_", "-")
            raise UserError(f"{checkpoint} has another {option} ({stored}): with --resume leave it out")


def has_learned_nothing(run: TrainingRun, weights: Path) -> bool:
    """Whether the network is useless, and it is time to say so or better weights would be lost."""
    could_lose = validation_accuracy(stored_epochs(weights)) > training.USELESS
    return training.has_learned_nothing(run, could_lose)


def save(run: TrainingRun, options: argparse.Namespace, validation_set: Dataset) -> None:
    """Weights, history and curves of a run that is over or was stopped.

    UserError, and everything is left as it was, if the network has learned nothing.
    """
    weights, history, accuracy_plot, loss_plot = outputs(options)
    if has_learned_nothing(run, weights):
        raise UserError(
            f"the network has learned nothing, and {weights} is left as it was: "
            "try another --learning-rate"
        )
    largest = float(np.abs(run.average.average).max())
    if not largest <= MAX_WEIGHT:  # nor a NaN
        raise UserError(f"training diverged, and {weights} is left as it was: {largest:g} is no weight")
    run.average.swap()  # what ships is the moving average of the weights, not the last of them
    with training.make_runner(run, options.threads) as runner:
        calibration = training.calibrate(runner, validation_set, run.settings.domain_offset)
    record = run.record() | calibration.to_record()
    replace_weights(weights, run, record)

    threads = 1 if run.settings.plain else options.threads
    write_json(history, record | environment() | {"threads": threads})
    say(f"Saved {weights} and {history}")
    try:
        from digits.evaluation import plots  # matplotlib takes a second to import

        plots.accuracy_curves(run.epochs, accuracy_plot)
        plots.loss_curves(run.epochs, loss_plot)
    except UserError:
        raise
    except Exception as error:  # whatever fonts and libraries may bring: the weights are safe
        raise UserError(f"the curves cannot be drawn: {error}") from error
    say(f"Saved two curves in {options.images}")


def write_json(file: Path, record: dict[str, Any]) -> None:
    with replace_file(file) as path:
        path.write_text(json.dumps(record, indent=1) + "\n")


def replace_weights(weights: Path, run: TrainingRun, record: dict[str, Any]) -> None:
    """Save the weights; of those that this folder had before, the best are kept beside them."""
    previous = previous_of(weights)
    old = stored_epochs(weights)
    is_own = bool(old) and old == run.epochs[: len(old)]
    is_best = validation_accuracy(old) >= validation_accuracy(stored_epochs(previous))
    if weights.exists() and is_best and not is_own:
        keep_previous(weights)
    save_weights(weights, run.network, record)
    mine, best = validation_accuracy(run.epochs), validation_accuracy(stored_epochs(previous))
    if 0 <= mine < best:
        say(
            f"These weights read {mine:.2%} of the validation digits, those before {best:.2%}. "
            f"To go back, copy {previous} to {weights}"
        )


def stored_epochs(weights: Path) -> list[Any]:
    """The record of epochs in a weights file; an empty one where there is none."""
    try:
        epochs = load_cnn(weights)[1].get("epochs")
    except UserError:
        return []
    return epochs if isinstance(epochs, list) else []


def validation_accuracy(epochs: Sequence[Any]) -> float:
    """That of the last epoch, or −1 where it is not known."""
    last = epochs[-1] if epochs and isinstance(epochs[-1], dict) else {}
    accuracy = last.get("validation_accuracy")
    return accuracy if isinstance(accuracy, float) else -1.0


if __name__ == "__main__":
    run_program(main)
