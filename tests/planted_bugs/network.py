"""Mistakes in nn/: layers, loss, optimizer, fast twins, processes, files."""

from tests.planted_bugs.bug import bugs_of

LAYERS = "tests/nn/test_layers.py"
FUSED = "tests/nn/test_fused_steps.py"
PARALLEL = "tests/nn/test_data_parallel.py"

BUGS = [
    *bugs_of(
        "nn/layers.py",
        LAYERS,
        {
            "W read as if flipped": (
                'np.matmul(self.patches, self.params["W"].reshape(-1, F), out=y)',
                'np.matmul(self.patches, self.params["W"][::-1, ::-1].reshape(-1, F), out=y)',
            ),
            "convolution without its bias": (
                '        y += self.params["b"]\n        return y.reshape',
                "        return y.reshape",
            ),
            "dW of the wrong sign": (
                'np.matmul(self.patches.T, dy, out=self.grads["W"].reshape(-1, F))',
                'np.matmul(self.patches.T, -dy, out=self.grads["W"].reshape(-1, F))',
            ),
            "db is a mean": (
                'np.sum(dy, axis=0, out=self.grads["b"])\n        if not self.needs_dx:\n            return None\n        dpatches',
                'np.mean(dy, axis=0, out=self.grads["b"])\n        if not self.needs_dx:\n            return None\n        dpatches',
            ),
            "stride forgotten in backward": (
                "kernels.col2im(dpatches, self.kernel_size, self.stride, self.padding, dx)",
                "kernels.col2im(dpatches, self.kernel_size, (1, 1), self.padding, dx)",
            ),
            "padding forgotten in backward": (
                "kernels.col2im(dpatches, self.kernel_size, self.stride, self.padding, dx)",
                "kernels.col2im(dpatches, self.kernel_size, self.stride, (0, 0), dx)",
            ),
            "height for width of the window": (
                "KH, KW = self.kernel_size\n        C =",
                "KW, KH = self.kernel_size\n        C =",
            ),
            "ReLU's gradient where it is zero": ("np.greater(self.y, 0,", "np.greater_equal(self.y, 0,"),
            "ReLU of the absolute value": ("np.maximum(x, 0, out", "np.abs(x, out"),
            "dense dx by W instead of its transpose": (
                'self.params["W"].T, out=self.buffer("dx"',
                'self.params["W"], out=self.buffer("dx"',
            ),
            "dense db over the wrong axis": (
                'np.sum(dy, axis=0, out=self.grads["b"])\n        if not self.needs_dx:\n            return None\n        return',
                'self.grads["b"][:] = dy.sum()\n        if not self.needs_dx:\n            return None\n        return',
            ),
            "dW added to that of the last batch": (
                'np.matmul(self.x.T, dy, out=self.grads["W"])',
                'self.grads["W"] += self.x.T @ dy',
            ),
            "Glorot's start instead of He's": ("math.sqrt(2 / fan_in)", "math.sqrt(1 / fan_in)"),
            "one output position too few": ("// step + 1\n", "// step\n"),
            "padding on one side only": ("(size + 2 * pad - width)", "(size + pad - width)"),
            "rows of the window for its columns in the pool's dx": (
                "kernels.max_pool_backward(dy, self.argmax, self.window, self.stride, dx)",
                "kernels.max_pool_backward(dy, self.argmax, self.window[::-1], self.stride, dx)",
            ),
            "stride of the pool is always its window": (
                "self.window if stride is None else _pair(stride, smallest=1)",
                "self.window",
            ),
        },
    ),
    *bugs_of(
        "nn/layers.py",
        "tests/nn/test_network.py",
        {
            "all layers share their buffers": (
                "        self.dtype = np.dtype(dtype)\n        self._buffers = {}\n",
                "        self.dtype = np.dtype(dtype)\n        self._buffers = globals().setdefault('_all', {})\n",
            ),
            "buffers of the dtype that was first asked for": (
                "aligned.empty(size, dtype or self.dtype)",
                "aligned.empty(size, np.float64)",
            ),
        },
    ),
    *bugs_of(
        "nn/kernels/convolution.py",
        f"{LAYERS} tests/nn/test_kernels.py",
        {
            "im2col ignores the stride of columns": (
                "left = j * SW - PW\n                inside_from, inside_to = max(0, -left), min(KW, W - left)\n                for a",
                "left = j - PW\n                inside_from, inside_to = max(0, -left), min(KW, W - left)\n                for a",
            ),
            "im2col pads rows by the columns' padding": (
                "h = i * SH - PH + a\n                    part",
                "h = i * SH - PW + a\n                    part",
            ),
            "stale pixels on the right of the padding": (
                "for c in range(inside_to * C, KW * C):\n                        part[c] = 0",
                "for c in range(inside_to * C, KW * C):\n                        pass",
            ),
            "col2im overwrites where patches overlap": (
                "target[c] += inside[c]",
                "target[c] = inside[c]",
            ),
            "col2im does not begin at zero": (
                "        dx[n] = 0\n        for i in range(OH):\n            for j in range(OW):\n                patch",
                "        for i in range(OH):\n            for j in range(OW):\n                patch",
            ),
            "ties in pooling go to the last": (
                "larger = value[c] > best[c]",
                "larger = value[c] >= best[c]",
            ),
            "pooling looks at the first row only": (
                "for k in range(1, KH * KW):",
                "for k in range(1, KW):",
            ),
            "the pool's argmax counts by rows' height": (
                "value = x[n, i * SH + k // KW, j * SW + k % KW]",
                "value = x[n, i * SH + k // KH, j * SW + k % KH]",
            ),
            "overlapping pools overwrite": (
                "target[c] += gradient[c] if where[c] == k else 0",
                "target[c] = gradient[c] if where[c] == k else target[c]",
            ),
        },
    ),
    *bugs_of(
        "nn/losses.py",
        "tests/nn/test_losses.py",
        {
            "softmax without its shift": (
                "exp = np.exp(logits - logits.max(axis=1, keepdims=True))",
                "exp = np.exp(logits)",
            ),
            "one shift for the whole batch": (
                "shifted = logits - logits.max(axis=1, keepdims=True)",
                "shifted = logits - logits.max()",
            ),
            "softmax shifted by the whole batch's largest": (
                "exp = np.exp(logits - logits.max(axis=1, keepdims=True))",
                "exp = np.exp(logits - logits.max())",
            ),
            "softmax over the images": (
                "exp / exp.sum(axis=1, keepdims=True)",
                "exp / exp.sum(axis=0, keepdims=True)",
            ),
            "gradient of a mean": ("exp / total - targets", "(exp / total - targets) / len(labels)"),
            "gradient's sign": ("exp / total - targets", "targets - exp / total"),
            "losses in float64": (".astype(logits.dtype)[labels]", "[labels]"),
            "labels off by one": ("[labels]\n", "[labels - 1]\n"),
            "none of the classes wants zeros": ("np.full((1, K), 1 / K)", "np.zeros((1, K))"),
            "no log": ("np.log(total[:, 0])", "total[:, 0]"),
        },
    ),
    *bugs_of(
        "nn/optimizers.py",
        "tests/nn/test_optimizers.py",
        {
            "the mean's start is not corrected": ("v_correction / m_correction", "v_correction"),
            "the square's start is not corrected": ("math.sqrt(1 - self.beta2**self.t)", "1.0"),
            "epsilon inside the root": ("(np.sqrt(v) + epsilon)", "np.sqrt(v + epsilon)"),
            "epsilon is not scaled": ("epsilon = self.epsilon * v_correction", "epsilon = self.epsilon"),
            "the step is counted too late": (
                "        self.t += 1\n        # The two",
                "        # The two",
            ),
            "the mean of the gradient, not of its square": (
                "v += (1 - self.beta2) * g * g",
                "v += (1 - self.beta2) * g",
            ),
            "beta1 for beta2": ("v *= self.beta2", "v *= self.beta1"),
            "weight decay grows the weights": (
                "theta *= 1 - learning_rate",
                "theta *= 1 + learning_rate",
            ),
            "weight decay by the whole step": (
                "theta *= 1 - learning_rate * self.weight_decay",
                "theta *= 1 - self.weight_decay",
            ),
            "a warm-up that begins at zero": (
                "peak * (step + 1) / warmup_steps",
                "peak * step / warmup_steps",
            ),
            "a whole cosine": ("math.cos(math.pi * progress)", "math.cos(2 * math.pi * progress)"),
            "no final rate": ("(final_rate + (1 - final_rate) * 0.5", "((1 - final_rate) * 0.5"),
            "the average remembers its random start": (
                "min(self.decay, self.t / (self.t + self.ramp))",
                "self.decay",
            ),
            "the average is swapped in, but not out": ("self.average[:] = before", "pass"),
            "the average is the parameters": (
                "self.average = parameters.copy()",
                "self.average = parameters",
            ),
        },
    ),
    *bugs_of(
        "nn/network.py",
        "tests/nn/test_network.py tests/nn/test_gradient_table.py",
        {
            "gradients of the layers are not part of the network's": (
                "self.write_gradients_to(np.zeros_like(self.parameters))",
                "self.gradients = np.zeros_like(self.parameters)",
            ),
            "backward from the first layer on": (
                "for layer in reversed(self.executed):",
                "for layer in self.executed:",
            ),
            "gradients are copies, not views": (
                "_make_views([layer.grads for layer in self.layers], vector)",
                "pass",
            ),
            "parameters in another order": (
                "for p in layer.params.values()]",
                "for p in reversed(layer.params.values())]",
            ),
            "one layer may be used twice": (
                "len({id(layer) for layer in layers}) < len(layers)",
                "False",
            ),
        },
    ),
    *bugs_of(
        "nn/kernels/fused.py",
        FUSED,
        {
            "direct step: two weights mixed up": (
                "y1 = a1 * p + a2 * q + a3 * r",
                "y1 = a1 * p + a2 * r + a3 * q",
            ),
            "direct backward: a row too high": (
                "dW[8, f] += c2 * g0 + c3 * g1 + d2 * g2 + d3 * g3",
                "dW[8, f] += c2 * g0 + c3 * g1 + c2 * g2 + c3 * g3",
            ),
            "db of what ReLU cut off": (
                "gradient[f] if where[f] != NO_WINNER else 0 * gradient[f]",
                "gradient[f]",
            ),
            "Winograd: a sign in the input's transform": (
                "t2[c] = s2[c] - s1[c]",
                "t2[c] = s1[c] - s2[c]",
            ),
            "Winograd: a sign in the output's transform": ("m1 - m2 - m3", "m1 - m2 + m3"),
            "pooling before the bias's sign is known": (
                "return (top, where) if top > 0",
                "return (top, where) if top - bias > 0",
            ),
            "ties in the fused pool go to the last": ("(y1, 1) if y1 > y0", "(y1, 1) if y1 >= y0"),
        },
    ),
    *bugs_of(
        "nn/kernels/sparse.py",
        FUSED,
        {
            "sparse backward: the patch of another output": ("2 * j + (k & 1)", "2 * j + (k >> 1)"),
            "sparse backward: the last maxima are left out": (
                "for q in range(0, count, 4):",
                "for q in range(0, count - 3, 4):",
            ),
            "sparse backward: stale gradients behind the last": (
                "for q in range(count, count + 3):\n        first[q] = 0\n        gradient[q] = 0",
                "for q in range(count, count + 3):\n        first[q] = 0",
            ),
            "sparse dx does not begin at zero": ("        dx[n] = 0\n", ""),
        },
    ),
    *bugs_of(
        "nn/fast/winograd_conv.py",
        "tests/nn/test_winograd_conv.py",
        {
            "a wrong factor in G": (
                "[-1, 1, -1], [1, 2, 4], [0, 0, 6]]",
                "[-1, 1, 1], [1, 2, 4], [0, 0, 6]]",
            ),
            "a wrong sign in B": ("[1, 1, 1, 1, -2]", "[1, 1, 1, 1, 2]"),
            "fits whatever the stride": ("== ((3, 3), (1, 1), (0, 0))", "[0] == (3, 3)"),
        },
    ),
    *bugs_of(
        "nn/fast/fused_steps.py",
        FUSED,
        {
            "the last block of images is left out": (
                "for start in range(0, N, IMAGES_IN_CACHE):",
                "for start in range(0, max(N - IMAGES_IN_CACHE + 1, min(N, 1)), IMAGES_IN_CACHE):",
            ),
            "a wider window is fused as if 2×2": (
                "(pool.window, pool.stride) != ((2, 2), (2, 2))",
                "pool.stride != (2, 2)",
            ),
            "padding is fused as if none": (
                "(conv.kernel_size, conv.stride, conv.padding) == ((3, 3), (1, 1), (0, 0))",
                "(conv.kernel_size, conv.stride) == ((3, 3), (1, 1))",
            ),
        },
    ),
    *bugs_of(
        "nn/data_parallel.py",
        PARALLEL,
        {
            "gradients are summed, not averaged": ("        self.network.gradients /= count\n", ""),
            "the mean over full micro-batches": (
                "self.network.gradients /= count",
                "self.network.gradients /= 32 * micro_batch_count('gradients', count)",
            ),
            "the last micro-batch is forgotten": (
                'shared.gradients[: micro_batch_count("gradients", count)]',
                "shared.gradients[: max(1, count // 32)]",
            ),
            "labels of the first rows": (
                "shared.labels[:count] = labels[rows]",
                "shared.labels[:count] = labels[:count]",
            ),
            "workers keep their first parameters": (
                "                self._shared.parameters[:] = self.network.parameters\n",
                "                pass\n",
            ),
            "the second chunk lands on the first": (
                "logits[start : start + len(chunk)] = self",
                "logits[: len(chunk)] = self",
            ),
            "the second chunk reads the first": (
                "chunk = examples[start : start + self.max_images]",
                "chunk = examples[start * 0 : len(examples[start:])][: self.max_images]",
            ),
            "nothing is free again": ("self._shared.taken[:] = False", "pass"),
            "negative rows count from the end": ("if rows.min() < 0:", "if False:"),
        },
    ),
    *bugs_of(
        "nn/micro_batches.py",
        PARALLEL,
        {
            "a smaller batch keeps rows of the larger one": (
                "min((k + 1) * size, count)",
                "(k + 1) * size",
            ),
            "micro-batches before one's place are left to nobody": (
                "[*range(first, len(taken)), *range(first)]",
                "[*range(first, len(taken))]",
            ),
            "the last, smaller micro-batch is dropped": (
                "return -(-count // micro_batch_size(task))",
                "return max(1, count // micro_batch_size(task))",
            ),
            "workers answer questions with the parameters of the start": (
                "            network.parameters[:] = shared.parameters\n",
                "",
            ),
            "workers build the network in float32": (
                "dtype=self.dtype, fused=self.fused",
                "fused=self.fused",
            ),
        },
    ),
    *bugs_of(
        "nn/weights.py",
        "tests/nn/test_weights.py",
        {
            "Adam's steps are not read": (
                'optimizer.t = average.t = int(arrays["t"])',
                'average.t = int(arrays["t"])',
            ),
            "the average is not kept": ('"average": average.average}', '"average": network.parameters}'),
            "m and v mixed up": (
                '{"m": optimizer.m[0], "v": optimizer.v[0]}',
                '{"v": optimizer.m[0], "m": optimizer.v[0]}',
            ),
            "weights of another architecture are read": (
                'if header["architecture"] != network.architecture():',
                "if False:",
            ),
            "NaN among the weights": ("if not np.isfinite(found).all():", "if False:"),
        },
    ),
    *bugs_of(
        "nn/files.py",
        "tests/nn/test_weights.py tests/digits/test_training.py tests/window/test_files.py",
        {
            "written in place": (
                "        yield beside\n        os.replace(beside, path)",
                "        yield path",
            ),
        },
    ),
]
