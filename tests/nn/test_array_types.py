"""Shapes in types: checked in these tests, and nothing but ndarrays where nobody checks them."""

import subprocess
import sys

import numpy as np
import pytest
from jaxtyping import TypeCheckError, install_import_hook

from nn.layers import Dense
from nn.losses import softmax_cross_entropy
from tests.helpers import PROJECT

CLAIMS = """
from numpy import ndarray
from nn.array_types import Float

def right(x: Float[ndarray, "N C"]) -> Float[ndarray, "C N"]:
    return x.T

def wrong(x: Float[ndarray, "N C"]) -> Float[ndarray, "N C"]:
    return x.T
"""


def test_a_wrong_shape_claim_is_found(tmp_path, monkeypatch):
    (tmp_path / "claims.py").write_text(CLAIMS)
    monkeypatch.syspath_prepend(tmp_path)
    with install_import_hook("claims", "beartype.beartype"):
        import claims
    claims.right(np.zeros((2, 3)))
    with pytest.raises(TypeCheckError, match="return"):
        claims.wrong(np.zeros((2, 3)))


def test_the_library_itself_is_checked(rng):
    layer = Dense(3)
    layer.build((4,), rng, np.float64)
    with pytest.raises(TypeCheckError):
        layer.forward(np.zeros((2, 4, 1)))
    with pytest.raises(TypeCheckError):
        softmax_cross_entropy(np.zeros((2, 3)), np.zeros(3, int))


def test_where_nobody_checks_jaxtyping_is_not_even_imported():
    program = "import sys, train, nn.layers; sys.exit('jaxtyping' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False).returncode == 0
