"""The loop: shuffle, take a batch, find the gradient, let Adam step; after each epoch, validate.

Everything random in it is drawn from generators seeded by (seed, what for, epoch), so a run that
goes on from a checkpoint draws what it would have drawn without the break.
"""

import dataclasses
import platform
import time
from typing import NamedTuple

import numba
import numpy as np

from digits.calibration import fit_temperature, fit_threshold
from digits.data.augmentation import random_warps
from digits.data.dataset import Digits, split
from digits.data.ood import NO_DIGIT, no_digits
from digits.data.synthetic import rare_digits
from digits.ink.framing import ASIDE, aside
from digits.model import build_cnn
from nn.errors import UserError
from nn.losses import softmax_cross_entropy
from nn.network import Sequential
from nn.optimizers import Adam, WeightAverage, warmup_cosine
from nn.weights import load_checkpoint, save_checkpoint

KEPT = 0.991  # share of validation digits that the threshold keeps from being turned away

DRAWN_WARP = 0.5  # strength of the warps of what the project drew: it varies enough as it is
ASIDE_SHARE = 0.3  # of the digits that are shown aside, too; see ink.aside


@dataclasses.dataclass(frozen=True)
class Settings:
    """All that decides what comes out of a run. (The number of cores does not.)"""

    epochs: int = 30
    batch_size: int = 128
    learning_rate: float = 6e-3  # at its peak; see warmup_cosine
    warmup: float = 0.1  # share of the steps in which it rises to the peak
    floor: float = 0.1  # where it ends, as a share of the peak; 1 for no decay
    seed: int = 0
    validation: int = 5000  # digits set aside to watch progress on
    limit: int | None = None  # train on this many of MNIST's digits only
    warp: float = 1.0  # how much digits are distorted in training; see augment.py
    average: float = 0.9995  # decay of the running average of the weights; 0 for none
    weight_decay: float = 0.15  # see Adam
    rare: float = 0.22  # digits in hands that MNIST lacks, as a share of the others; see synthetic.py
    outliers: float = 0.25  # images of no digit, likewise; see outliers.py
    aside: int = ASIDE  # pixels that drawings stand aside in the frame; see ink.aside


@dataclasses.dataclass
class Run:
    """A run in progress: the network, its optimizer, and a record of each finished epoch."""

    settings: Settings
    network: Sequential
    optimizer: Adam
    average: WeightAverage
    epochs: list

    @classmethod
    def start(cls, settings):
        network = build_cnn(seed=settings.seed)
        adam = Adam([network.parameters], weight_decay=settings.weight_decay)
        return cls(settings, network, adam, WeightAverage(network.parameters, settings.average), [])

    @classmethod
    def resume(cls, path):
        """The run as it was when `save(path)` was called."""
        run = cls.start(Settings())
        record = load_checkpoint(path, run.network, run.optimizer, run.average)
        names = {field.name for field in dataclasses.fields(Settings)}
        settings = record.get("settings")
        if not isinstance(settings, dict) or set(settings) != names or "epochs" not in record:
            raise UserError(f"{path} comes from another version of this program")
        run.settings, run.epochs = Settings(**settings), record["epochs"]
        run.average.decay = run.settings.average
        run.optimizer.weight_decay = run.settings.weight_decay
        return run

    def save(self, path):
        save_checkpoint(path, self.network, self.optimizer, self.average, self.record())

    def record(self):
        """How these parameters came about."""
        return {"settings": dataclasses.asdict(self.settings), "epochs": self.epochs}


class Material(NamedTuple):
    """What to train on: images (N, 28, 28), labels (N,), and which of them the project drew (N,)."""

    images: np.ndarray
    labels: np.ndarray
    drawn: np.ndarray


def parts(digits, settings):
    """What to train on, and the digits to validate on."""
    if settings.validation >= len(digits.labels):
        raise UserError(f"--validation {settings.validation} leaves nothing to train on")
    train_part, validation_part = split(digits, settings.validation, settings.seed)
    return with_drawings(train_part[: settings.limit], settings), validation_part


