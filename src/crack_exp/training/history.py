"""What is kept of an epoch. Imports nothing heavy: whoever reads old runs needs no Keras."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EpochRecord:
    """One epoch, counted from 1 through all phases. Losses in nats, accuracies in [0, 1]; `seconds` with validation."""

    epoch: int
    phase: str
    train_loss: float
    val_loss: float
    train_accuracy: float
    val_accuracy: float
    learning_rate: float
    seconds: float
