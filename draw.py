"""Draw a digit and see it recognised at once: parse the options, open the window."""

import os
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_MOUSE_FOCUS_CLICKTHROUGH", "1")  # else the first stroke is lost
os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")  # sharp on such screens

from digits.command_line import Parser, number, run
from digits.paths import own
from nn.errors import UserError


def parse_arguments():
    parser = Parser(description="Draw a digit and see it recognised at once.")
    add = parser.add_argument
    add("--weights", type=Path, default=own("weights/digits.npz"), help="default: weights/digits.npz")
    folder = {"type": Path, "metavar": "DIR"}
    add("--data-dir", help="where MNIST is, for random digits (default: $MNIST_DIR or data)", **folder)
    add("--save-dir", default="drawings", help="for saved drawings (default: drawings)", **folder)
    size = {"nargs": 2, "type": number(int, 1, 10000), "metavar": ("WIDTH", "HEIGHT")}
    add("--size", help="of the window in pixels (default: to suit the screen)", **size)
    add("--screenshot", type=Path, metavar="FILE", help="draw an example, write a picture, and end")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if not options.weights.exists():
        raise UserError(f"there is no weights file {options.weights}: python train.py makes one")
    if options.screenshot:
        os.environ["SDL_VIDEODRIVER"] = "dummy"  # needs no screen

    from window.app import App
    from window.layout import SMALLEST

    if options.size and any(a < b for a, b in zip(options.size, SMALLEST, strict=True)):
        raise UserError(f"--size: the smallest window is {SMALLEST[0]} {SMALLEST[1]}")

    def load():
        from digits.recogniser import Recogniser

        recogniser = Recogniser(options.weights)
        recogniser.warm_up()
        return recogniser

    size = tuple(options.size) if options.size else (960, 680) if options.screenshot else None
    app = App(size, load, options.data_dir, options.save_dir)
    if options.screenshot:
        from window.screenshot import take_screenshot

        take_screenshot(app, options.screenshot)
    else:
        app.run()
    return 0


if __name__ == "__main__":
    run(main)
