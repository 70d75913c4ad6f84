"""train.py and evaluate.py as a user starts them: options, files, and one line on an error."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import evaluate
import train
from digits.command_line import run_program
from digits.data import mnist
from digits.data.augmentation import Inputs
from digits.data.mnist_files import encode_idx
from digits.evaluation.metrics import report
from digits.model import build_cnn, load_cnn
from digits.reading.calibration import Calibration
from digits.training.data import prepare_data
from digits.training.epochs import calibrate
from digits.training.run import EpochRecord, TrainingRun
from digits.training.settings import Settings
from nn.errors import UserError
from nn.fast import ParallelRunner
from nn.weights import save_weights
from tests.helpers import ENVIRONMENT, PNG, PROJECT, WEIGHTS, assert_refused, posix, start
from tests.writing import write


@pytest.fixture
def into(tmp_path):
    """Options that keep a run's files in a temporary folder."""
    return ["--out", tmp_path / "w", "--images", tmp_path / "i"]


pytestmark = pytest.mark.usefixtures("usual_signals")

SHORT = ["--epochs", 2, "--limit", 700, "--validation", 100]
SHORTEST = ["--epochs", 1, "--limit", 100, "--validation", 0, "--ood", 0, "--synthetic", 0]


def test_train_then_evaluate(into, tmp_path, train_digits, test_digits, program, monkeypatch):
    few = {"train": train_digits, "t10k": test_digits[:60]}
    monkeypatch.setattr(mnist, "load", lambda split, folder: few[split])
    status, out, err = program("train.py", *SHORT, *into)
    assert (status, err) == (0, "")
    assert "93,322" in out
    assert "Preparing the kernels" in out
    assert [line[:10] for line in out.splitlines() if line.startswith("epoch")] == [
        "epoch  1/2",
        "epoch  2/2",
    ]

    history = json.loads((tmp_path / "w/history.json").read_text())
    assert history["settings"]["limit"] == 700
    expected = {"settings", "epochs", "versions", "machine", "threads"}
    expected |= {"temperature", "max_ood_score", "domain_offset"}
    assert set(history) == expected
    keys = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
    assert all(set(epoch) == {*keys, "seconds", "images_per_second"} for epoch in history["epochs"])
    for name in ("accuracy_plot.png", "loss_plot.png"):
        assert (tmp_path / "i" / name).read_bytes().startswith(PNG)

    weights = tmp_path / "w/digits.npz"
    status, out, err = program("evaluate.py", "--weights", weights, "--out", tmp_path / "i", "--json")
    assert (status, err) == (0, "")
    figures = json.loads(out)
    assert figures == json.loads((tmp_path / "w/metrics.json").read_text())
    assert figures["count"] == np.sum(figures["confusion_matrix"]) == 60
    assert figures["accuracy"] > 0.3
    for name in (
        "confusion_matrix",
        "misclassified",
        "calibration",
        "robustness",
        "model_summary",
        "model_architecture",
    ):
        assert (tmp_path / "i" / f"{name}.png").read_bytes().startswith(PNG)

    run = TrainingRun.resume(tmp_path / "w/checkpoint.npz")
    run.average.swap()
    shipped, record = load_cnn(weights)
    np.testing.assert_array_equal(shipped.parameters, run.network.parameters)
    with ParallelRunner(shipped, 2) as runner:
        validation_set = prepare_data(train_digits, run.settings)[1]
        fitted = calibrate(runner, validation_set, run.settings.domain_offset)
        logits = runner.logits(Inputs(few["t10k"].images)) / fitted.temperature
    assert Calibration.from_record(record, weights) == fitted
    assert report(logits, few["t10k"].labels, fitted.max_ood_score) == figures


def test_without_validation_digits(into, program):
    options = ["--epochs", 1, "--limit", 200, "--validation", 0]
    status, _, err = program("train.py", *options, *into)
    assert (status, err) == (0, "")


@posix
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_termination_and_hang_up_are_like_ctrl_c(how, usual_signals, capfd):
    with pytest.raises(SystemExit) as end:
        run_program(lambda: os.kill(os.getpid(), getattr(signal, how)) or 0)
    assert end.value.code == 130
    assert capfd.readouterr().err.endswith(": stopped\n")


