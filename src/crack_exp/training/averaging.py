"""A moving average of a model's weights, the result of a pretraining."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import numpy as np


class WeightAverage:
    """An exponential moving average over steps of all weights, including the moving statistics.

    momentum: weight of the previous average in each step; 0 keeps the latest weights. At the start it is smaller, so
    that the initial weights have little influence: at most (1 + n) / (10 + n) in step n.
    """

    def __init__(self, momentum: float, weights: Sequence[np.ndarray], steps: int) -> None:
        self.weights = [np.array(weight) for weight in weights]
        self._momentum, self._steps = momentum, steps

    def update(self, model: keras.Model, steps: int) -> None:
        """Add the weights after `steps` steps in total; skipped steps are counted as if they had the same weights."""
        momentum = min(self._momentum, (1 + steps) / (10 + steps)) ** (steps - self._steps)
        for average, weight in zip(self.weights, model.get_weights(), strict=True):
            average += (1 - momentum) * (weight - average)
        self._steps = steps

    @contextmanager
    def applied(self, model: keras.Model) -> Iterator[None]:
        """Inside, `model` has the averaged weights; afterwards its own."""
        own = model.get_weights()
        model.set_weights(self.weights)
        try:
            yield
        finally:
            model.set_weights(own)
