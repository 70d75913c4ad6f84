"""Optimized versions of the reference: accelerate(network), and ParallelRunner for several cores.

These are not the files to learn from. A fast twin owns no parameters: it uses those of the layers that
it stands for, and tests check that both agree. The digit network's training speed with all twins,
divided by the speed with all but this one (python benchmarks/breakdown.py):

    DirectStep     2.1   Conv2D of one channel, ReLU and MaxPool2D in one pass
    WinogradStep   2.2   Conv2D of more channels, ReLU and MaxPool2D, with 16 products instead of 36
    WinogradConv   1.1   a Conv2D of 5×5 pixels, with 25 products instead of 81
    all of them    3.1

TiledConv stands for any other 3×3 convolution of many channels: the line network trains 1.4 times as
fast by it.
"""

from nn.fast.fused_steps import accelerate
from nn.fast.parallel import ParallelRunner, available_cores

__all__ = ["ParallelRunner", "accelerate", "available_cores"]
