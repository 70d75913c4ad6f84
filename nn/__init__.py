"""A convolutional network for handwritten digits, from scratch in NumPy and numba.

layers.py is the place to begin; README.md has the order in which to read on.
"""