@posix
def test_interrupt_saves_whole_epochs_and_resume_goes_on(into, tmp_path, train_digits, program):
    options = ["--epochs", 10, "--limit", 100, "--validation", 50, "--ood", 0, "--synthetic", 0]
    (tmp_path / "w").mkdir()
    save_weights(tmp_path / "w/digits.npz", build_cnn(), {})  # nothing is known of how they read
    before = (tmp_path / "w/digits.npz").read_bytes()
    process = start("train.py", *options, *into)
    for line in process.stdout:
        if line.startswith("epoch"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, err) == (130, "")
    assert "Go on with --resume" in out
    done = len(json.loads((tmp_path / "w/history.json").read_text())["epochs"])
    assert 1 <= done < 10
    assert (tmp_path / "w/digits.npz").read_bytes() != before

    assert_refused(program("train.py", "--resume", "--epochs", 11, *into), "another --epochs (10)")
    status, out, _ = program("train.py", "--resume", *into)
    lines = [line for line in out.splitlines() if line.startswith("epoch")]
    assert lines[0].startswith(f"epoch {done + 1:2}/10")
    assert status == 0
    assert (tmp_path / "w/digits.previous.npz").read_bytes() == before


def test_stopped_before_the_first_epoch_is_over(into, tmp_path, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["train.py", "--limit", "200", *map(str, into)])
    monkeypatch.setattr(train.training, "train", interrupted)
    old = TrainingRun.start(Settings(seed=5))
    (tmp_path / "w").mkdir()
    old.save(tmp_path / "w/checkpoint.npz")
    assert train.main() == 130
    assert "Stopped after epoch 0. Go on with --resume" in capsys.readouterr().out
    names = {path.name for path in (tmp_path / "w").iterdir()}
    assert names == {"checkpoint.npz", "checkpoint.previous.npz"}
    # It is this run that would be resumed, and not the one that lay there.
    assert TrainingRun.resume(tmp_path / "w/checkpoint.npz").settings.limit == 200
    assert TrainingRun.resume(tmp_path / "w/checkpoint.previous.npz").settings == old.settings


def test_a_terminal_that_lacks_our_letters(monkeypatch):
    terminal = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(terminal, encoding="ascii"))
    with pytest.raises(SystemExit) as end:
        run_program(lambda: print(build_cnn().summary()) or 0)
    assert end.value.code == 0
    assert b"93,322" in terminal.getvalue()


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--epochs", "0"], ["--epochs", "between 1 and"]),
        (["--limit", "0"], ["--limit", "at least 1"]),
        (["--epochs", "many"], ["--epochs", "many"]),
        (["--batch-size", "-5"], ["--batch-size"]),
        (["--learning-rate", "nan"], ["nan is not between"]),
        (["--warp", "2.1"], ["--warp", "between 0 and 2"]),
        (["--validation", "60000"], ["--validation 60000 leaves nothing"]),
        (["--threads", "0"], ["--threads"]),
        (["--nonsense"], ["--nonsense"]),
        (["--resume", "--out", "/nowhere"], ["checkpoint", "/nowhere"]),
        (["--out", "/proc/none"], ["/proc/none"]),
        (["--images", "train.py"], ["train.py"]),
    ],
)
def test_impossible_option_to_train(options, parts, train_digits, program):
    assert_refused(program("train.py", *options), "train.py: ", *parts)


def test_evaluate_refuses_bad_weights(tmp_path, train_digits, program):
    path = tmp_path / "digits.npz"
    assert_refused(program("evaluate.py", "--weights", path), str(path), "python train.py")
    path.write_bytes(b"no weights")
    assert_refused(program("evaluate.py", "--weights", path), str(path))
    assert path.read_bytes() == b"no weights"


def test_altered_data(tmp_path, test_digits, program):
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(encode_idx(test_digits.images))
    labels = tmp_path / "t10k-labels-idx1-ubyte"
    labels.write_bytes(b"altered")
    options = ["--data-dir", tmp_path, "--out", tmp_path / "i"]
    assert_refused(program("evaluate.py", *options), str(labels), "not the original")


READ = ("evaluate.py", "--image", "images/gui_screenshot.png")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("options", [READ, ("train.py", "--help")])
def test_full_disk_for_the_output(options):
    with open("/dev/full", "w") as full:
        process = start(*options, stdout=full)
    _, err = process.communicate()
    assert_refused((process.returncode, "", err), f"{options[0]}: ", "No space left")


def test_a_reader_that_goes_away():
    with start(*READ) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (0, "")


def test_training_goes_on_where_nobody_reads_what_it_says(into, tmp_path, train_digits):
    with start("train.py", *SHORTEST, *into) as process:
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (0, "")
    load_cnn(tmp_path / "w/digits.npz")


PIPES = dict.fromkeys(("stdin", "stdout", "stderr"))


@posix
def test_training_runs_without_a_terminal(into, tmp_path, train_digits):
    def close():
        for number in range(3):
            os.close(number)

    with start("train.py", *SHORTEST, "--threads", 2, *into, preexec_fn=close, **PIPES) as process:
        pass
    assert process.returncode == 0
    load_cnn(tmp_path / "w/digits.npz")


@posix
@pytest.mark.parametrize("closed", [0, 1, 2])
def test_errors_have_their_exit_status_without_a_terminal(closed):
    def close():
        os.close(closed)

    with start("draw.py", "--weights", "none", preexec_fn=close, **PIPES) as process:
        pass
    assert process.returncode == 2


