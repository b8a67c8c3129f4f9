"""The record of an epoch. It imports no Keras, so that old runs can be read without it."""

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
