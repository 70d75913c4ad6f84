"""Measure trained weights: on the 10,000 test digits (report, metrics.json and pictures), on
picture files, or on a set of drawings.
"""

from digits import installation

installation.check("numba")

import argparse
import glob
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpy import ndarray
from tqdm import tqdm

from digits.command_line import FILE, FOLDER, Parser, complain, number, run_program
from digits.data import mnist
from digits.data.augmentation import Inputs
from digits.data.corruption import Corruption
from digits.data.dataset import Dataset
from digits.data.drawing_sets import read_drawing_set
from digits.evaluation import metrics
from digits.evaluation.robustness import robustness
from digits.ink.pictures import SUFFIXES, read_pages
from digits.model import CHARACTERS, load_cnn
from digits.paths import project_path
from digits.reading.calibration import Calibration
from digits.reading.prediction import REJECTED, Number, Reading
from digits.reading.recogniser import Recogniser
from nn.errors import UserError, explain, printable
from nn.fast import ParallelRunner, available_cores
from nn.files import replace_file
from nn.losses import softmax
from nn.network import Sequential

MOST_CERTAIN = 0.999  # nothing is quite certain, here as in the window


def parse_arguments() -> argparse.Namespace:
    parser = Parser(
        description="Measure trained weights on MNIST's 10,000 test digits: prints a report, writes "
        "metrics.json beside the weights and six pictures. Or read other pictures, or a set of drawings."
    )
    add = parser.add_argument
    weights = project_path("weights/digits.npz")
    add("--weights", default=weights, help="the trained weights (default: weights/digits.npz)", **FILE)
    add("--data-dir", help="MNIST's folder, filled if need be (default: $MNIST_DIR or data)", **FOLDER)
    add(
        "--out",
        default=project_path("images"),
        help="folder for the pictures (default: images)",
        **FOLDER,
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--image", nargs="+", help="read the numbers in these picture files or folders", **FILE
    )
    which.add_argument("--drawings", help="measure on a set of drawings, an npz file", **FILE)
    add("--json", action="store_true", help="print the figures as JSON and nothing else")
    add("--plain", action="store_true", help="run the reference, nn/layers.py, without its fast twins")
    add(
        "--threads",
        type=number(int, 1, 256),
        default=available_cores(),
        help="cores to use (default: all)",
    )
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    if options.image:
        return report_on_pictures(options)
    if options.drawings:
        return report_on_drawings(options)
    return report_on_test_digits(options)


def report_on_test_digits(options: argparse.Namespace) -> int:
    """The report on MNIST's test digits, metrics.json beside the weights, and the pictures."""
    network, record = load_cnn(options.weights, plain=options.plain)
    calibration = Calibration.from_record(record, options.weights)
    test = mnist.load("t10k", options.data_dir)
    with ParallelRunner(network, options.threads) as runner:
        logits = runner.logits(Inputs(test.images, dtype=network.dtype)) / calibration.temperature
        accuracies = robustness(runner, test)

    figures = metrics.report(logits, test.labels, calibration.max_ood_score)
    text = json.dumps(figures, indent=1)
    print(text if options.json else metrics.format_report(figures), flush=True)
    metrics_file = options.weights.parent / "metrics.json"
    try:
        draw_pictures(options.out, network, test, softmax(logits), figures, accuracies)
        with replace_file(metrics_file) as path:
            path.write_text(text + "\n")
    except UserError:
        if options.json:  # which needs no file
            return 0
        raise
    if not options.json:
        print(f"\nSaved {metrics_file} and six pictures in {options.out}")
    return 0


def draw_pictures(
    folder: Path,
    network: Sequential,
    test: Dataset,
    probabilities: ndarray,
    figures: metrics.Figures,
    accuracies: dict[Corruption, list[tuple[float, float]]],
) -> None:
    """Write the six pictures into this folder. UserError where that cannot be done."""
    from digits.evaluation import (
        plots,  # matplotlib takes a second to import: not before the figures are out
    )

    plots.confusion_matrix(figures["confusion_matrix"], folder / "confusion_matrix.png")
    plots.misclassified(test, probabilities, folder / "misclassified.png")
    plots.calibration(probabilities, test.labels, folder / "calibration.png")
    plots.robustness(accuracies, folder / "robustness.png")
    plots.model_summary(network, folder / "model_summary.png")
    plots.model_architecture(network, test.images[0], folder / "model_architecture.png")


