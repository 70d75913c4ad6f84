"""A convolutional network for handwritten digits, from scratch in NumPy and numba.

Read in this order: layers, losses, optimizers, network, kernels, gradient_check, training.
"""
