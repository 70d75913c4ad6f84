"""What the network of nn/ is used for: to read handwritten digits, whoever wrote them.

model.py is the network; data/ has what it learns from; ink/ turns drawings, scans and photos into the
28×28 pixels that it takes; training.py is the loop; recogniser.py reads one image; calibration.py,
metrics.py, robustness.py and plots/ say how good it is.
"""
