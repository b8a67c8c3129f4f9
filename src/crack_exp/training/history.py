"""The record of an epoch. It imports no Keras, so that old runs can be read without it."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class EpochRecord:
    """One epoch, counted from 1 over all phases. Losses in nats, accuracies in [0, 1]; `seconds` with validation."""

    epoch: int
    phase: str
    train_loss: float
    val_loss: float
    train_accuracy: float
    val_accuracy: float
    learning_rate: float
    seconds: float

    @property
    def is_possible(self) -> bool:
        """Whether its values can be those of an epoch: asked of one that was read from a file."""
        losses, accuracies = (self.train_loss, self.val_loss), (self.train_accuracy, self.val_accuracy)
        return (
            self.epoch >= 1
            and all(map(math.isfinite, (*losses, self.learning_rate)))
            and all(0 <= accuracy <= 1 for accuracy in accuracies)
            and 0 <= self.seconds < math.inf
        )