@pytest.fixture
def useless(tmp_path, monkeypatch):
    """A run that ended where it began, as with far too large a learning rate; and its options."""
    run = TrainingRun.start(Settings(epochs=1, validation=10))
    run.optimizer.t = 500
    figures = dict.fromkeys(EpochRecord.__annotations__, 2.3)
    run.epochs.append(figures | {"train_accuracy": 0.1, "validation_accuracy": 0.098})
    monkeypatch.setattr(sys, "argv", ["train.py", "--out", str(tmp_path), "--images", str(tmp_path)])
    return run, train.parse_arguments()


def test_a_network_that_has_learned_nothing_replaces_none(useless, tmp_path, train_digits):
    run, options = useless
    shutil.copyfile(WEIGHTS, tmp_path / "digits.npz")
    with pytest.raises(UserError, match=r"learned nothing, and .*digits\.npz is left as it was"):
        train.save(run, options, train_digits[:10])
    assert [path.name for path in tmp_path.iterdir()] == ["digits.npz"]
    assert (tmp_path / "digits.npz").read_bytes() == WEIGHTS.read_bytes()


def test_a_few_steps_that_taught_nothing_replace_no_good_weights(useless, tmp_path, train_digits):
    run, options = useless
    run.optimizer.t = 3
    train.save(run, options, train_digits[:10])  # where there are none, nothing is lost
    shutil.copyfile(WEIGHTS, tmp_path / "digits.npz")
    with pytest.raises(UserError, match="learned nothing"):
        train.save(run, options, train_digits[:10])
    assert (tmp_path / "digits.npz").read_bytes() == WEIGHTS.read_bytes()


@pytest.mark.parametrize("value", [np.nan, 1e30])
def test_weights_that_the_programs_would_refuse_are_not_saved(value, useless, tmp_path, train_digits):
    run, options = useless
    run.epochs[0]["validation_accuracy"] = 0.9
    run.average.average[5] = value
    with pytest.raises(UserError, match="training diverged"):
        train.save(run, options, train_digits[:10])
    assert list(tmp_path.iterdir()) == []


@posix
def test_errors_that_nobody_reads_have_their_exit_status():
    with start("evaluate.py", "--image", "/nowhere") as process:
        process.stderr.close()
    assert process.returncode == 2


@pytest.mark.parametrize("old", ["record", "no weights", "unreadable"])
def test_nothing_about_an_old_file_stops_a_new_one_from_being_saved(old, useless, tmp_path, monkeypatch):
    run, options = useless
    run.epochs[0]["validation_accuracy"] = 0.9
    path = tmp_path / "digits.npz"
    if old == "record":
        save_weights(path, run.network, {"epochs": 5})
    else:
        path.write_bytes(b"something")
    if old == "unreadable":
        monkeypatch.setattr(shutil, "copyfile", lambda *_: (_ for _ in ()).throw(OSError(13, "no")))
    train.save(run, options, mnist.load("train")[:10])
    assert load_cnn(path)[1]["epochs"] == run.epochs


def test_the_best_weights_there_were_are_kept(useless, tmp_path, train_digits, capsys):
    """After two quick trials, too: the second replaces the first, and not what is kept beside."""
    run, options = useless
    shutil.copyfile(WEIGHTS, tmp_path / "digits.npz")
    for accuracy in (0.5, 0.6, 0.999):
        run.epochs[0]["validation_accuracy"] = accuracy
        run.average.average[:] = np.linspace(-1, 1, run.average.average.size)
        train.save(run, options, train_digits[:10])
        out = capsys.readouterr().out
        assert ("To go back, copy" in out) == (accuracy < 0.99)
        assert (tmp_path / "digits.previous.npz").read_bytes() == WEIGHTS.read_bytes()
        assert load_cnn(tmp_path / "digits.npz")[1]["epochs"][0]["validation_accuracy"] == accuracy


@posix
def test_a_read_only_file_is_not_replaced_and_a_link_stays_one(useless, tmp_path, into, program):
    run, options = useless
    run.epochs[0]["validation_accuracy"] = 0.9
    (tmp_path / "real").mkdir()
    (tmp_path / "digits.npz").symlink_to(tmp_path / "real/mine.npz")
    train.save(run, options, mnist.load("train")[:10])
    assert (tmp_path / "digits.npz").is_symlink()
    load_cnn(tmp_path / "real/mine.npz")
    (tmp_path / "w").mkdir()
    (tmp_path / "w/digits.npz").write_bytes(b"mine")
    (tmp_path / "w/digits.npz").chmod(0o400)
    assert_refused(program("train.py", *SHORTEST, *into), "digits.npz: it is read-only")


