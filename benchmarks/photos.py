"""How well are photos and scans read? One digit in each, of many kinds, drawn anew from MNIST's own.

The digits are those that were held out when the weights were trained. Each is written by a pen of any
width on a sheet of paper, in any light, and photographed: a kind says how. Each kind has other digits.
Nothing is ever trained on these pictures.

    python benchmarks/photos.py [--count 100] [--only KIND …] [--save FOLDER]

Prints a table: for each kind, and for each height that the digit has in the picture, the shares that are
read right, that are rejected, and that are misread and called sure.
"""

import argparse
import dataclasses
import re
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from photographs import (
    Photo,
    circled,
    cropped,
    encoded,
    framed_board,
    on_a_desk,
    on_transparent,
    on_white,
    take,
    with_holes,
    with_pen,
    with_print,
    with_strip,
)

from digits.data import mnist
from digits.data.dataset import split
from digits.environment import environment
from digits.ink.pictures import read_picture
from digits.reading.recogniser import Recogniser

SURE = 0.9  # a misread digit with this confidence is called sure


SCAN = Photo(paper=(255, 255, 255), ink=(0, 0, 0), opacity=1, light=0, blur=0, noise=0, quality=0)
CELL = dataclasses.replace(SCAN, size=(44, 44), height=0.6, rule_contrast=1, blur=0.4)
HEIGHTS = (0.08, 0.18, 0.5)
# What a kind changes, and at which heights it is tried; () where its size is fixed.
KINDS: dict[str, tuple[Photo, dict[str, Any], tuple[float, ...]]] = {
    "scan": (SCAN, {}, HEIGHTS),
    "slashed zero": (SCAN, {"is_slashed": True, "pen": 0.1}, (0.3,)),
    "photo": (Photo(), {}, HEIGHTS),
    "dim, noisy photo": (Photo(), {"paper": (120, 115, 105), "noise": 8.0, "light": 0.5}, (0.18, 0.5)),
    "hairline pen": (Photo(), {"pen": 0.025}, (0.18, 0.5)),
    "broad pen": (Photo(), {"pen": 0.2}, HEIGHTS),
    "pencil": (Photo(), {"opacity": 0.4, "pen": 0.06}, HEIGHTS),
    "shadow": (Photo(), {"shadow": 0.45}, HEIGHTS),
    "table beside": (Photo(), {"table": True}, HEIGHTS),
    "at the picture's edge": (Photo(), {"is_at_edge": True}, (0.3,)),
    "glare, orange on a whiteboard": (
        Photo(),
        {"paper": (225, 228, 230), "ink": (240, 130, 40), "glare": 0.5},
        (0.18, 0.5),
    ),
    "chalk on a blackboard": (Photo(), {"paper": (45, 60, 50), "ink": (225, 225, 215)}, HEIGHTS),
    "red on green": (Photo(), {"paper": (90, 150, 80), "ink": (215, 60, 60)}, (0.18, 0.5)),
    "blue on black": (Photo(), {"paper": (25, 25, 25), "ink": (40, 50, 190), "noise": 1.5}, (0.18, 0.5)),
    "yellow marker": (Photo(), {"ink": (250, 240, 90), "opacity": 1, "pen": 0.16}, (0.18, 0.5)),
    "ruled paper": (Photo(), {"rules": 1.3}, (0.08, 0.18)),
    "steeply ruled paper": (Photo(), {"rules": 1.3, "slope": 0.3}, (0.18,)),
    "narrowly ruled paper": (Photo(), {"rules": 0.6, "rule_contrast": 0.35}, (0.18, 0.5)),
    "ruled scan": (SCAN, {"rules": 1.3, "rule_contrast": 0.6}, (0.08, 0.18)),
    "squared paper": (Photo(), {"rules": 0.5, "is_squared": True, "rule_contrast": 0.35}, HEIGHTS),
    "underlined": (Photo(), {"underline": True, "rule_contrast": 0.9}, (0.18, 0.5)),
    "sheet on a desk": (Photo(), {"finish": on_a_desk}, (0.18, 0.4)),
    "board in a frame": (Photo(), {"finish": framed_board}, (0.18, 0.4)),
    "in a circle": (Photo(), {"is_in_the_middle": True, "finish": circled}, (0.4,)),
    "print above": (Photo(), {"is_in_the_middle": True, "finish": with_print}, (0.18, 0.4)),
    "punched holes": (Photo(), {"is_in_the_middle": True, "finish": with_holes}, (0.18, 0.4)),
    "a pen beside": (Photo(), {"is_in_the_middle": True, "finish": with_pen}, (0.18, 0.4)),
    "cell of a form, 28 px": (CELL, {"size": (28, 28), "frame": 1}, ()),
    "cell of a form, 44 px": (CELL, {"frame": 2}, ()),
    "cell of a form, 60 px": (CELL, {"size": (60, 60), "frame": 2}, ()),
    "rule at the bottom edge": (CELL, {"bottom_rule": 2}, ()),
    "small photo": (Photo(size=(48, 48), height=0.65, blur=0.5, light=0.5), {}, ()),
    "transparent margin": (SCAN, {"finish": on_transparent}, (0.3,)),
    "crop on a white page": (
        Photo(size=(160, 160), height=0.6, paper=(190, 190, 185)),
        {"finish": on_white},
        (),
    ),
    "grey strip along the border": (SCAN, {"finish": with_strip}, (0.3, 0.5)),
    "tight crop, bold": (SCAN, {"size": (40, 40), "height": 0.9, "pen": 0.24, "finish": cropped}, ()),
}


