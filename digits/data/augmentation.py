"""Data augmentation: every time a digit is shown, it is distorted a little differently.

The network thus never sees the same image twice, and cannot learn images by heart (overfit). (Simard,
Steinkraus and Platt, "Best Practices for Convolutional Neural Networks" (2003), section 2.)
"""

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from digits.data.dataset import to_input
from digits.kernels import warp

# A warp says, for each output pixel, at which row and column of the input it is read: the array (2, 6)
# has these two rows, and for each of them the columns below. Coordinates are pixels from the middle of
# the image; the wave runs across, along columns for the row that is read, along rows for the column.
ROW, COLUMN = 0, 1
FROM_ROW, FROM_COLUMN, SHIFT = 0, 1, 2  # an affine map: two factors, and an offset in pixels
AMPLITUDE, FREQUENCY, PHASE = 3, 4, 5  # a wave: pixels, radians a pixel, radians at pixel 0
WARP_SHAPE = (2, 6)

# How far a warp of strength 1 goes. Chosen on validation digits.
MAX_ROTATION = np.radians(15)  # either way
MAX_SCALE = 0.15  # share by which both sides change together
MAX_ASPECT = 0.10  # by which height and width change against each other
MAX_SHEAR = 0.2  # pixels to the side for each pixel up
MAX_SHIFT = 1.0  # pixels; few, as every frame is centred in the same way (with 2, more errors)
MAX_AMPLITUDE = 1.0  # pixels by which lines bend to and fro
MIN_WAVELENGTH, MAX_WAVELENGTH = 12, 40  # pixels from one crest to the next


def random_warps(count: int, rng: np.random.Generator, strength: float | ndarray = 1.0) -> ndarray:
    """(count, 2, 6) float32 random warps, with the columns named above.

    Strength, one number or one for each warp (count,): 0 leaves images as they are.
    """
    angle, scale, aspect, shear, down, right = strength * rng.uniform(-1, 1, (6, count))
    sin = np.sin(MAX_ROTATION * angle)
    cos = np.cos(MAX_ROTATION * angle)
    rotation = np.array([[cos, sin], [-sin, cos]])
    slant = np.array([[np.ones(count), np.zeros(count)], [MAX_SHEAR * shear, np.ones(count)]])
    turn = np.einsum("ijn,jkn->nik", rotation, slant)
    height = (1 + MAX_SCALE * scale) * (1 + MAX_ASPECT * aspect)
    width = (1 + MAX_SCALE * scale) / (1 + MAX_ASPECT * aspect)
    warps = np.empty((count, *WARP_SHAPE))
    warps[:, ROW, FROM_ROW : FROM_COLUMN + 1] = turn[:, ROW] / height[:, np.newaxis]
    warps[:, COLUMN, FROM_ROW : FROM_COLUMN + 1] = turn[:, COLUMN] / width[:, np.newaxis]
    warps[:, ROW, SHIFT] = MAX_SHIFT * down
    warps[:, COLUMN, SHIFT] = MAX_SHIFT * right
    amplitude = np.reshape(strength, (-1, 1)) * MAX_AMPLITUDE
    warps[:, :, AMPLITUDE] = amplitude * rng.uniform(-1, 1, (count, 2))
    warps[:, :, FREQUENCY] = 2 * np.pi / rng.uniform(MIN_WAVELENGTH, MAX_WAVELENGTH, (count, 2))
    warps[:, :, PHASE] = rng.uniform(0, 2 * np.pi, (count, 2))
    return warps.astype(np.float32)


class Inputs:
    """Images (N, 28, 28) as inputs of the network; image n is warped by warps[n] (2, 6), if given.

    inputs[rows] computes those rows on demand, (n, 28, 28, 1) from 0 to 1, in the calling thread.
    """

    def __init__(
        self, images: ndarray, warps: ndarray | None = None, dtype: DTypeLike = np.float32
    ) -> None:
        self.images = images
        self.warps = warps
        self.dtype = dtype

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: slice) -> ndarray:
        if self.warps is None:
            return to_input(self.images[rows], self.dtype)
        images = self.images[rows]
        x = np.empty((*images.shape, 1), self.dtype)
        warp(images, self.warps[rows], x)
        return x
