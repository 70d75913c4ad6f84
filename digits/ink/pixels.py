"""Which pixels of a picture are ink: the ink network looks at each through a retina.

A cell of 4×4 pixels is seen sharply; farther away, only how bright or dark the picture becomes there.
Both are measured by the picture's own contrast near by, so that neither light nor the strength of a pen
matters. The network says of each of a cell's pixels how much of it is covered by ink.
"""

import numpy as np
from numpy import ndarray
from scipy.ndimage import maximum_filter, minimum_filter, uniform_filter

from nn.losses import sigmoid
from nn.network import Sequential

CELL = 4  # pixels
NEAR = 12  # cells: the side of the square whose mean and deviation are a cell's own contrast
LEAST_DEVIATION = 0.02  # from black to white: paper without any contrast stays flat
# Around a cell lie 5×5 squares of 7×7 cells: of each is seen what differs most from the paper near by.
SQUARE = 7
FAR = (-14, -7, 0, 7, 14)
BAND = 32  # rows of cells
CHANNELS = CELL * CELL + 1 + len(FAR) ** 2
REACH = 5  # cells around it that the network sees sharply: its convolutions are five


def views(grey: ndarray) -> ndarray:
    """Grey (H, W) of 0 to 1, both multiples of CELL → what the retina shows (H/4, W/4, CHANNELS)."""
    H, W = (side // CELL for side in grey.shape)
    cells = grey.reshape(H, CELL, W, CELL).transpose(0, 2, 1, 3).reshape(H, W, -1)
    mean = cells.mean(axis=2)
    near = uniform_filter(mean, NEAR, mode="nearest")
    square = uniform_filter((cells**2).mean(axis=2), NEAR, mode="nearest")
    deviation = np.sqrt(np.maximum(square - near**2, 0)) + LEAST_DEVIATION
    result = np.empty((H, W, CHANNELS), np.float32)
    result[..., : CELL * CELL] = (cells - near[..., np.newaxis]) / deviation[..., np.newaxis]
    result[..., CELL * CELL] = np.log(deviation) + 2
    brightest, darkest = (
        np.pad(extreme(mean, SQUARE, mode="nearest"), FAR[-1], mode="edge")
        for extreme in (maximum_filter, minimum_filter)
    )
    k = CELL * CELL
    for down in FAR:
        for right in FAR:
            k += 1
            top, left = down - FAR[0], right - FAR[0]
            above = brightest[top : top + H, left : left + W] - near
            below = near - darkest[top : top + H, left : left + W]
            result[..., k] = np.where(above > below, above, -below)
    result[..., CELL * CELL + 1 :] /= deviation[..., np.newaxis]
    return np.clip(result, -4, 4)


def coverage(grey: ndarray, network: Sequential) -> ndarray:
    """Grey (H, W) of 0 to 1 → how much of each pixel is ink, 0 to 1, float32."""
    H, W = grey.shape
    margin = REACH * CELL
    padded = np.pad(grey, [(margin, margin + -side % CELL) for side in (H, W)], mode="edge")
    seen = views(padded)
    h, w = seen.shape[0] - 2 * REACH, seen.shape[1] - 2 * REACH
    logits = np.empty((h, w, CELL * CELL), np.float32)
    for top in range(0, h, BAND):  # a large picture in bands, which take less memory
        band = seen[np.newaxis, top : top + BAND + 2 * REACH]
        logits[top : top + BAND] = network.forward(band)[0]
    pixels = sigmoid(logits).reshape(h, w, CELL, CELL).transpose(0, 2, 1, 3)
    return pixels.reshape(h * CELL, w * CELL)[:H, :W]
