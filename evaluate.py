"""Measure trained weights: on the 10,000 test digits (report, metrics.json and pictures), on
picture files, or on a set of drawings.
"""

import json
import sys
from pathlib import Path

from tqdm import tqdm

from digits import metrics
from digits.command_line import Parser, number, run
from digits.data import mnist as data
from digits.data.drawing_sets import read_drawings
from digits.ink.pictures import read_picture
from digits.model import build_cnn
from digits.paths import own
from digits.recogniser import Recogniser, how_to_read
from digits.robustness import robustness
from nn.data_parallel import Workers, available_cores
from nn.errors import UserError
from nn.files import ensure_writable, replace_file
from nn.losses import softmax
from nn.weights import load_weights


def parse_arguments():
    parser = Parser(description="Measure trained weights on MNIST's 10,000 test digits.")
    folder = {"type": Path, "metavar": "DIR"}
    add = parser.add_argument
    add("--weights", type=Path, default=own("weights/digits.npz"), help="default: weights/digits.npz")
    add("--data-dir", help="where MNIST is or shall be put (default: $MNIST_DIR or data)", **folder)
    add("--out", default=own("images"), help="for the pictures (default: images)", **folder)
    picture = {"type": Path, "metavar": "FILE"}
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--image", nargs="+", help="read the digits in these picture files", **picture)
    which.add_argument("--drawings", help="measure on a set of drawings, an npz file", **picture)
    add("--json", action="store_true", help="print the figures as JSON and nothing else")
    add("--threads", type=number(int, 1, 256), default=available_cores(), help="default: all cores")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if options.image:
        return read_pictures(options)
    if options.drawings:
        return report_on_set(options)
    return read_test_digits(options)


def read_test_digits(options):
    """The report on MNIST's test digits, metrics.json beside the weights, and the pictures."""
    network = build_cnn()
    record = load_weights(options.weights, network)
    temperature, threshold, _ = how_to_read(record, options.weights)
    metrics_file = options.weights.parent / "metrics.json"
    ensure_writable(metrics_file.parent)
    ensure_writable(options.out)
    test = data.load("t10k", options.data_dir)
    with Workers(network, options.threads) as workers:
        logits = workers.logits(test.images) / temperature
        spoiled = robustness(workers, test)

    figures = metrics.report(logits, test.labels, threshold)
    text = json.dumps(figures, indent=1)
    with replace_file(metrics_file) as path:
        path.write_text(text + "\n")
    print(text if options.json else metrics.format_report(figures), flush=True)

    from digits import plots  # matplotlib takes a second to import: not before the figures are out

    plots.confusion_matrix(figures["confusion_matrix"], options.out / "confusion_matrix.png")
    plots.misclassified(*test, softmax(logits), options.out / "misclassified.png")
    plots.calibration(softmax(logits), test.labels, options.out / "calibration.png")
    plots.robustness(spoiled, options.out / "robustness.png")
    plots.model_summary(network, options.out / "model_summary.png")
    plots.model_architecture(network, test.images[0], options.out / "model_architecture.png")
    if not options.json:
        print(f"\nSaved {metrics_file} and six pictures in {options.out}")
    return 0


def read_pictures(options):
    """Digit and confidence of each picture file. A file that cannot be read does not stop the rest."""
    recogniser, rows, failed = Recogniser(options.weights), [], False
    for path in options.image:
        try:
            reading = recogniser.read(read_picture(path))
        except UserError as error:
            print(f"evaluate.py: {error}", file=sys.stderr)
            failed = True
            continue
        if reading is None:
            print(f"evaluate.py: {path} shows no ink", file=sys.stderr)
            failed = True
            continue
        row = {"digit": reading.digit, "confidence": reading.confidence, "is_digit": reading.is_digit}
        rows.append({"file": str(path)} | row)
        if not options.json:
            sure = min(reading.confidence, 0.999)  # nothing is quite certain, here as in the window
            doubt = "" if reading.is_digit else "  hardly a digit"
            print(f"{path}: {reading.digit}  {sure:.1%}{doubt}")
    if options.json:
        print(json.dumps(rows, indent=1))
    return 2 if failed else 0


def report_on_set(options):
    """The report on a set of drawings, or on how many are turned away if they are no digits."""
    recogniser, drawings = Recogniser(options.weights), read_drawings(options.drawings)
    shown = tqdm(
        drawings.images, total=len(drawings.labels), disable=options.json or not sys.stderr.isatty()
    )
    figures = metrics.drawings_report([recogniser.read(image) for image in shown], drawings)
    print(json.dumps(figures, indent=1) if options.json else metrics.format_drawings_report(figures))
    return 0


if __name__ == "__main__":
    run(main)
