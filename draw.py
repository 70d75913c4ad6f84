"""Draw a digit and see it recognised at once: parse the options, open the window."""

from digits import installation

installation.check()

import argparse
import os
from typing import TYPE_CHECKING

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_MOUSE_FOCUS_CLICKTHROUGH", "1")  # else the first stroke is lost
os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "1")  # else the screen never blanks
os.environ.setdefault("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0")  # else effects of the desktop go
os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")  # sharp on such screens

from digits.command_line import FILE, FOLDER, Parser, number, run_program
from digits.paths import project_path
from nn.errors import UserError

if TYPE_CHECKING:  # takes a second to import: not before the window is there
    from digits.reading.recogniser import Recogniser


def parse_arguments() -> argparse.Namespace:
    parser = Parser(description="Draw a digit and see it recognised at once.")
    add = parser.add_argument
    weights = project_path("weights/digits.npz")
    add("--weights", default=weights, help="the trained weights (default: weights/digits.npz)", **FILE)
    add("--data-dir", help="MNIST's folder, for random digits (default: $MNIST_DIR or data)", **FOLDER)
    add("--save-dir", default="drawings", help="folder for saved drawings (default: drawings)", **FOLDER)
    add(
        "--size",
        nargs=2,
        type=number(int, 1, 10000),
        metavar=("WIDTH", "HEIGHT"),
        help="size of the window in pixels (default: to suit the screen)",
    )
    themes = ("system", "light", "dark")
    add("--theme", choices=themes, default="system", help="colours (default: as the system has them)")
    add("--plain", action="store_true", help="run the reference, nn/layers.py, without its fast twins")
    add("--screenshot", help="write a PNG picture of the window with an example, and end", **FILE)
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    if not options.weights.exists():
        raise UserError(f"there is no weights file {options.weights}: python train.py makes one")
    if options.screenshot:
        os.environ["SDL_VIDEODRIVER"] = "dummy"  # needs no screen

    from window.app import App
    from window.layout import LEAST_SIZE, NORMAL_SIZE

    if options.size and any(a < b for a, b in zip(options.size, LEAST_SIZE, strict=True)):
        raise UserError(f"--size: the smallest window is {LEAST_SIZE[0]} {LEAST_SIZE[1]}")

    def load() -> "Recogniser":
        from digits.reading.recogniser import Recogniser

        recogniser = Recogniser(options.weights, plain=options.plain)
        recogniser.warm_up()
        return recogniser

    size = tuple(options.size) if options.size else NORMAL_SIZE if options.screenshot else None
    is_dark = {"light": False, "dark": True}.get(options.theme)
    if options.screenshot:
        is_dark = bool(is_dark)  # whatever the system has
    app = App(size, load, options.data_dir, options.save_dir, is_dark)
    if options.screenshot:
        from window.screenshot import take_screenshot

        take_screenshot(app, options.screenshot)
    else:
        app.run()
    return 0


if __name__ == "__main__":
    run_program(main)
