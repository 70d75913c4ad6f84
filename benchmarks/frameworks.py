"""The digit network in each framework: same shapes and optimizer, in the modes a user would pick.

Each class can train a step, predict, and adopt the weights of this project. The frameworks are
imported only by the one that is asked for.
"""

import os

import numpy as np

from digits.data.dataset import to_input

BATCH = 128
# Output channels of the three convolutions and of the dense layers.
CONVOLUTIONS = (32, 64, 64)
UNITS = (64, 10)


class Torch:
    """PyTorch, with its fused Adam. Modes: eager, channels_last, compiled (channels_last too)."""

    def __init__(self, threads, digits, mode):
        import torch
        from torch import nn

        torch.set_num_threads(threads)
        self.torch = torch
        layers = []
        channels = 1
        for k, filters in enumerate(CONVOLUTIONS):
            layers += [nn.Conv2d(channels, filters, 3), nn.ReLU(), *[nn.MaxPool2d(2)] * (k < 2)]
            channels = filters
        layers += [nn.Flatten(), nn.Linear(576, UNITS[0]), nn.ReLU(), nn.Linear(*UNITS)]
        last = mode != "eager"
        self.format = torch.channels_last if last else torch.contiguous_format
        self.model = nn.Sequential(*layers).to(memory_format=self.format)
        self.run = torch.compile(self.model) if mode == "compiled" else self.model
        self.adam = torch.optim.Adam(self.model.parameters(), fused=True)
        self.labels = torch.from_numpy(digits.labels.astype(np.int64))
        self.loss = nn.CrossEntropyLoss()
        self.x = self._input(digits.images)

    def adopt(self, parameters):
        layers = [layer for layer in self.model if hasattr(layer, "weight")]
        with self.torch.no_grad():
            for k, (layer, (W, b)) in enumerate(zip(layers, parameters, strict=True)):
                if k == 3:  # here channels come before rows and columns, also when flattened
                    W = W.reshape(3, 3, 64, -1).transpose(2, 0, 1, 3).reshape(W.shape)
                W = W.transpose(3, 2, 0, 1) if W.ndim == 4 else W.T
                layer.weight.copy_(self.torch.from_numpy(W.copy()))
                layer.bias.copy_(self.torch.from_numpy(b))

    def _input(self, images):
        x = self.torch.from_numpy(to_input(images)).permute(0, 3, 1, 2)
        return x.contiguous(memory_format=self.format)

    def step(self, which, rate):
        which = self.torch.from_numpy(which)
        self.adam.param_groups[0]["lr"] = rate
        self.adam.zero_grad()
        loss = self.loss(self.run(self.x[which]), self.labels[which])
        loss.backward()
        self.adam.step()
        return loss.item()

    def predict(self, images):
        with self.torch.inference_mode():
            return self.run(self._input(images)).numpy()


class Keras:
    """Keras on TensorFlow. Modes: plain and jit (compiled by XLA)."""

    def __init__(self, threads, digits, mode):
        os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
        import keras
        import tensorflow as tf
        from keras import layers

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        stack = [layers.Input((28, 28, 1))]
        for k, filters in enumerate(CONVOLUTIONS):
            stack += [layers.Conv2D(filters, 3, activation="relu"), *[layers.MaxPooling2D()] * (k < 2)]
        stack += [layers.Flatten(), layers.Dense(UNITS[0], activation="relu"), layers.Dense(UNITS[1])]
        self.model = keras.Sequential(stack)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile("adam", loss, jit_compile=mode == "jit")
        self.x = to_input(digits.images)
        self.labels = digits.labels.astype(np.int64)
        self.infer = tf.function(self.model, jit_compile=mode == "jit")

    def steps(self, which, rates):
        """Many steps at once, as `fit` does them; the rate is set from batch to batch."""
        import keras

        class Course(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                self.model.optimizer.learning_rate.assign(rates[batch])

        history = self.model.fit(
            *(self.x[which], self.labels[which]),
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
            callbacks=[Course()] if len(set(rates)) > 1 else [],
        )
        return history.history["loss"][0]

    def adopt(self, parameters):
        self.model.set_weights([array for pair in parameters for array in pair])

    def predict(self, images):
        return self.infer(to_input(images)).numpy()


class Jax:
    """JAX, the whole step compiled by jit."""

    def __init__(self, threads, digits):
        import jax
        import jax.numpy as jnp
        from jax import lax

        rng = np.random.default_rng(0)
        channels = 1
        shapes = []
        for filters in CONVOLUTIONS:
            shapes.append((3, 3, channels, filters))
            channels = filters
        shapes += [(576, UNITS[0]), UNITS]
        parameters = [
            (
                jnp.array(rng.standard_normal(s) * np.sqrt(2 / np.prod(s[:-1])), jnp.float32),
                jnp.zeros(s[-1]),
            )
            for s in shapes
        ]

        def logits(parameters, x):
            for k, (W, b) in enumerate(parameters[:3]):
                x = lax.conv_general_dilated(
                    x, W, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
                )
                x = jax.nn.relu(x + b)
                if k < 2:
                    x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
            x = x.reshape(len(x), -1)
            x = jax.nn.relu(x @ parameters[3][0] + parameters[3][1])
            return x @ parameters[4][0] + parameters[4][1]

        def loss(parameters, x, labels):
            log_p = jax.nn.log_softmax(logits(parameters, x))
            return -jnp.mean(jnp.take_along_axis(log_p, labels[:, None], axis=1))

        def step(state, x, labels, rate):
            parameters, m, v, t = state
            value, g = jax.value_and_grad(loss)(parameters, x, labels)
            t = t + 1
            tree = jax.tree_util.tree_map
            m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
            size = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            new = tree(lambda p, m, v: p - size * m / (jnp.sqrt(v) + 1e-8), parameters, m, v)
            return (new, m, v, t), value

        zeros = jax.tree_util.tree_map(jnp.zeros_like, parameters)
        self.state = (parameters, zeros, zeros, 0.0)
        self._step = jax.jit(step)
        self._logits = jax.jit(logits)
        self.x = to_input(digits.images)
        self.labels = digits.labels.astype(np.int32)
        self.array = jnp.array

    def step(self, which, rate):
        self.state, loss = self._step(self.state, self.x[which], self.labels[which], rate)
        return float(loss)

    def adopt(self, parameters):
        self.state = ([tuple(map(self.array, pair)) for pair in parameters], *self.state[1:])

    def predict(self, images):
        return np.asarray(self._logits(self.state[0], to_input(images)))
