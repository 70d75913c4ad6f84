"""Data augmentation: every time a digit is shown, it is distorted a little differently.

The network thus never sees the same image twice, and cannot learn images by heart (overfit). (Simard,
Steinkraus and Platt, "Best Practices for Convolutional Neural Networks" (2003), section 2.)
"""

import numpy as np

ROTATION = np.radians(15)  # up to this, either way
SCALE, ASPECT = 0.15, 0.10  # share by which both sides, or one against the other, change
SHEAR = 0.2  # pixels to the side for each pixel up
SHIFT = 1.0  # pixels; few, as every frame is centred in the same way (with 2, more errors)
WAVE = 1.0  # pixels by which lines bend to and fro
SHORTEST, LONGEST = 12, 40  # pixels from one crest to the next


def random_warps(count, rng, strength=1.0):
    """(count, 2, 6) random warps, each from an output pixel to where it reads its input.

    Coordinates are (row, column) from the middle of the image. For each of the two the six numbers
    are an affine map (2 factors, 1 offset), and a wave across: amplitude in pixels, radians a pixel,
    phase at pixel 0. Strength, one number or one for each warp (count,): 0 leaves images as they are.
    """
    angle, scale, aspect, shear, down, right = strength * rng.uniform(-1, 1, (6, count))
    sin, cos = np.sin(ROTATION * angle), np.cos(ROTATION * angle)
    rotate = np.array([[cos, sin], [-sin, cos]])
    slant = np.array([[np.ones(count), np.zeros(count)], [SHEAR * shear, np.ones(count)]])
    turn = np.einsum("ijn,jkn->nik", rotate, slant)
    height = (1 + SCALE * scale) * (1 + ASPECT * aspect)
    width = (1 + SCALE * scale) / (1 + ASPECT * aspect)
    warps = np.empty((count, 2, 6))
    warps[:, 0, :2] = turn[:, 0] / height[:, np.newaxis]
    warps[:, 1, :2] = turn[:, 1] / width[:, np.newaxis]
    warps[:, 0, 2], warps[:, 1, 2] = SHIFT * down, SHIFT * right
    warps[:, :, 3] = np.reshape(strength, (-1, 1)) * WAVE * rng.uniform(-1, 1, (count, 2))
    warps[:, :, 4] = 2 * np.pi / rng.uniform(SHORTEST, LONGEST, (count, 2))
    warps[:, :, 5] = rng.uniform(0, 2 * np.pi, (count, 2))
    return warps.astype(np.float32)
