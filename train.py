"""Train the digit network on MNIST: parse the options, train, save weights, history and curves."""

import argparse
import dataclasses
import json
import shutil
import sys
import time
from pathlib import Path

from tqdm import tqdm

from digits import training
from digits.command_line import Parser, number, run
from digits.data import mnist as data
from digits.data.ood import NO_DIGIT
from digits.ink.framing import FARTHEST
from digits.model import build_cnn
from digits.paths import own
from digits.training import Run, Settings
from nn.data_parallel import Workers, available_cores
from nn.errors import UserError
from nn.files import ensure_writable, replace_file
from nn.weights import load_weights, save_weights


def parse_arguments():
    parser = Parser(description="Train the digit network on MNIST.")

    def setting(name, kind, meaning):
        # SUPPRESS: what was not given is not there, so that a resumed run can fill it in.
        default = getattr(Settings, name[2:].replace("-", "_"))
        meaning += f" (default: {'all' if default is None else default})"
        parser.add_argument(name, type=kind, help=meaning, default=argparse.SUPPRESS)

    setting("--epochs", number(int, 1), "times to go through the training digits")
    setting("--batch-size", number(int, 1, 60000), "digits a step")
    setting("--learning-rate", number(float, 1e-9, 10), "learning rate at its peak")
    setting("--warmup", number(float, 0, 1), "share of the steps in which it rises to its peak")
    setting("--floor", number(float, 0, 1), "where it ends, as a share of its peak; 1 for no decay")
    setting("--seed", number(int, 0), "of everything random")
    setting("--validation", number(int, 0), "digits set aside to watch progress on")
    setting("--warp", number(float, 0, 2), "how much digits are distorted in training")
    setting("--average", number(float, 0, 0.99999), "decay of the weights' running average, 0 for none")
    setting("--weight-decay", number(float, 0, 10), "share by which weights shrink, times the rate")
    setting(
        "--rare", number(float, 0, 1), "digits drawn in hands that MNIST lacks, as a share of its own"
    )
    setting("--outliers", number(float, 0, 1), "images of no digit, likewise")
    setting("--aside", number(int, 0, FARTHEST), "pixels that drawings stand aside in the frame")
    setting("--limit", number(int, 1), "how many of MNIST's digits to train on")

    folder = {"type": Path, "metavar": "DIR"}
    add = parser.add_argument
    add(
        "--threads",
        type=number(int, 1, 256),
        default=available_cores(),
        help="cores to use (default: all)",
    )
    add("--data-dir", help="where MNIST is or shall be put (default: $MNIST_DIR or data)", **folder)
    add("--out", default=own("weights"), help="for weights and history (default: weights)", **folder)
    add("--images", default=own("images"), help="for the curves (default: images)", **folder)
    add("--resume", action="store_true", help="go on from the checkpoint in --out")
    return parser.parse_args()


def main():
    options = parse_arguments()
    checkpoint = options.out / "checkpoint.npz"
    names = [field.name for field in dataclasses.fields(Settings)]
    given = {name: value for name, value in vars(options).items() if name in names}
    state = resume(checkpoint, given) if options.resume else Run.start(Settings(**given))
    ensure_writable(options.out)
    ensure_writable(options.images)
    digits = data.load("train", options.data_dir)

    print(state.network.summary())
    print("\nDrawing what MNIST lacks …", end=" ", flush=True)
    started = time.perf_counter()
    train_part, validation_part = training.parts(digits, state.settings)
    print(f"{time.perf_counter() - started:.1f} s")
    none = int((train_part.labels == NO_DIGIT).sum())
    print(f"Training on {len(train_part.labels) - none:,} digits and {none:,} images of none")
    saved = options.resume  # whether the checkpoint is this run's: there may be another's
    with Workers(state.network, options.threads, state.settings.batch_size) as workers:
        print("Preparing the kernels (the first time they must be compiled) …", end=" ", flush=True)
        started = time.perf_counter()
        training.warm_up(workers)
        print(f"{time.perf_counter() - started:.1f} s", flush=True)
        try:
            with Progress(state.settings.epochs, len(train_part.labels)) as progress:
                for record in training.train(
                    state, train_part, validation_part, workers, progress.batch
                ):
                    state.save(checkpoint)
                    saved = True
                    progress.epoch(len(state.epochs), record)
        except KeyboardInterrupt:
            if not saved:
                print("\nStopped before the first epoch was over: nothing to save")
                return 130
            state = Run.resume(checkpoint)  # the parameters as they were after a whole epoch
            print(f"\nStopped after epoch {len(state.epochs)}. Go on with --resume")
            save(state, options, validation_part)
            return 130
    save(state, options, validation_part)
    return 0


def resume(checkpoint, given):
    """The run in this checkpoint; UserError if the user asks for other settings than it has."""
    state = Run.resume(checkpoint)
    for name, value in given.items():
        stored = getattr(state.settings, name)
        if value != stored:
            option = "--" + name.replace("_", "-")
            raise UserError(f"{checkpoint} was made with {option} {stored}, so --resume needs the same")
    return state


def save(state, options, validation_part):
    """Weights, history and curves of a run that is over or was stopped."""
    state.average.swap()  # what ships is the average of the way, not its last point
    with Workers(state.network, 1) as workers:  # no time for others to start
        record = state.record() | training.calibrate(workers, validation_part, state.settings.aside)
    weights = options.out / "digits.npz"
    if weights.exists() and not from_this_run(weights, state):
        with replace_file(weights.with_suffix(".previous.npz")) as path:
            shutil.copyfile(weights, path)
    save_weights(weights, state.network, record)

    history = record | training.machine() | {"threads": options.threads}
    with replace_file(options.out / "history.json") as path:
        path.write_text(json.dumps(history, indent=1) + "\n")

    from digits import plots  # matplotlib takes a second to import: not before it is needed

    plots.accuracy_curves(state.epochs, options.images / "accuracy_plot.png")
    plots.loss_curves(state.epochs, options.images / "loss_plot.png")
    print(f"Saved {weights}, {options.out / 'history.json'} and two curves in {options.images}")


def from_this_run(weights, state):
    """Whether these weights are what this run saved when it was stopped."""
    try:
        epochs = load_weights(weights, build_cnn()).get("epochs")
    except UserError:
        return False
    return bool(epochs) and epochs == state.epochs[: len(epochs)]


class Progress:
    """A bar during each epoch where the output is a terminal, and a line after each in any case."""

    def __init__(self, epochs, images):
        self.epochs = epochs
        self.bar = tqdm(total=images, unit=" images", leave=False, disable=not sys.stderr.isatty())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bar.close()

    def batch(self, done, loss, accuracy):
        self.bar.set_postfix_str(f"loss {loss:.4f}, accuracy {accuracy:.2%}", refresh=False)
        self.bar.update(done - self.bar.n)

    def epoch(self, count, record):
        line = f"epoch {count:2}/{self.epochs}  loss {record['train_loss']:.4f}"
        line += f"  accuracy {record['train_accuracy']:.2%}"
        if record["validation_loss"] is not None:
            line += f"  validation loss {record['validation_loss']:.4f}"
            line += f"  accuracy {record['validation_accuracy']:.2%}"
        self.bar.clear()
        print(
            f"{line}  {record['seconds']:.1f} s  {record['images_per_second']:,.0f} images/s", flush=True
        )
        self.bar.reset()


if __name__ == "__main__":
    run(main)
