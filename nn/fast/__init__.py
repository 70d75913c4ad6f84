"""Fast twins of the layers: the same results up to rounding, and not the files to learn from.

`fuse` in fused_steps.py puts them in the layers' place, unless a network is built with fused=False.
A twin owns no parameters: it uses those of the layer that it stands for, and the tests hold the two
equal. What each buys is the training speed that is left without it (python benchmarks/breakdown.py):

    DirectStep     Conv2D of one channel + ReLU + MaxPool2D in one pass: 50 % without it
    WinogradStep   the same for more channels, with 16 products instead of 36: 44 %
    WinogradConv   a Conv2D of 5×5 pixels, with 25 products instead of 81: 91 %
    none of them   layers.py as it stands: 28 %
"""
