"""How parameters move: Adam, the schedule of its learning rate, and the average of the way.

Each step follows the gradient of one batch only, not of all digits: stochastic gradient descent.
"""

import math

import numpy as np


class Adam:
    """Steps of about the learning rate's size for every parameter, whatever its gradient's scale.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1:
        m ← β₁ m + (1 − β₁) g           mean of the gradient
        v ← β₂ v + (1 − β₂) g²          mean of its square
        θ ← θ − α · m̂ / (√v̂ + ε)        with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ), which undo
                                        the start from zero.
    With weight decay λ every parameter also shrinks by the share α λ in each step: what the loss
    does not hold on to fades. (AdamW: Loshchilov and Hutter, "Decoupled Weight Decay Regularization"
    (2019), algorithm 2.)
    It sees pairs (parameter, gradient) of arrays, changes the first in place, and knows no layers.
    """

    def __init__(self, parameters, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.0):
        self.parameters, self.weight_decay = parameters, weight_decay
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.t = 0
        self.m = [np.zeros_like(parameter) for parameter in parameters]
        self.v = [np.zeros_like(parameter) for parameter in parameters]

    def step(self, gradients, learning_rate):
        """Move every parameter by its gradient (arrays in the parameters' order and shapes)."""
        self.t += 1
        # The two corrections, 1 / (1 − βᵗ), are numbers: taken out of the arrays (section 2).
        m_scale, v_scale = 1 - self.beta1**self.t, math.sqrt(1 - self.beta2**self.t)
        size, epsilon = learning_rate * v_scale / m_scale, self.epsilon * v_scale
        for theta, g, m, v in zip(self.parameters, gradients, self.m, self.v, strict=True):
            m *= self.beta1
            m += (1 - self.beta1) * g
            v *= self.beta2
            v += (1 - self.beta2) * g * g
            theta *= 1 - learning_rate * self.weight_decay
            theta -= size * m / (np.sqrt(v) + epsilon)


def warmup_cosine(step, total_steps, peak, warmup, floor):
    """Learning rate at `step` (from 0): a straight rise to the peak, then half a cosine to the floor.

    `warmup` is the share of all steps that the rise takes, `floor` a share of the peak.
    The rise spares the fresh network large steps in directions that Adam has not yet measured;
    the fall lets it settle (Loshchilov and Hutter, "SGDR" (2017), eq. 5, without restarts). A
    floor above 0 keeps it on the move to the end: settling is the average's job then.
    """
    rise = max(1, round(warmup * total_steps))
    if step < rise:
        return peak * (step + 1) / rise
    progress = (step - rise) / max(1, total_steps - rise)
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress)))


class WeightAverage:
    """An exponential moving average of the parameters: the middle of what Adam's steps jump around.

    average ← decay · average + (1 − decay) · θ after each step, with a smaller decay at first, so
    that the first random weights are soon forgotten. (Polyak and Juditsky (1992); this form as in
    Tan and Le, "EfficientNet" (2019).)
    """

    def __init__(self, parameters, decay=0.9995):
        self.parameters, self.decay, self.t = parameters, decay, 0
        self.average = parameters.copy()

    def update(self):
        """Take the parameters as they are now into the average."""
        self.t += 1
        decay = min(self.decay, self.t / (self.t + 10))
        self.average *= decay
        self.average += (1 - decay) * self.parameters

    def swap(self):
        """Put the average in place of the parameters, or back."""
        self.average[:], self.parameters[:] = self.parameters.copy(), self.average.copy()
