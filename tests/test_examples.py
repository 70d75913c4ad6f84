"""The example in the README runs, and learns."""

import runpy

from tests.helpers import PROJECT


def test_the_whole_of_mnist(train_digits, capsys):
    main = runpy.run_path(str(PROJECT / "examples/mnist.py"))["main"]
    assert main(epochs=2, limit=2400) > 0.8
    assert capsys.readouterr().out.count("epoch") == 2
    assert len((PROJECT / "examples/mnist.py").read_text(encoding="utf-8").splitlines()) <= 50
