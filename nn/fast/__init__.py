"""Fast twins of the layers: the same results up to rounding, and not the files to learn from.

`fuse` in fused_steps.py puts them in the layers' place, unless a network is built with fused=False.
A twin owns no parameters: it uses those of the layer that it stands for, and the tests hold the two
equal. How many times as fast training is with each as without it (python benchmarks/breakdown.py):

    DirectStep     2.0   Conv2D of one channel, ReLU and MaxPool2D in one pass
    WinogradStep   2.3   the same for more channels, with 16 products instead of 36
    WinogradConv   1.1   a Conv2D of 5×5 pixels, with 25 products instead of 81
    all of them    3.6
"""
