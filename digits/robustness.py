"""How much can be done to a digit before it is no longer read? Each test digit, spoiled step by step."""

import numpy as np
from PIL import Image, ImageFilter

from digits.data.dataset import Digits
from digits.kernels import warp

# What is done, in which unit, and how much of it.
TRIALS = {
    "rotation": ("degrees", (-45, -30, -15, 0, 15, 30, 45)),
    "noise": ("standard deviation, share of full ink", (0, 0.1, 0.2, 0.3, 0.4, 0.5)),
    "blur": ("pixels", (0, 0.5, 1, 1.5, 2)),
    "stroke width": ("pixels taken from or added to each edge", (-1, -0.5, 0, 0.5, 1)),
}


def robustness(workers, digits, seed=0):
    """Accuracy under each trial: {what: [(how much, accuracy), …]}."""
    return {
        what: [(much, accuracy(workers, spoil(what, much, digits, seed))) for much in amounts]
        for what, (_, amounts) in TRIALS.items()
    }


def accuracy(workers, digits):
    """The share of digits that are read as their label."""
    return float(np.mean(workers.logits(digits.images).argmax(axis=1) == digits.labels))


def spoil(what, much, digits, seed=0):
    """Digits with so much of this done to each of them."""
    images = digits.images
    if what == "noise":
        noise = np.random.default_rng(seed).normal(0, 255 * much, images.shape)
        return Digits(np.clip(images + noise, 0, 255).astype(np.uint8), digits.labels)
    if what == "blur":
        blur = ImageFilter.GaussianBlur(much)
        blurred = [np.asarray(Image.fromarray(image).filter(blur)) for image in images]
        return Digits(np.array(blurred), digits.labels)

    if what == "stroke width":  # a mixture with the largest, or smallest, of 3×3 pixels around each
        extreme = ImageFilter.MaxFilter(3) if much > 0 else ImageFilter.MinFilter(3)
        changed = np.array([np.asarray(Image.fromarray(image).filter(extreme)) for image in images])
        mixed = (1 - abs(much)) * images + abs(much) * changed
        return Digits(np.rint(mixed).astype(np.uint8), digits.labels)

    angle = np.radians(much)
    turns = np.zeros((len(images), 2, 6), np.float32)
    turns[:, :, :2] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    out = np.empty((*images.shape, 1), np.float32)
    warp(images, turns, out)
    return Digits(np.rint(255 * out[..., 0]).astype(np.uint8), digits.labels)
