"""What each part of the recipe gives: trained without it, measured on writers never seen.

    python benchmarks/recipe.py --writers FILE --drawings FILE …

MNIST's own order hides who wrote what, and digits set aside at random share their writers with the
rest. A file with `writer`, one number for each of the 60,000 training digits, lets whole writers be
set aside; without one, it is digits at random. Each run trains on one thread, as many runs at a time
as there are cores. Prints a line for each run, then a table of the means, and of the standard
deviation over the seeds.
"""

import argparse
import os
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before it is loaded

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
from digits import training
from digits.data import mnist as data
from digits.data.drawing_sets import read_drawings
from digits.ink.framing import aside, frame
from digits.training import Run, Settings
from nn.data_parallel import Workers, available_cores

CONSTANT = {"warmup": 0, "floor": 1}
NONE = dict.fromkeys(("rare", "outliers", "aside", "weight_decay", "average", "warp"), 0)
NONE |= CONSTANT | {"learning_rate": 1e-3}  # 6e-3 all the way is too much: 98.04 ± 0.32 %
VARIANTS = {
    "everything": {},
    "no rare hands": {"rare": 0},
    "no images of no digit": {"outliers": 0},
    "nothing aside": {"aside": 0},
    "no weight decay": {"weight_decay": 0},
    "no running average": {"average": 0},
    "no warps": {"warp": 0},
    "constant learning rate": CONSTANT,
    "none of it": NONE,
}
HELD_OUT = 270  # writers, half of them all: of few misread digits one cannot tell what they show


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=Path, help="npz with `writer` (60000,)")
    parser.add_argument("--drawings", type=Path, nargs="*", default=[], help="sets for evaluate.py")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    options = parser.parse_args()

    rows = {}
    with ProcessPoolExecutor(available_cores(), initializer=prepare, initargs=(options,)) as pool:
        runs = {
            (name, seed): pool.submit(
                result, Settings(seed=seed, epochs=options.epochs, **VARIANTS[name])
            )
            for name in options.only
            for seed in options.seeds
        }
        for (name, seed), run in runs.items():
            rows.setdefault(name, []).append(run.result())
            print(f"{name}, seed {seed}: {run.result()}", flush=True)

    columns = ["unseen writers", *(path.stem for path in options.drawings)]
    print("\n| | loss |", " | ".join(columns), "|\n|---|---|" + "---|" * len(columns))
    for name, results in rows.items():
        loss = statistics.mean(r["loss"] for r in results)
        cells = [summary([100 * r[column] for r in results]) for column in columns]
        print(f"| {name} | {loss:.4f} |", " | ".join(cells), "|")


def summary(values):
    spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.2f}{spread}"


def prepare(options):
    """Load everything once for each process."""
    global known, unseen, drawings
    digits, rng = data.load("train"), np.random.default_rng(5)
    writer = np.load(options.writers)["writer"] if options.writers else rng.integers(0, 540, 60000)
    held_out = np.isin(writer, rng.permutation(np.unique(writer))[:HELD_OUT])
    known, unseen = digits[~held_out], digits[held_out]
    drawings = {}
    for path in options.drawings:
        images, labels, _ = read_drawings(path)
        framed = [frame(image, weakest=0) for image in images]  # shows what was learned
        seen = [k for k, image in enumerate(framed) if image is not None]
        drawings[path.stem] = np.array([framed[k] for k in seen]), np.asarray(labels)[seen]


def result(settings):
    """Loss and accuracy on the unseen writers, accuracy on each set of drawings, of one run."""
    run = Run.start(settings)
    with Workers(run.network, 1) as workers:
        for _ in training.train(run, training.with_drawings(known, settings), unseen, workers, ignore):
            pass
        run.average.swap()
        loss, accuracy = training.validate(workers, unseen)
        right = {
            name: float(np.mean(workers.logits(aside(images, settings.aside)).argmax(axis=1) == labels))
            for name, (images, labels) in drawings.items()
        }
    return {"loss": loss, "unseen writers": accuracy} | right


def ignore(*_):
    pass


if __name__ == "__main__":
    main()
