"""From ink to an answer: what the network is shown, what it makes of it, and what is rejected."""

import dataclasses

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from digits.data.dataset import to_input
from digits.ink.drawing import draw_strokes, render_strokes
from digits.ink.finding import ink_of_drawing
from digits.ink.framing import frame, moved
from digits.model import MAX_WEIGHT, build_cnn
from digits.reading.recogniser import MAX_BATCH, Recogniser
from nn.errors import UserError
from nn.losses import softmax
from nn.weights import save_weights
from tests.helpers import WEIGHTS, in_float64
from tests.rounding import NETWORK, assert_equal_in_float64


def test_the_prediction_for_a_drawn_digit():
    recogniser = Recogniser(WEIGHTS)
    angle = np.linspace(0, 2 * np.pi, 60)
    zero = render_strokes([np.stack([np.sin(angle) * 0.7, np.cos(angle)], axis=1)])
    prediction = recogniser.read(zero)
    assert (prediction.digit, prediction.is_digit) == (0, True)
    assert prediction.confidence == prediction.probabilities[0] == prediction.probabilities.max()
    runner_up = prediction.probabilities[prediction.runner_up]
    assert runner_up == np.sort(prediction.probabilities)[-2]
    assert recogniser.read(render_strokes([])) is None
    recogniser.calibration = dataclasses.replace(recogniser.calibration, max_ood_score=-50.0)
    assert not recogniser.read(zero).is_digit


def test_drawings_are_moved_as_the_weights_want_it(test_digits, tmp_path):
    digit = test_digits.images[0]
    for pixels in (0, 1):
        record = {"domain_offset": pixels, "temperature": 0.25}
        save_weights(tmp_path / "w.npz", build_cnn(), record)
        shown = read_one(Recogniser(tmp_path / "w.npz"), digit).network_input
        np.testing.assert_array_equal(shown, np.roll(frame(digit), (-pixels, -pixels), (0, 1)))


def read_one(recogniser, image):
    """What the digit network alone makes of it."""
    return recogniser._read_frames(frame(image)[np.newaxis])[0]


def logits_at(recogniser, shown, *steps):
    """The logits (1, 10) of a frame moved by each of these steps, their mean."""
    frames = np.array([moved(shown, *step) for step in steps])
    return recogniser.network.forward(to_input(frames, np.float64)).mean(axis=0, keepdims=True)


def test_what_the_network_is_sure_of_is_read_as_it_stands(test_digits, exact_recogniser):
    temperature = exact_recogniser.calibration.temperature
    for image in test_digits.images[:5]:
        prediction = read_one(exact_recogniser, image)
        assert prediction.confidence > 0.99
        logits = logits_at(exact_recogniser, prediction.network_input, (0, 0))
        assert_equal_in_float64(prediction.probabilities, softmax(logits / temperature)[0], NETWORK)


def test_what_it_is_not_sure_of_is_read_from_around_too(test_digits, tmp_path):
    save_weights(tmp_path / "w.npz", build_cnn(), {"temperature": 0.25})
    recogniser = Recogniser(tmp_path / "w.npz")  # which has learned nothing
    recogniser.network = in_float64(recogniser.network)
    for image in test_digits.images[:5]:
        prediction = read_one(recogniser, image)
        shown = prediction.network_input
        logits = logits_at(recogniser, shown, (0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
        assert_equal_in_float64(prediction.probabilities, softmax(logits / 0.25)[0], NETWORK)
        assert not np.allclose(logits, logits_at(recogniser, shown, (0, 0)), rtol=1e-2)


def test_many_frames_are_read_in_batches_each_as_if_alone(test_digits, exact_recogniser, monkeypatch):
    network, sizes = exact_recogniser.network, []
    forward = network.forward
    monkeypatch.setattr(network, "forward", lambda x: sizes.append(len(x)) or forward(x))
    many = exact_recogniser._read_frames(test_digits.images[: 3 * MAX_BATCH])
    assert max(sizes) == MAX_BATCH
    for k in (0, MAX_BATCH - 1, MAX_BATCH, 3 * MAX_BATCH - 1):
        (alone,) = exact_recogniser._read_frames(test_digits.images[k : k + 1])
        assert_equal_in_float64(many[k].probabilities, alone.probabilities, NETWORK)


def test_the_plain_network_reads_the_same(test_digits, exact_recogniser):
    plain = Recogniser(WEIGHTS, plain=True)
    assert plain.network.executed == plain.network.layers
    plain.network = in_float64(plain.network, plain=True)
    for image in test_digits.images[:20]:
        expected = exact_recogniser.read(image, paper=0).probabilities
        assert_equal_in_float64(plain.read(image, paper=0).probabilities, expected, NETWORK)


def test_weights_that_are_not_there(tmp_path):
    with pytest.raises(UserError, match=r"there is no weights file .*none\.npz: python train\.py"):
        Recogniser(tmp_path / "none.npz")


@pytest.mark.parametrize("value", [3e38, -1e4])
def test_weights_with_which_no_answer_would_be_a_number_are_refused(value, tmp_path):
    network = build_cnn()
    network.parameters[5] = value
    save_weights(tmp_path / "w.npz", network, {})
    with pytest.raises(UserError, match=r"w\.npz has weights of up to .*: no training makes such"):
        Recogniser(tmp_path / "w.npz")


def test_the_largest_weights_that_are_taken_give_numbers(tmp_path, rng):
    for sign in (1, -1):
        network = build_cnn()
        network.parameters[:] = sign * MAX_WEIGHT
        save_weights(tmp_path / "w.npz", network, {"temperature": 0.2})
        for plain in (True, False):
            recogniser = Recogniser(tmp_path / "w.npz", plain)
            for image in (np.full((28, 28), 255, np.uint8), rng.integers(0, 256, (28, 28))):
                frames = np.repeat(image[np.newaxis].astype(np.uint8), 9, axis=0)
                logits = recogniser.network.forward(to_input(frames))
                assert np.isfinite(recogniser.calibration.probabilities(logits)).all()


def test_single_drawings_are_read_with_one_thread(monkeypatch):
    recogniser = Recogniser(WEIGHTS)
    threads = []

    def spy(function):
        def called(*arguments):
            blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
            threads.extend(pool["num_threads"] for pool in blas)
            return function(*arguments)

        return called

    monkeypatch.setattr(recogniser.network, "forward", spy(recogniser.network.forward))
    monkeypatch.setattr("digits.reading.recogniser.ink_of_drawing", spy(ink_of_drawing))
    monkeypatch.setattr("digits.reading.inside.to_input", spy(to_input))
    drawing = draw_strokes([np.array([[0, 0], [1, 2]])])
    with threadpool_limits(2, user_api="blas"):  # as a machine with two cores has it
        recogniser.read(drawing.ink)
        recogniser.read_numbers(drawing.ink, paper=0)
        assert len(threads) >= 4
        count = len(threads)
        recogniser.look(np.zeros((28, 28), np.uint8))
    assert len(threads) > count
    assert set(threads) == {1}
