"""What each part of the recipe gives: trained without it, measured on writers never seen.

    python benchmarks/recipe.py --writers FILE --drawings FILE …

MNIST's own order hides who wrote what, and digits held out at random share their writers with the
rest. A file with `writer`, one number for each of the 60,000 training digits, lets whole writers be
held out; without one, it is digits at random. Each run trains on one thread, as many runs at a time
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
from digits.data import mnist
from digits.data.augmentation import Inputs
from digits.data.drawing_sets import read_drawing_set
from digits.ink.framing import apply_domain_offset, frame
from digits.training.data import with_generated_images
from digits.training.run import TrainingRun
from digits.training.settings import Settings
from nn.fast import ParallelRunner, available_cores

CONSTANT = {"warmup": 0, "final_rate": 1}
NONE = dict.fromkeys(("synthetic", "ood", "domain_offset", "weight_decay", "average", "warp"), 0)
NONE |= CONSTANT | {"learning_rate": 1e-3}  # 6e-3 all the way is too much: 98.04 ± 0.32 %
VARIANTS = {
    "everything": {},
    "no synthetic styles": {"synthetic": 0},
    "no OOD images": {"ood": 0},
    "no domain offset": {"domain_offset": 0},
    "no weight decay": {"weight_decay": 0},
    "no moving average": {"average": 0},
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
    digits = mnist.load("train")
    rng = np.random.default_rng(5)
    writer = np.load(options.writers)["writer"] if options.writers else rng.integers(0, 540, 60000)
    held_out = np.isin(writer, rng.permutation(np.unique(writer))[:HELD_OUT])
    known = digits[~held_out]
    unseen = digits[held_out]
    drawings = {}
    for path in options.drawings:
        dataset = read_drawing_set(path)
        framed = [frame(image, min_strength=0) for image in dataset.images]  # shows what was learned
        seen = [k for k, image in enumerate(framed) if image is not None]
        drawings[path.stem] = np.array([framed[k] for k in seen]), np.asarray(dataset.labels)[seen]


def result(settings):
    """Loss and accuracy on the unseen writers, accuracy on each set of drawings, of one run."""
    run = TrainingRun.start(settings)
    with ParallelRunner(run.network, 1) as runner:
        training_set = with_generated_images(known, settings)
        for _ in training.train(run, training_set, unseen, runner):
            pass
        run.average.swap()
        loss, accuracy = training.validate(runner, unseen)
        right = {}
        for name, (images, labels) in drawings.items():
            logits = runner.logits(Inputs(apply_domain_offset(images, settings.domain_offset)))
            right[name] = float(np.mean(logits.argmax(axis=1) == labels))
    return {"loss": loss, "unseen writers": accuracy} | right


if __name__ == "__main__":
    main()