def test_curves_that_cannot_be_drawn_cost_nothing_else(useless, tmp_path, monkeypatch):
    run, options = useless
    run.epochs[0]["validation_accuracy"] = 0.9
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: 1 / 0)
    with pytest.raises(UserError, match="the curves cannot be drawn: division by zero"):
        train.save(run, options, mnist.load("train")[:10])
    load_cnn(tmp_path / "digits.npz")
    assert (tmp_path / "history.json").exists()


def test_pictures_do_not_depend_on_what_matplotlib_is_told(tmp_path):
    """As in a notebook, which sets a backend, or with a style of the user's own."""
    (tmp_path / "matplotlibrc").write_text(
        "text.usetex: True\nfont.family: no such font\naxes.facecolor: red"
    )
    (tmp_path / "home").mkdir()
    command = (
        "from pathlib import Path; from digits.evaluation import plots; "
        "row = dict.fromkeys(('train_accuracy', 'validation_accuracy'), 0.9); "
        f"plots.accuracy_curves([row], Path({str(tmp_path / 'a.png')!r}))"
    )
    changes = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "MATPLOTLIBRC": str(tmp_path)}
    environment = ENVIRONMENT | changes
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", command], cwd=PROJECT, env=environment, check=False
    )
    assert done.returncode == 0
    corner = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))[300, 300]
    assert corner.tolist() != [255, 0, 0]


def test_a_home_that_no_shell_has_put_in(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["train.py", "--out=~/x"])
    assert train.parse_arguments().out == tmp_path / "x"
    monkeypatch.setenv("MNIST_DIR", "~/y")
    assert mnist.folder() == tmp_path / "y"


@pytest.mark.parametrize("name", ["digits.npz", "history.json", "loss_plot.png", "checkpoint.npz"])
def test_what_cannot_be_written_in_the_end_is_said_before_training(name, into, tmp_path, program):
    folder = tmp_path / ("i" if name.endswith("png") else "w") / name
    folder.mkdir(parents=True)
    assert_refused(program("train.py", *SHORT, *into), f"{name}: it is a folder")


def test_figures_are_printed_even_if_they_cannot_be_written(tmp_path, monkeypatch, capsys, test_digits):
    shutil.copyfile(WEIGHTS, tmp_path / "w.npz")
    (tmp_path / "metrics.json").mkdir()
    monkeypatch.setattr(evaluate, "robustness", lambda *_: {})
    monkeypatch.setattr(evaluate, "draw_pictures", lambda *_: None)
    argv = ["evaluate.py", "--weights", str(tmp_path / "w.npz")]
    monkeypatch.setattr(sys, "argv", [*argv, "--json"])
    assert evaluate.main() == 0  # it needs no file
    assert json.loads(capsys.readouterr().out)["count"] == 10000
    monkeypatch.setattr(sys, "argv", argv)
    with pytest.raises(UserError, match=r"cannot write .*metrics\.json"):
        evaluate.main()
    assert "of 10,000 digits" in capsys.readouterr().out


def test_a_long_epoch_has_checkpoints_of_its_own(into, tmp_path, train_digits, monkeypatch):
    """With no time between two, there is one after each batch."""
    monkeypatch.setattr("digits.training.progress.SECONDS_BETWEEN_CHECKPOINTS", 0)
    options = ["--epochs", "1", "--limit", "300", "--ood", "0", "--synthetic", "0"]
    monkeypatch.setattr(sys, "argv", ["train.py", *options, *map(str, into)])
    steps = []
    save = TrainingRun.save

    def recorded(run, path):
        save(run, path)
        steps.append(TrainingRun.resume(path).progress.steps)

    monkeypatch.setattr(TrainingRun, "save", recorded)
    assert train.main() == 0
    assert steps == [0, 1, 2, 3, 0]  # 300 images, three batches


def test_the_numbers_of_a_picture(tmp_path, program):
    drawing = write("305 42", height=0.12, top=0.2)
    write("−7", height=0.12, top=0.5, drawing=drawing)
    Image.fromarray(255 - drawing.ink).save(tmp_path / "a.png")
    status, out, err = program("evaluate.py", "--image", tmp_path / "a.png")
    assert (status, err) == (0, "")
    name, first, second = out.splitlines()
    assert name.endswith("a.png:")
    assert first.split()[::2] == ["305", "42"]
    assert second.split()[0] == "−7"
    (row,) = json.loads(program("evaluate.py", "--json", "--image", tmp_path / "a.png")[1])
    assert row["text"] == "305 42\n−7"
    assert row["numbers"] == ["305", "42", "?7"]
    assert [digit["digit"] for digit in row["digits"]][:5] == [3, 0, 5, 4, 2]
    assert [digit["is_digit"] for digit in row["digits"]] == [True] * 5 + [False, True]
    assert all(len(digit["box"]) == 4 for digit in row["digits"])
    assert "digit" not in row
