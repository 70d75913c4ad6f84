"""Measure trained weights on the 10,000 test digits: report, metrics.json and pictures."""

import json
from pathlib import Path

from nn import data, metrics
from nn.errors import Parser, ensure_writable, number, replace_file, run
from nn.losses import softmax
from nn.network import build_cnn
from nn.parallel import Workers, available_cores
from nn.weights import load_weights


def parse_arguments():
    parser = Parser(description="Measure trained weights on MNIST's 10,000 test digits.")
    folder = {"type": Path, "metavar": "DIR"}
    add = parser.add_argument
    add("--weights", type=Path, default="weights/digits.npz", help="default: weights/digits.npz")
    add("--data-dir", help="where MNIST is or shall be put (default: $MNIST_DIR or data)", **folder)
    add("--out", default="images", help="for the pictures (default: images)", **folder)
    add("--json", action="store_true", help="print the figures as JSON and nothing else")
    add("--threads", type=number(int, 1, 256), default=available_cores(), help="default: all cores")
    return parser.parse_args()


def main():
    options = parse_arguments()
    network = build_cnn()
    load_weights(options.weights, network)
    metrics_file = options.weights.parent / "metrics.json"
    ensure_writable(metrics_file.parent)
    ensure_writable(options.out)
    test = data.load("t10k", options.data_dir)
    with Workers(network, options.threads) as workers:
        logits = workers.logits(test.images)

    figures = metrics.report(logits, test.labels)
    text = json.dumps(figures, indent=1)
    with replace_file(metrics_file) as path:
        path.write_text(text + "\n")
    print(text if options.json else metrics.format_report(figures), flush=True)

    from nn import plots  # matplotlib takes a second to import: not before the figures are out

    plots.confusion_matrix(figures["confusion_matrix"], options.out / "confusion_matrix.png")
    plots.misclassified(*test, softmax(logits), options.out / "misclassified.png")
    plots.model_summary(network, options.out / "model_summary.png")
    plots.model_architecture(network, test.images[0], options.out / "model_architecture.png")
    if not options.json:
        print(f"\nSaved {metrics_file} and four pictures in {options.out}")
    return 0


if __name__ == "__main__":
    run(main)
