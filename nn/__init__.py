"""A small neural-network library from scratch in NumPy and numba. It knows nothing of digits.

Five files are the reference, and what there is to understand: layers.py, losses.py, optimizers.py,
network.py, gradient_check/. The others make it fast (kernels/ has every numba loop, fast/ the layers'
fast twins, data_parallel.py trains on several cores), or save and load it (weights.py).
"""
