"""Pictures are made smaller by averaging and larger along straight lines: matrices on either side."""

import numpy as np
from numpy import ndarray


def resampling(new: int, old: int) -> ndarray:
    """(new, old) float32 weights: each new pixel as an average over the old ones it covers.

    When enlarging, a straight line between the two nearest old pixels instead.
    """
    if new > old:
        centres = (np.arange(new) + 0.5) * old / new - 0.5
        columns = np.eye(old)
        weights = [np.interp(centres, np.arange(old), column) for column in columns]
        return np.array(weights, np.float32).T
    edges = np.linspace(0, old, new + 1)
    begin = edges[:-1, np.newaxis]
    end = edges[1:, np.newaxis]
    pixel = np.arange(old)
    covered = np.clip(np.minimum(end, pixel + 1) - np.maximum(begin, pixel), 0, None)
    return (covered * new / old).astype(np.float32)


def resized(values: ndarray, height: int, width: int) -> ndarray:
    """Values (H, W) → (height, width)."""
    H, W = values.shape
    if (height, width) == (H, W):
        return values
    return resampling(height, H) @ values @ resampling(width, W).T


def shrunk(values: ndarray, most: int) -> ndarray:
    """Values (H, W), their longer side at most `most` pixels: fine grain averages out."""
    times = max(values.shape) // most
    if times > 1 and min(values.shape) >= times:  # whole blocks first: faster
        H, W = (side // times for side in values.shape)
        blocks = values[: H * times, : W * times].reshape(H, times, W, times)
        values = blocks.mean(axis=(1, 3), dtype=np.float32)
    shrink = min(1, most / max(values.shape))
    height, width = (max(1, round(side * shrink)) for side in values.shape)
    return resized(values, height, width)
