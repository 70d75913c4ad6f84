"""What values from a file must be before anything is done with them."""

import math


def is_number(value: object) -> bool:
    """A finite number, and no bool."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False


def is_whole_number(value: object) -> bool:
    """An int, and no bool."""
    return is_number(value) and isinstance(value, int)
