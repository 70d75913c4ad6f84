"""Forty mistakes that a learner makes in a neural network, and the test that catches each.

`python -m tests.planted_bugs [WORD …]` plants each in a copy of the project, or those whose title or file
has one of the words, and prints which test fails first. Exit status 1 if one slips through.
"""

import concurrent.futures
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.project_copy import copy_project, cores, first_failure


class Bug(NamedTuple):
    """`right` occurs once in `file`; with `wrong` in its place one of `tests` must fail."""

    file: str
    tests: tuple[str, ...]
    title: str
    right: str
    wrong: str

    def plant(self, project: Path) -> None:
        path = project / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.right) != 1:
            raise ValueError(f"{self.file} has {text.count(self.right)} × {self.right!r}")
        path.write_text(text.replace(self.right, self.wrong), encoding="utf-8")


# fmt: off
MISTAKES = {
    ("nn/layers.py", "tests/nn/test_layers.py"): [
        ("the filter is flipped", 'y = self.patches @ self.params["W"].reshape(-1, F)', 'y = self.patches @ self.params["W"][::-1, ::-1].reshape(-1, F)'),
        ("convolution without its bias", '.reshape(-1, F) + self.params["b"]', ".reshape(-1, F)"),
        ("dW of the wrong sign", "self.patches.T @ dy", "self.patches.T @ -dy"),
        ("stride forgotten on the way back", "kernels.col2im(dpatches, self.kernel_size, self.stride,", "kernels.col2im(dpatches, self.kernel_size, (1, 1),"),
        ("padding forgotten on the way back", "self.stride, self.padding, dx)", "self.stride, (0, 0), dx)"),
        ("height for width of the window", "KH, KW = self.kernel_size\n        C =", "KW, KH = self.kernel_size\n        C ="),
        ("one output position too few", "// step + 1\n", "// step\n"),
        ("padding on one side only", "(size + 2 * pad - width)", "(size + pad - width)"),
        ("ReLU lets a gradient through at zero", "dy * (self.y > 0)", "dy * (self.y >= 0)"),
        ("dense dx by W instead of its transpose", 'return dy @ self.params["W"].T', 'return dy @ self.params["W"].reshape(self.params["W"].T.shape)'),
        ("dense dW with x and dy swapped", 'self.grads["W"][:] = self.x.T @ dy', 'self.grads["W"][:] = (dy.T @ self.x).reshape(self.grads["W"].shape)'),
        ("dW added to that of the last batch", 'self.grads["W"][:] = self.x.T', 'self.grads["W"] += self.x.T'),
        ("initial weights as if there were no ReLU", "math.sqrt(2 / fan_in)", "math.sqrt(1 / fan_in)"),
    ],
    ("nn/kernels/convolution.py", "tests/nn/test_layers.py tests/nn/test_kernels.py"): [
        ("im2col ignores the stride of columns", "left = j * SW - PW\n                inside_from, inside_to = max(0, -left), min(KW, W - left)\n                for a", "left = j - PW\n                inside_from, inside_to = max(0, -left), min(KW, W - left)\n                for a"),
        ("col2im overwrites where patches overlap", "target[c] += inside[c]", "target[c] = inside[c]"),
        ("ties in pooling go to the last", "larger = value[c] > best[c]", "larger = value[c] >= best[c]"),
        ("row for column in the pool's argmax", "value = x[n, i * SH + k // KW, j * SW + k % KW]", "value = x[n, i * SH + k // KH, j * SW + k % KH]"),
    ],
    ("nn/losses.py", "tests/nn/test_losses.py"): [
        ("softmax without its shift overflows", "exp = np.exp(logits - logits.max(axis=1, keepdims=True))", "exp = np.exp(logits)"),
        ("softmax over the images", "exp / exp.sum(axis=1, keepdims=True)", "exp / exp.sum(axis=0, keepdims=True)"),
        ("one shift for the whole batch", "shifted = logits - logits.max(axis=1, keepdims=True)", "shifted = logits - logits.max()"),
        ("the gradient's sign", "exp / total - targets", "targets - exp / total"),
        ("the gradient of a mean", "exp / total - targets", "(exp / total - targets) / len(logits)"),
        ("labels off by one", "dtype=logits.dtype)[targets]", "dtype=logits.dtype)[targets - 1]"),
    ],
    ("nn/optimizers.py", "tests/nn/test_optimizers.py"): [
        ("Adam's mean starts too small", "v_correction / m_correction", "v_correction"),
        ("Adam's square starts too small", "math.sqrt(1 - self.beta2**self.t)", "1.0"),
        ("epsilon inside the root", "(np.sqrt(v) + epsilon)", "np.sqrt(v + epsilon)"),
        ("the gradient where its square belongs", "v += (1 - self.beta2) * g * g", "v += (1 - self.beta2) * g"),
        ("beta1 for beta2", "v *= self.beta2", "v *= self.beta1"),
        ("weight decay grows the weights", "theta *= 1 - learning_rate", "theta *= 1 + learning_rate"),
        ("a warm-up that begins at zero", "peak * (step + 1) / warmup_steps", "peak * step / warmup_steps"),
        ("the average is the parameters", "self.average = parameters.copy()", "self.average = parameters"),
    ],
    ("nn/network.py", "tests/nn/test_network.py"): [
        ("backward from the first layer on", "for layer in reversed(self.executed):", "for layer in self.executed:"),
        ("gradients are copies, not views", "make_views([layer.grads for layer in layers], self.gradients)", "pass"),
        ("one layer may be used twice", "len({id(layer) for layer in layers}) < len(layers)", "False"),
    ],
    ("nn/training.py", "tests/nn/test_training.py"): [
        ("the sum where the mean belongs", "self.network.backward(dlogits / len(x))", "self.network.backward(dlogits)"),
        ("the average before the step", "optimizer.step(runner.network.gradients, rate)\n                average.update()", "average.update()\n                optimizer.step(runner.network.gradients, rate)"),
    ],
    ("nn/fast/parallel.py", "tests/nn/test_parallel.py"): [
        ("the mean over full micro-batches", "self.network.gradients /= len(x)", "self.network.gradients /= count * MICRO_BATCH"),
        ("a replica with parameters of its own", "make_views([layer.grads for layer in other.layers], other.gradients)", "make_views([layer.grads for layer in other.layers], other.gradients)\n    other.parameters = other.parameters.copy()\n    make_views([layer.params for layer in other.layers], other.parameters)"),
        ("all threads share one gradient", "other.gradients = np.zeros_like(network.gradients)", "other.gradients = network.gradients"),
    ],
    ("nn/kernels/fused.py", "tests/nn/test_fused_steps.py"): [
        ("Winograd: a sign in the output's transform", "m1 - m2 - m3", "m1 - m2 + m3"),
    ],
}
# fmt: on
BUGS = [
    Bug(file, tuple(tests.split()), *mistake)
    for (file, tests), mistakes in MISTAKES.items()
    for mistake in mistakes
]


