"""A fast twin against the layer that it stands for."""

from tests.rounding import assert_equal_in_float64


def assert_twin_equals(fast, layer, x, dy):
    """Outputs and all gradients, in float64; dx where the layer needs it."""
    expected = layer.forward(x).copy()
    dx = layer.backward(dy)
    dx = dx.copy() if layer.needs_dx else None
    grads = {name: grad.copy() for name, grad in layer.grads.items()}
    assert_equal_in_float64(fast.forward(x), expected)
    found = fast.backward(dy)
    for name, grad in grads.items():
        assert_equal_in_float64(fast.grads[name], grad)
    if layer.needs_dx:
        assert_equal_in_float64(found, dx)
    else:
        assert found is None
