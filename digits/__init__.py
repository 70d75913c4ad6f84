"""What the network of nn/ is used for: to read handwritten digits, whoever wrote them.

model.py is the network. data/ has what it learns from, training/ trains it, ink/ turns drawings, scans
and photos into the 28×28 pixels that it takes, reading/ reads them, evaluation/ says how good it is.
"""