def with_drawings(digits, settings):
    """What to train on: these digits, and drawings of our own."""
    count, rng = len(digits.labels), np.random.default_rng([settings.seed, 3])
    drawings = [
        draw(round(share * count), rng)
        for draw, share in ((rare_digits, settings.rare), (no_digits, settings.outliers))
        if round(share * count)
    ]
    images, labels = (np.concatenate(arrays) for arrays in zip(digits, *drawings, strict=True))
    return Material(images, labels, np.arange(len(labels)) >= count)


def lesson(material, settings, epoch):
    """The numbers of the images (N,) to show in this epoch, in order, and the warp of each image."""
    count, rng = len(material.labels), np.random.default_rng([settings.seed, 2, epoch])
    order = rng.permutation(count)
    warps = random_warps(count, rng, settings.warp * np.where(material.drawn, DRAWN_WARP, 1))
    warps[material.drawn | (rng.random(count) < ASIDE_SHARE), :, 2] += settings.aside
    return order, warps


def train(run, material, validation_part, workers, on_batch):
    """Train until run.settings.epochs are done. Yields each epoch's record, once it is in `run`.

    on_batch(images done in this epoch, mean loss, accuracy so far) is called after every batch.
    """
    settings, count = run.settings, len(material.labels)
    steps_per_epoch = -(-count // settings.batch_size)
    total_steps = settings.epochs * steps_per_epoch
    while len(run.epochs) < settings.epochs:
        epoch = len(run.epochs)
        order, warps = lesson(material, settings, epoch)
        loss_sum = right = digits = done = 0
        started = time.perf_counter()
        for k in range(steps_per_epoch):
            chosen = order[k * settings.batch_size : (k + 1) * settings.batch_size]
            losses, logits = workers.gradients(material, chosen, warps)
            step = epoch * steps_per_epoch + k
            rate = warmup_cosine(
                step, total_steps, settings.learning_rate, settings.warmup, settings.floor
            )
            loss_sum += float(losses.sum())
            if not np.isfinite(loss_sum):
                raise UserError("training diverged: try a smaller --learning-rate")
            run.optimizer.step([run.network.gradients], rate)
            run.average.update()

            labels = material.labels[chosen]
            right += int(np.sum(logits.argmax(axis=1) == labels))
            digits += int(np.sum(labels != NO_DIGIT))
            done += len(losses)
            on_batch(done, loss_sum / done, right / max(digits, 1))
        seconds = time.perf_counter() - started

        run.average.swap()
        loss, accuracy = validate(workers, validation_part)
        run.average.swap()
        run.epochs.append(
            {
                "train_loss": loss_sum / count,
                "train_accuracy": right / digits,
                "validation_loss": loss,
                "validation_accuracy": accuracy,
                "seconds": seconds,
                "images_per_second": count / seconds,
            }
        )
        yield run.epochs[-1]


def validate(workers, digits):
    """(mean loss, accuracy) on these digits; (None, None) if there are none."""
    if not len(digits.labels):
        return None, None
    logits = workers.logits(digits.images)
    losses, _ = softmax_cross_entropy(logits, digits.labels)
    return float(losses.mean()), float(np.mean(logits.argmax(axis=1) == digits.labels))


def calibrate(workers, digits, pixels):
    """How to read with these weights: {"aside": pixels, "temperature": …, "threshold": …}.

    The last two are fitted to validation digits, if there are any; see calibration.py.
    """
    if not len(digits.labels):
        return {"aside": pixels}
    temperature = fit_temperature(workers.logits(digits.images), digits.labels)
    drawn = workers.logits(aside(digits.images, pixels))  # where what may be no digit is shown
    threshold = fit_threshold(drawn, temperature, KEPT)
    return {"aside": pixels, "temperature": temperature, "threshold": threshold}


def warm_up(workers):
    """Have numba compile every kernel that training uses (or load it from its cache)."""
    digit = Digits(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8))
    workers.gradients(digit, np.zeros(1, int), random_warps(1, np.random.default_rng(0)))


def machine():
    """What a figure depends on besides the code: versions and processor."""
    return {
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
        },
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
    }


def _processor():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(": ")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"
