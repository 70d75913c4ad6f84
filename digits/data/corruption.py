"""Images made worse step by step: turned, noisy, blurred, written with a thinner or a broader pen.

In the manner of Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions
and Perturbations" (2019), with corruptions that suit handwriting.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy import ndarray
from PIL import Image, ImageFilter

from digits.data.augmentation import WARP_SHAPE
from digits.data.dataset import Dataset
from digits.kernels import warp

Corruption = Literal["rotation", "noise", "blur", "stroke width"]


class Severities(NamedTuple):
    """In which unit a corruption is measured, and how severe it is each time."""

    unit: str
    values: tuple[float, ...]


CORRUPTIONS: dict[Corruption, Severities] = {
    "rotation": Severities("degrees", (-45, -30, -15, 0, 15, 30, 45)),
    "noise": Severities("standard deviation, share of full ink", (0, 0.1, 0.2, 0.3, 0.4, 0.5)),
    "blur": Severities("pixels", (0, 0.5, 1, 1.5, 2)),
    "stroke width": Severities("pixels taken from or added to each edge", (-1, -0.5, 0, 0.5, 1)),
}


def corrupt(corruption: Corruption, severity: float, dataset: Dataset, seed: int = 0) -> Dataset:
    """The dataset with each image corrupted; the seed is that of the noise.

    Severities are in the units of CORRUPTIONS: rotation is anticlockwise, stroke width −1 to 1.
    """
    images = dataset.images
    if corruption == "noise":
        noise = np.random.default_rng(seed).normal(0, 255 * severity, images.shape)
        return Dataset(np.clip(images + noise, 0, 255).astype(np.uint8), dataset.labels)
    if corruption == "blur":
        return Dataset(_filtered(images, ImageFilter.GaussianBlur(severity)), dataset.labels)
    if corruption == "stroke width":  # a mixture with the largest, or smallest, of 3×3 pixels
        extreme = ImageFilter.MaxFilter(3) if severity > 0 else ImageFilter.MinFilter(3)
        changed = _filtered(images, extreme)
        mixed = (1 - abs(severity)) * images + abs(severity) * changed
        return Dataset(np.rint(mixed).astype(np.uint8), dataset.labels)

    angle = np.radians(severity)
    turns = np.zeros((len(images), *WARP_SHAPE), np.float32)
    turns[:, :, :2] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    out = np.empty((*images.shape, 1), np.float32)
    warp(images, turns, out)
    return Dataset(np.rint(255 * out[..., 0]).astype(np.uint8), dataset.labels)


def _filtered(images: ndarray, image_filter: ImageFilter.Filter) -> ndarray:
    """Images (N, H, W) bytes → the same through one of Pillow's filters."""
    return np.array([np.asarray(Image.fromarray(image).filter(image_filter)) for image in images])
