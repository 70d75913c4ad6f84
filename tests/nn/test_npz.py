"""Arrays from an untrusted file: at most so many bytes of them."""

import numpy as np
import pytest

from nn.errors import UserError
from nn.npz import read_arrays


def test_a_set_may_unpack_to_so_much_in_all(tmp_path):
    path = tmp_path / "set.npz"
    np.savez(path, a=np.zeros(100), b=np.zeros(100))  # 928 bytes each
    assert set(read_arrays(path, 1856, "npz")) == {"a", "b"}
    with pytest.raises(UserError, match="more than 1,855 bytes"):
        read_arrays(path, 1855, "npz")
