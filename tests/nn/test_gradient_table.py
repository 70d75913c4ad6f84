"""python -m nn.gradient_check: a table of all gradients, and one's own layers."""

import numpy as np
import pytest

from nn.gradient_check.__main__ import main
from nn.layers import Conv2D, Dense, Layer, ReLU

OWN = '''
import numpy as np
from nn.layers import Layer

class Leaky(Layer):
    """The solution of the exercise in docs/exercise.md."""

    def __init__(self, slope=0.1):
        super().__init__()
        self.slope = slope

    def config(self):
        return {"slope": self.slope}

    def forward(self, x):
        self.factor = np.where(x > 0, 1, self.slope).astype(x.dtype)
        return x * self.factor

    def backward(self, dy):
        return dy * self.factor

class Scale(Leaky):
    def build(self, input_shape, rng, dtype):
        super().build(input_shape, rng, dtype)
        self.add_parameters(W=np.array([2.0]))
        return self.input_shape

    def forward(self, x):
        self.x = x
        return self.params["W"] * x

    def backward(self, dy):
        self.grads["W"][:] = np.sum(self.x * dy)
        return self.params["W"] * dy

class OnlyImages(Leaky):
    def forward(self, x):
        N, H, W, C = x.shape
        return super().forward(x)

class Wrong(Leaky):
    def backward(self, dy):
        return 1.01 * dy * self.factor

class NoBackward(Layer):
    def forward(self, x):
        return x

class Needy(Leaky):
    def __init__(self, slope):
        super().__init__(slope)

class NoSuper(Leaky):
    def __init__(self):
        self.slope = 0.1

class ReturnsNothing(Leaky):
    def backward(self, dy):
        self.dx = dy * self.factor

class BuildsNothing(Leaky):
    def build(self, input_shape, rng, dtype):
        super().build(input_shape, rng, dtype)

class ForwardNothing(Leaky):
    def forward(self, x):
        pass

class Forgetful(Scale):
    def build(self, *arguments):
        shape = super().build(*arguments)
        self.grads = {}
        return shape

class Restless(Leaky):
    def forward(self, x):
        self.slope += 0.1
        return super().forward(x)

class Fails(Leaky):
    def backward(self, dy):
        return dy * self.mask

class NeverRuns(Leaky):
    def forward(self, x):
        return x.reshape(3, 1000)

Other = object
number = 3
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module own_layers in the folder that the program is started in."""
    (tmp_path / "own_layers.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["", *__import__("sys").path])
    monkeypatch.delitem(__import__("sys").modules, "own_layers", raising=False)


def test_all_gradients_are_right(capsys):
    assert main([]) == 0
    output = capsys.readouterr().out
    assert output.count("right") == 29
    assert "WRONG" not in output
    for row in (
        "sigmoid cross-entropy",
        "ctc",
        "Conv2D",
        "MaxPool2D",
        "ReLU",
        "fast WinogradConv",
        "fast TiledConv",
        "network, plain",
        "network, fast",
    ):
        assert row in output


@pytest.mark.parametrize(
    ("cls", "row"),
    [(ReLU, "ReLU "), (Dense, "Dense "), (Conv2D, "Conv2D 3×3 ")],
)
def test_a_wrong_gradient_is_found_and_shown(cls, row, monkeypatch, capsys):
    right = cls.backward

    def backward(self, dy):
        return right(self, 1.001 * dy)

    monkeypatch.setattr(cls, "backward", backward)
    assert main([]) == 1
    output = capsys.readouterr().out
    wrong = [line for line in output.splitlines() if line.endswith("WRONG")]
    assert any(line.startswith(row) and "1.0e-03" in line for line in wrong)
    assert any(line.startswith("network, plain") for line in wrong)
    assert "worst at" in output
    assert "numerical:" in output


def test_a_wrong_loss_is_found(monkeypatch, capsys):
    from nn.gradient_check import __main__ as program

    right = program.softmax_cross_entropy

    def wrong(logits, labels):
        losses, dlogits = right(logits, labels)
        return losses, dlogits * 1.001

    monkeypatch.setattr(program, "softmax_cross_entropy", wrong)
    assert main([]) == 1
    assert "dlogits of softmax cross-entropy: relative error 1.0e-03" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "rows"),
    [("Leaky", ["dx"]), ("Scale", ["dx", "dW"]), ("OnlyImages", ["dx"]), ("Needy(0.2)", ["dx"])],
)
def test_own_layers_that_are_right(name, rows, own, capsys):
    assert main([f"own_layers:{name}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line.endswith("right")] == rows


def test_an_own_layer_that_is_wrong(own, capsys):
    assert main(["own_layers:Wrong"]) == 1
    assert "dx of Wrong: relative error 9.9e-03" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("own_layers:NoBackward", "NoBackward has no backward"),
        ("own_layers:Needy", "own_layers:Needy(…) with the arguments"),
        ("own_layers:Needy(", "is not of the form module:Layer"),
        ("own_layers:Needy(slope)", "Needy cannot be made"),
        ("own_layers:NoSuper", "does not call super().__init__()"),
        ("own_layers:ReturnsNothing", "backward returns None: it must return dx, as large as x, (4, 6)"),
        ("own_layers:BuildsNothing", "build returns None: one output of forward is (6,)"),
        ("own_layers:ForwardNothing", "forward returns None: it must return y, an array"),
        ("own_layers:Forgetful", "has the params ['W'] but the grads []"),
        ("own_layers:Restless", "another result when it is called again"),
        ("own_layers:Fails", "Fails.backward fails: own_layers.py, line 82: AttributeError"),
        ("own_layers:NeverRuns", "runs with none of the inputs tried"),
        ("own_layers:Other", "is no nn.layers.Layer"),
        ("own_layers:number", "there is no class number"),
        ("own_layers:Nobody", "there is no class Nobody"),
        ("no_such_module:Leaky", "no_such_module cannot be imported"),
        ("own_layers", "is not of the form module:Layer"),
    ],
)
def test_what_is_missing_is_said_in_one_line(text, message, own, capsys):
    assert main([text]) == 2
    output = capsys.readouterr()
    assert message in output.err
    assert output.err.count("\n") == 1
    assert output.out == ""


def test_usage(capsys):
    assert main(["--help"]) == 0
    assert main(["a:B", "c:D"]) == 2
    assert main(["--fast"]) == 2
    assert "usage" in capsys.readouterr().err


def test_an_own_layer_trains(own):
    """It stands in a network like any other."""
    import own_layers

    from nn.losses import softmax_cross_entropy
    from nn.network import Sequential
    from nn.optimizers import Adam

    rng = np.random.default_rng(0)
    assert issubclass(own_layers.Leaky, Layer)
    network = Sequential([Dense(16), own_layers.Leaky(), Dense(2)], input_shape=(2,))
    adam = Adam(network.parameters)
    x = rng.standard_normal((300, 2)).astype(np.float32)
    labels = (np.hypot(x[:, 0], x[:, 1]) < 1).astype(int)
    for _ in range(200):
        losses, dlogits = softmax_cross_entropy(network.forward(x), labels)
        network.backward(dlogits / len(x))
        adam.step(network.gradients, learning_rate=0.02)
    assert losses.mean() < 0.15