def verdict(recogniser: Recogniser, path: Path, label: int) -> str:
    """'right', 'rejected', 'wrong' or 'sure' (and wrong)."""
    reading = recogniser.read_numbers(read_picture(path))
    if reading is None or not any(digit.is_digit for digit in reading.digits):
        return "rejected"
    if " ".join(number.text for number in reading.numbers) == str(label):
        return "right"
    wrong = [d for d in reading.digits if d.is_digit and d.prediction.confidence > SURE]
    return "sure" if len(wrong) == len(reading.digits) else "wrong"


def row_of(name: str, height: str, found: list[str]) -> str:
    """A row of the table: right with its 95 % interval (Wilson's), rejected, misread and sure."""
    n, z = len(found), 1.96
    right, rejected, sure = (found.count(what) / n for what in ("right", "rejected", "sure"))
    middle = (right + z * z / 2 / n) / (1 + z * z / n)
    reach = z * np.sqrt(right * (1 - right) / n + z * z / 4 / n / n) / (1 + z * z / n)
    interval = f"{100 * (middle - reach):.0f}–{100 * (middle + reach):.0f}"
    return f"| {name} | {height} | {right:.0%} ({interval}) | {rejected:.0%} | {sure:.0%} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="pictures of each kind and height")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    parser.add_argument("--save", type=Path, help="a folder for the pictures that are not read right")
    options = parser.parse_args()
    print(f"{options.count} pictures of each kind, on {environment()['machine']}\n")
    print("| kind | height of the digit | right (95 % interval) | rejected | misread and sure |")
    print("|---|---|---|---|---|")
    recogniser = Recogniser(PROJECT / "weights/digits.npz")
    settings = recogniser.record["settings"]
    _, digits = split(mnist.load("train"), settings["validation"], settings["seed"])
    all_found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only:
            base, changes, heights = KINDS[name]
            for height in heights or (None,):
                photo = dataclasses.replace(base, **changes)
                if height:
                    photo = dataclasses.replace(photo, height=height)
                rng = np.random.default_rng(zlib.crc32(f"{name} {height}".encode()))
                suitable = np.flatnonzero((digits.labels == 0) | (not photo.is_slashed))
                found = []
                for row in rng.choice(suitable, options.count, replace=False):
                    content, suffix = encoded(take(digits.images[row], photo, rng), photo.quality)
                    path = Path(folder) / f"picture{suffix}"
                    path.write_bytes(content)
                    label = int(digits.labels[row])
                    found.append(verdict(recogniser, path, label))
                    if options.save and found[-1] != "right":
                        words = "-".join(re.findall(r"\w+", name))
                        target = options.save / f"{words}-{height or 0:g}-{row}-{label}{suffix}"
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(content)
                all_found += found
                print(row_of(name, f"{height:.0%}" if height else "", found), flush=True)
    print(row_of("all", "", all_found))


if __name__ == "__main__":
    main()
