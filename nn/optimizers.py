"""How parameters move: Adam, the schedule of its learning rate, and a moving average of the weights.

Each step follows the gradient of one batch only, not of the whole training set: stochastic gradient
descent.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy import ndarray

from nn.array_types import Float


class Adam:
    """Adam: every parameter moves by about the learning rate, whatever its gradient's scale.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1:
        m ← β₁ m + (1 − β₁) g           moving average of the gradient
        v ← β₂ v + (1 − β₂) g²          and of its square
        θ ← θ − α · m̂ / (√v̂ + ε)        with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ), which undo
                                        the start from zero.
    With weight decay λ every parameter also shrinks by the share α λ in each step, so that a weight
    that the loss does not need goes to zero. (AdamW: Loshchilov and Hutter, "Decoupled Weight Decay
    Regularization" (2019), algorithm 2, with the factor α, as PyTorch has it.)
    It takes one array of parameters, or several, and changes them in place.
    """

    def __init__(
        self,
        parameters: Float[ndarray, "..."] | Sequence[Float[ndarray, "..."]],
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        self.parameters = _as_list(parameters)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weight_decay = weight_decay
        self.t = 0
        self.m = [np.zeros_like(parameter) for parameter in self.parameters]
        self.v = [np.zeros_like(parameter) for parameter in self.parameters]

    def step(
        self,
        gradients: Float[ndarray, "..."] | Sequence[Float[ndarray, "..."]],
        learning_rate: float,
    ) -> None:
        """One Adam update of every parameter; gradients have the parameters' order and shapes."""
        gradients = _as_list(gradients)
        if [g.shape for g in gradients] != [theta.shape for theta in self.parameters]:
            raise ValueError("the gradients have other shapes than the parameters")
        self.t += 1
        # Both bias corrections are scalars, so they are folded into the step size; scaling ε, too, keeps
        # the result equal to algorithm 1 (see the end of the paper's section 2).
        m_correction = 1 - self.beta1**self.t
        v_correction = math.sqrt(1 - self.beta2**self.t)
        step_size = learning_rate * v_correction / m_correction
        epsilon = self.epsilon * v_correction
        for theta, g, m, v in zip(self.parameters, gradients, self.m, self.v, strict=True):
            m *= self.beta1
            m += (1 - self.beta1) * g
            v *= self.beta2
            v += (1 - self.beta2) * g * g
            theta *= 1 - learning_rate * self.weight_decay
            theta -= step_size * m / (np.sqrt(v) + epsilon)


def _as_list(arrays: ndarray | Sequence[ndarray]) -> list[ndarray]:
    return [arrays] if isinstance(arrays, ndarray) else list(arrays)


def warmup_cosine(step: int, total_steps: int, peak: float, warmup: float, final_rate: float) -> float:
    """Learning rate at `step` (from 0): a linear rise to the peak, then half a cosine down.

    `warmup` is the share of all steps that the rise takes; the cosine approaches
    `final_rate`, a fraction of the peak. The rise avoids large steps before Adam's averages are
    reliable; the fall lets it settle (Loshchilov and Hutter, "SGDR" (2017), eq. 5, without
    restarts). A final rate above 0 keeps the weights moving to the end, for WeightAverage to average.
    """
    warmup_steps = max(1, round(warmup * total_steps))
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    return peak * (final_rate + (1 - final_rate) * 0.5 * (1 + math.cos(math.pi * progress)))


class WeightAverage:
    """An exponential moving average of the parameters, which evens out the noise of single steps.

    average ← decay · average + (1 − decay) · θ after each step, with the decay t / (t + 10) while that
    is smaller, so that the first random weights are soon forgotten. (That an average does better than
    the last point: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992).)
    """

    ramp = 10  # the larger, the later the decay reaches its final value

    def __init__(self, parameters: Float[ndarray, "P"], decay: float = 0.9995) -> None:
        self.parameters = parameters
        self.decay = decay
        self.t = 0
        self.average = parameters.copy()

    def update(self) -> None:
        """Update the average with the current parameters."""
        self.t += 1
        decay = min(self.decay, self.t / (self.t + self.ramp))
        self.average *= decay
        self.average += (1 - decay) * self.parameters

    def swap(self) -> None:
        """Put the average in place of the parameters, or back."""
        before = self.parameters.copy()
        self.parameters[:] = self.average
        self.average[:] = before
