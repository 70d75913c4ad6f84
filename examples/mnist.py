"""The whole of it: data, network, loop, accuracy. `python examples/mnist.py`"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import nn
from digits.data import mnist


def main(epochs=2, batch_size=64, limit=60_000):
    digits = mnist.load("train")
    images = digits.images[:limit, :, :, np.newaxis] / np.float32(255)  # (N, 28, 28, 1), from 0 to 1
    labels = digits.labels[:limit]
    training, validation = np.split(np.arange(limit), [limit * 11 // 12])

    layers = [
        *(nn.Conv2D(32, 3), nn.ReLU(), nn.MaxPool2D(2)),
        *(nn.Conv2D(64, 3), nn.ReLU(), nn.MaxPool2D(2)),
        *(nn.Flatten(), nn.Dense(64), nn.ReLU(), nn.Dense(10)),
    ]
    network = nn.accelerate(nn.Sequential(layers, input_shape=(28, 28, 1)))
    adam = nn.Adam(network.parameters)
    rng = np.random.default_rng(0)
    started = time.perf_counter()
    for epoch in range(epochs):
        order = rng.permutation(training)
        for k in range(0, len(order), batch_size):
            rows = order[k : k + batch_size]
            _, dlogits = nn.softmax_cross_entropy(network.forward(images[rows]), labels[rows])
            network.backward(dlogits / len(rows))
            adam.step(network.gradients, learning_rate=1e-3)

        batches = np.split(validation, range(100, len(validation), 100))
        guesses = np.concatenate([network.forward(images[rows]).argmax(axis=1) for rows in batches])
        accuracy = np.mean(guesses == labels[validation])
        print(f"epoch {epoch + 1}: {accuracy:.2%} right, {time.perf_counter() - started:.0f} s")
    return accuracy


if __name__ == "__main__":
    main()
