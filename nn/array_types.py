"""Arrays with shapes in their types: Float[ndarray, "N H W C"] has N images, H×W pixels, C channels.

The types are jaxtyping's, and in the tests every call is checked against them. To import it takes
60 ms, which every program would have to wait for. So unless it is imported already, as in
the tests, a type stands for a plain ndarray, and its shape is for the reader.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Float, Integer
else:

    class _Unchecked:
        """Float[ndarray, "N C"] → ndarray."""

        def __class_getitem__(cls, array_and_shape: tuple[type, str]) -> Any:
            return array_and_shape[0]

    Float = Integer = _Unchecked

__all__ = ["Float", "Integer", "Shape"]

Shape = tuple[int, ...]
