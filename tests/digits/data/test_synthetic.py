"""What the project draws itself: the right size, the right place, the right labels, all different."""

import numpy as np
import pytest

from digits.data import ood, synthetic
from digits.data.dataset import to_input
from digits.data.handwriting import parse_strokes, write_by_hand
from digits.data.ood import LETTERS, OOD_LABEL, SIGNS, ood_images
from digits.data.synthetic import STYLES, synthetic_digits
from digits.ink.framing import apply_domain_offset


@pytest.fixture
def draw_ood(train_digits):
    return lambda count, rng: ood_images(count, rng, train_digits.images)


@pytest.fixture(params=["synthetic", "ood"])
def draw(request, draw_ood):
    return synthetic_digits if request.param == "synthetic" else draw_ood


def test_drawings_are_frames_like_mnists(draw, rng):
    digits = draw(200, rng)
    assert (digits.images.shape, digits.images.dtype) == ((200, 28, 28), np.uint8)
    assert len(np.unique(digits.images.reshape(200, -1), axis=0)) > 190
    assert digits.labels.shape == (200,)


def test_labels(rng, draw_ood):
    counts = np.bincount(synthetic_digits(500, rng).labels)
    assert len(counts) == 10
    assert counts.min() > 0
    assert counts.argmax() == 1
    assert set(draw_ood(50, rng).labels) == {OOD_LABEL}


def test_a_network_that_has_learned_reads_what_the_labels_say(rng, recogniser):
    digits = synthetic_digits(1500, rng)
    shown = to_input(apply_domain_offset(digits.images))
    right = recogniser.network.forward(shown).argmax(axis=1) == digits.labels
    assert min(right[digits.labels == digit].mean() for digit in range(10)) > 0.9


def test_rare_digits_are_as_large_and_as_dark_as_mnists_and_where_they_are(rng, train_digits):
    images = synthetic_digits(400, rng).images
    for axis in (1, 2):
        mass = images.sum(axis=axis, dtype=float)
        assert np.abs(mass @ np.arange(28) / mass.sum(axis=1) - 14).max() < 0.6
    rows, columns = images.any(axis=2).sum(axis=1), images.any(axis=1).sum(axis=1)
    assert (np.maximum(rows, columns) == 20).mean() > 0.95
    assert images.mean() == pytest.approx(train_digits.images.mean(), rel=0.4)


def test_same_seed_same_drawings(draw):
    one, other = (draw(40, np.random.default_rng(3)).images for _ in "ab")
    np.testing.assert_array_equal(one, other)


def test_one_ood_image_in_nine_is_a_filled_frame_noise_or_a_blot(rng, draw_ood):
    images = draw_ood(900, rng).images
    even = np.ptp(images, axis=(1, 2)) == 0
    sharp = np.isin(images, [0, 255]).all(axis=(1, 2)) & ~even
    noise = images[:, 0].any(axis=1) & ~sharp & ~even  # strokes never reach the first row
    assert min(even.sum(), noise.sum(), sharp.sum()) > 5
    assert 60 < (even | noise | sharp).sum() < 100  # a fifth of the blots are groups of soft dots


def recorded(draw, module, count, rng, monkeypatch):
    """(strokes, options) of each drawing, in place of its picture; and the labels."""
    calls = []

    def write_by_hand(strokes, *_, **options):
        calls.append((strokes, options))
        return np.zeros((28, 28), np.uint8)

    monkeypatch.setattr(module, "write_by_hand", write_by_hand)
    return calls, draw(count, rng).labels


def heights(strokes):
    """What tells a shape, however wide it is drawn."""
    return tuple(tuple(stroke[:, 1]) for stroke in strokes)


def test_one_ood_image_in_nine_shows_two_digits(rng, train_digits):
    ones = train_digits.images[train_digits.labels == 1]
    images = ood_images(450, rng, ones).images[8::9]
    columns = images.max(axis=1) > 100
    begins = columns[:, 1:] & ~columns[:, :-1]  # from the left, where ink begins after paper
    assert np.mean(begins.sum(axis=1) == 2) > 0.5  # the others lean over each other
    assert len(np.unique(images, axis=0)) == 50
    assert images.max(axis=(1, 2)).min() > 200


