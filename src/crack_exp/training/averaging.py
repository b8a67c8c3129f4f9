"""The running average of a model's weights, which is what a pretraining ends with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import numpy as np


class WeightAverage:
    """An exponential moving average over steps of all weights, with the moving statistics that belong to them.

    momentum: the share that a step leaves of the average before it; 0 keeps the latest weights. At the start it is
    smaller, so that the first weights are forgotten: at most (1 + n) / (10 + n) for step n.
    """

    def __init__(self, momentum: float, weights: Sequence[np.ndarray], steps: int) -> None:
        self.weights = [np.array(weight) for weight in weights]
        self._momentum, self._steps = momentum, steps

    def update(self, model: keras.Model, steps: int) -> None:
        """Take in the weights after `steps` steps in all; what lies between two calls is counted as those."""
        momentum = min(self._momentum, (1 + steps) / (10 + steps)) ** (steps - self._steps)
        for average, weight in zip(self.weights, model.get_weights(), strict=True):
            average += (1 - momentum) * (weight - average)
        self._steps = steps

    @contextmanager
    def applied(self, model: keras.Model) -> Iterator[None]:
        """Inside, `model` has the average as its weights."""
        own = model.get_weights()
        model.set_weights(self.weights)
        try:
            yield
        finally:
            model.set_weights(own)
