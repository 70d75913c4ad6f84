"""A pytest plugin: np.matmul adds up in another order, as kernels of another processor might.

`python -m pytest -n0 -p tests.long.other_sums` with ORDER_OF_SUMS in the environment. The operator @ of
arrays cannot be replaced; layers of a subclass of ndarray would not be what is tested. So the reference
is left as it is, and the fast twins, which call np.matmul, are what differs.
"""

import os

import numpy as np

exact_matmul = np.matmul


def matmul(a, b, order, out=None):
    """a @ b with the products of each sum taken in this order."""
    terms = a.shape[-1]
    if order == "one by one":  # each product rounded, and each sum
        result = np.zeros(
            (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]), a.dtype
        )
        for k in range(terms):
            result += a[..., :, k, np.newaxis] * b[..., k, np.newaxis, :]
    else:
        rows = (
            np.arange(terms)[::-1]
            if order == "backwards"
            else np.random.default_rng(0).permutation(terms)
        )
        result = exact_matmul(a[..., rows], b[..., rows, :])
    if out is None:
        return result
    out[...] = result
    return out


def pytest_configure():
    order = os.environ["ORDER_OF_SUMS"]
    np.matmul = lambda a, b, out=None: matmul(a, b, order, out)
