"""One phase of training, from compiling to the best weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np

from crack_exp.model.freezing import train_from
from crack_exp.model.variables import make_variables
from crack_exp.training.callbacks import EarlyStopping, EpochLog, EpochSeeds, LiveProgress
from crack_exp.training.checkpoint import Checkpoint, SaveCheckpoint, restore, take
from crack_exp.training.history import EpochRecord


@dataclass(frozen=True)
class Phase:
    """What one phase trains. `trainable_from` names its first trainable layer."""

    name: str
    optimizer: keras.optimizers.Optimizer
    loss: keras.losses.Loss
    epochs: int
    trainable_from: str
    train_batch_norm: bool


class EpochBatches(Protocol):
    """Training batches that know how to become those of an epoch."""

    dataset: Any

    def set_epoch(self, epoch: int) -> None: ...


def unfreeze(model: keras.Model, phase: Phase) -> None:
    """Let what `phase` trains learn, and freeze the rest of the whole network `model`."""
    train_from(model, phase.trainable_from, train_batch_norm=phase.train_batch_norm)


def compile_phase(model: keras.Model, phase: Phase) -> None:
    """Compile `model` for `phase`. Under mixed_float16, Keras scales the loss itself."""
    model.compile(phase.optimizer, loss=phase.loss, metrics=["accuracy"])
    make_variables(model, np.zeros(1, np.int32))


def fit_phase(
    model: keras.Model,
    phase: Phase,
    batches: EpochBatches,
    validation: Any,
    *,
    seed: int,
    history: Sequence[EpochRecord],
    patience: int | None,
    loss_to_beat: float | None,
    class_weights: dict[int, float] | None,
    on_epoch: Callable[[EpochRecord], None],
    checkpoint: Checkpoint | None,
    save: Callable[[Checkpoint], None],
) -> list[EpochRecord]:
    """Train `phase` and leave `model` with its best weights; returns `history` with this phase's epochs behind it.

    model:        the network, or the part of it above what is frozen; what it trains is unfrozen already.
    history:      epochs of earlier phases; they share one axis with this one's.
    patience:     epochs without a lower validation loss before the phase ends and its best weights return;
                  None trains all epochs and keeps the last weights.
    loss_to_beat: validation loss of the weights that the phase starts from, where those are worth keeping;
                  with `patience`, they return if no epoch is better.
    checkpoint:   where this phase stood when it was killed; None starts it.
    save:         called after every epoch, and at the end, with all that is needed to go on from there.
    """
    compile_phase(model, phase)
    started = len(history)
    records = list(checkpoint.history if checkpoint else history)
    stopping = EarlyStopping(patience, loss_to_beat) if patience else None
    if checkpoint:
        restore(checkpoint, model, stopping)
    if not (checkpoint and checkpoint.finished):
        done = phase.epochs if checkpoint and checkpoint.stopped else len(records) - started
        model.fit(
            batches.dataset,
            validation_data=validation,
            initial_epoch=done,
            epochs=phase.epochs,
            class_weight=class_weights,
            shuffle=False,  # the batches are shuffled already
            callbacks=[
                EpochSeeds(seed, batches.set_epoch, started),
                *([stopping] if stopping else []),
                EpochLog(phase.name, records, on_epoch, started),
                SaveCheckpoint(phase.name, records, stopping, save),
                LiveProgress(phase.name, phase.epochs),
            ],
            verbose=0,
        )
        save(take(model, phase.name, records, stopping, finished=True))
    return records