def try_bug(bug: Bug) -> tuple[Bug, str | None, float]:
    """(the bug, the test that catches it or None, seconds)."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        project = copy_project(Path(temporary) / "project")
        bug.plant(project)
        caught_by = first_failure(project, bug.tests)
    return bug, caught_by, time.perf_counter() - started


def main() -> int:
    words = [word.lower() for word in sys.argv[1:]]
    bugs = [b for b in BUGS if not words or any(w in f"{b.file} {b.title}".lower() for w in words)]
    if not bugs:
        print(f"no mistake has any of these words: {', '.join(words)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:  # what fails without any mistake catches none
        project = copy_project(Path(temporary) / "project")
        failing = first_failure(project, tuple(sorted({test for bug in bugs for test in bug.tests})))
    if failing:
        print(f"{failing} fails where nothing is planted", file=sys.stderr)
        return 2
    slipped = 0
    with concurrent.futures.ThreadPoolExecutor(cores()) as pool:
        for bug, caught_by, seconds in pool.map(try_bug, bugs):
            slipped += caught_by is None
            verdict = caught_by or "SLIPPED THROUGH"
            print(f"{bug.file:<26} {bug.title:<44} {seconds:>4.0f} s  {verdict}", flush=True)
    print(f"\n{len(bugs) - slipped} of {len(bugs)} caught")
    return 1 if slipped else 0


if __name__ == "__main__":
    sys.exit(main())