def test_every_letter_sign_and_way_of_scribbling_is_drawn(rng, draw_ood, monkeypatch):
    calls, _ = recorded(draw_ood, ood, 1800, rng, monkeypatch)
    shapes = {heights(parse_strokes(texts)) for texts in (*LETTERS.values(), *SIGNS.values())}
    drawn = [heights(strokes) for strokes, _ in calls]
    assert set(drawn) >= shapes
    assert sum(shape in shapes for shape in drawn) == 600
    scribbles = [strokes for strokes, _ in calls if heights(strokes) not in shapes]
    points = np.array([sum(map(len, strokes)) for strokes in scribbles])
    assert (points < 18).sum() > 250  # zigzags and hatchings
    assert (points > 30).sum() > 250  # wanderings and coils
    parts = np.array([len(strokes) for strokes in scribbles])
    assert 0.55 < np.mean(parts == 1) < 0.85
    assert parts.max() == 8


def test_every_way_to_write_a_digit_is_drawn_and_most_ones_have_a_flag(rng, monkeypatch):
    calls, labels = recorded(synthetic_digits, synthetic, 3000, rng, monkeypatch)
    for digit, ways in STYLES.items():
        drawn = {heights(call[0]) for call, label in zip(calls, labels, strict=True) if label == digit}
        expected = {heights(way) for way in ways}
        assert drawn == expected if digit else drawn > expected  # and slashed ones
    ones = [call for call, label in zip(calls, labels, strict=True) if label == 1]
    flags = [strokes for strokes, _ in ones if len(strokes[0]) >= 5]
    assert 0.8 < len(flags) / len(ones) < 0.9
    assert 0.2 < np.mean([len(strokes) == 2 for strokes, _ in ones]) < 0.3  # with a foot
    widened = np.array([options["widened"] for _, options in ones])
    assert 0.3 < np.mean(widened > 1) < 0.4
    tops = [np.argmin(strokes[0][:, 1]) for strokes in flags]
    across, down = np.transpose(
        [strokes[0][top] - strokes[0][top - 2] for strokes, top in zip(flags, tops, strict=True)]
    )
    assert across.min() > 0  # they fall from the top to the left, …
    assert np.mean(-down > 0.67 * across) > 0.98  # … and all but a few short ones too steeply for a 7


def test_most_zeros_have_a_bar_through_them_in_any_direction(rng, monkeypatch):
    calls, labels = recorded(synthetic_digits, synthetic, 4000, rng, monkeypatch)
    zeros = [strokes for (strokes, _), label in zip(calls, labels, strict=True) if label == 0]
    slashed = [strokes for strokes in zeros if len(strokes) == 2]
    assert 0.7 < len(slashed) / len(zeros) < 0.8
    angles = []
    for outline, bar in slashed:
        low, high = outline.min(axis=0), outline.max(axis=0)
        assert (low < bar[1]).all()
        assert (bar[1] < high).all()
        across, down = (bar[2] - bar[0]) / (high - low)
        angles.append(np.degrees(np.arctan2(-down, across)) % 180)
    counts, _ = np.histogram((np.array(angles) + 22.5) % 180, [0, 45, 90, 135, 180])
    assert counts.argmax() == 1  # most rise
    assert counts.min() > 0.1 * len(slashed)


def test_narrow_digits_have_narrow_pens(rng, monkeypatch):
    calls, labels = recorded(synthetic_digits, synthetic, 2000, rng, monkeypatch)
    eights = [call for call, label in zip(calls, labels, strict=True) if label == 8]
    widths = [np.ptp(np.concatenate(strokes)[:, 0]) for strokes, _ in eights]
    pens = [options["max_pen_width"] for _, options in eights]
    assert np.corrcoef(widths, pens)[0, 1] > 0.5
    assert max(pens) == 0.2


def test_each_hand_is_another(rng):
    strokes = STYLES[2][0]
    plain = {"wobble": 0, "max_pen_width": 0.05, "curved_share": 0, "widened": 1, "coarse_share": 0}
    hands = [plain, plain | {"wobble": 0.1}, plain | {"max_pen_width": 0.2}, plain | {"curved_share": 1}]
    hands += [plain | {"widened": 2}, plain | {"coarse_share": 1}]
    images = [write_by_hand(strokes, np.random.default_rng(5), **hand) for hand in hands]
    assert len({image.tobytes() for image in images}) == len(hands)
    assert images[4].any(axis=1).sum() < 0.7 * images[0].any(axis=1).sum()  # and as wide as before
    # With much the same pen and no wobble a hand still leans.
    others = [write_by_hand(strokes, np.random.default_rng(seed), **plain) for seed in range(5)]
    assert len({image.tobytes() for image in others}) == 5


def test_no_letter_that_looks_like_a_digit():
    assert not set(LETTERS) & set("oOiIlzZsSbBgGqQjJyYtT")
