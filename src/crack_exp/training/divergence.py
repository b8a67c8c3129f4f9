"""Ends a training whose loss or weights are no longer finite numbers."""

import math

import keras

from crack_exp.model.weights import not_finite
from crack_exp.system.errors import UserError


class Diverged(UserError):
    """The loss, a weight or a prediction is no finite number: a training that is resumed would end there again."""


class StopWhenDiverged(keras.callbacks.Callback):
    """Raises Diverged at the first batch whose loss, or epoch whose validation loss or weights, are not finite.

    With mixed_float16, Keras scales the loss, and leaves out a step whose gradients are too large for 16 bits. The loss
    in the logs is not scaled, and the weights do not change then: this does not end such a training.

    phase: its name; optimizer: where the settings have its optimizer; before: the number of epochs of earlier phases.
    """

    def __init__(self, phase: str, optimizer: str, before: int) -> None:
        super().__init__()
        self.phase, self.optimizer, self.before = phase, optimizer, before
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.epoch = self.before + epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._check("loss", logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._check("val_loss", logs)
        if (weight := not_finite(self.model)) is not None:
            raise self._diverged(f"the weight {weight} is not finite")

    def _check(self, name: str, logs: dict[str, float] | None) -> None:
        assert logs is not None
        if not math.isfinite(logs[name]):
            raise self._diverged(f"{name} is {logs[name]}")

    def _diverged(self, what: str) -> Diverged:
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        return diverged(self.optimizer, rate, f"{what} in epoch {self.epoch} ({self.phase})")


def diverged(optimizer: str, learning_rate: float, what: str) -> Diverged:
    """The error for it; what: "loss is nan in epoch 2"."""
    return Diverged(f"{optimizer}.learning_rate={learning_rate:g}: {what}; start again with a lower one")