def report_on_pictures(options: argparse.Namespace) -> int:
    """The numbers in each picture file. A file that cannot be read does not stop the rest."""
    recogniser = Recogniser(options.weights, plain=options.plain)
    rows = []
    failed = False
    for path in picture_files(options.image):
        try:
            if path.is_dir():
                raise UserError(f"there are no pictures in {path}")
            pages = read_pages(path)
        except UserError as error:
            complain(f"evaluate.py: {explain(error)}")
            failed = True
            continue
        readings = [recogniser.read_numbers(page) for page in pages]
        if not any(readings):
            complain(f"evaluate.py: {printable(str(path))} shows no ink")
            failed = True
        for k, reading in enumerate(readings, start=1):
            if reading is None:  # a blank page
                continue
            page = k if len(pages) > 1 else None
            rows.append(describe(path, reading, page))
            if not options.json:
                place = printable(str(path)) + (f", page {page}" if page else "")
                print(f"{place}:{in_words(reading)}")
    if options.json:
        print(json.dumps(rows, indent=1))
    return 2 if failed else 0


def picture_files(paths: list[Path]) -> Iterator[Path]:
    """The files that these name: of a folder its pictures; of *.png those that there are.

    (On Windows no shell replaces the star.)
    """
    for path in paths:
        if path.is_dir():
            found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        elif glob.has_magic(str(path)) and not path.exists():
            found = sorted(map(Path, glob.glob(str(path))))
        else:
            found = [path]
        yield from found or [path]


SIGN = re.compile(f"[{CHARACTERS[10:]}]")  # "numbers" have digits alone; "text" has all


def describe(path: Path, reading: Reading, page: int | None) -> dict[str, Any]:
    """What --json says of a picture: all numbers and digits; of a single digit the same once more."""
    digits: list[dict[str, Any]] = [
        {
            "digit": digit.prediction.digit,
            "confidence": digit.prediction.confidence,
            "is_digit": digit.is_digit,
            "box": [round(side) for side in digit.box],
        }
        for digit in reading.digits
    ]
    row: dict[str, Any] = {
        "file": str(path),
        "text": "\n".join(" ".join(number.text for number in line) for line in reading.lines),
        "numbers": [SIGN.sub(REJECTED, number.text) for number in reading.numbers],
        "digits": digits,
    }
    if page:
        row["page"] = page
    if reading.single:
        row |= {name: value for name, value in digits[0].items() if name != "box"}
    return row


def in_words(reading: Reading) -> str:
    """'7  99.9%' of one digit; of more all numbers with their probabilities, line by line."""
    single = reading.single
    if single:
        verdict = "" if single.is_digit else "  not a digit"
        return f" {single.digit}  {min(single.confidence, MOST_CERTAIN):.1%}{verdict}"
    if not reading.accepted:
        return f" nothing of its {len(reading.digits)} parts looks like a digit"
    lines = ["   ".join(number_in_words(number) for number in line) for line in reading.lines]
    return f" {lines[0]}" if len(lines) == 1 else "".join(f"\n  {line}" for line in lines)


def number_in_words(number: Number) -> str:
    """'42  99.8%'; without a probability where nothing in it is read."""
    if not number.text.strip(REJECTED):
        return number.text
    return f"{number.text}  {min(number.confidence, MOST_CERTAIN):.1%}"


def report_on_drawings(options: argparse.Namespace) -> int:
    """The report on a set of drawings, or on how many are rejected if they are no digits."""
    recogniser = Recogniser(options.weights, plain=options.plain)
    drawings = read_drawing_set(options.drawings)
    quiet = options.json or not sys.stderr.isatty()
    images = tqdm(drawings.images, total=len(drawings), disable=quiet)
    figures = metrics.drawings_report([recogniser.read(image) for image in images], drawings)
    print(json.dumps(figures, indent=1) if options.json else metrics.format_drawings_report(figures))
    return 0


if __name__ == "__main__":
    run_program(main)
