"""One phase of training, from compiling to the best weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
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
    """What one phase trains, and how.

    trainable_from: its first trainable layer, by name.
    patience: epochs without a lower validation loss before the phase ends and its best weights return; None trains all
    epochs and keeps the last weights.
    """

    name: str
    optimizer: keras.optimizers.Optimizer
    epochs: int
    trainable_from: str
    _: KW_ONLY
    train_batch_norm: bool
    loss: keras.losses.Loss
    patience: int | None


class EpochBatches(Protocol):
    """Training batches that know how to become those of an epoch."""

    dataset: Any

    def set_epoch(self, epoch: int) -> None: ...


@dataclass(frozen=True)
class PhaseData:
    """What a phase learns from and is watched by. seed: of order, augmentation and dropout of each epoch.

    class_weights: {label: weight}, None for equal ones.
    """

    train: EpochBatches
    validation: Any
    class_weights: Mapping[int, float] | None
    seed: int


@dataclass(frozen=True)
class PhaseStart:
    """Where a phase begins.

    history: epochs of earlier phases; they share one axis with this one's.
    checkpoint: where this phase stood when it was killed; None starts it.
    loss_to_beat: validation loss of the weights that it starts from, where those are worth keeping; with `patience`,
    they return if no epoch is better.
    """

    history: Sequence[EpochRecord]
    checkpoint: Checkpoint | None
    loss_to_beat: float | None


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
    data: PhaseData,
    start: PhaseStart,
    *,
    callbacks: Sequence[keras.callbacks.Callback],
    save: Callable[[Checkpoint], None],
) -> list[EpochRecord]:
    """Train `phase` and leave `model` with its best weights; returns the epochs of all phases through its end.

    model:     the network, or the part of it above what is frozen; what it trains is unfrozen already.
    callbacks: find the record of the epoch in `logs[RECORD]`.
    save:      called after every epoch, and at the end, with all that is needed to go on from there.
    """
    compile_phase(model, phase)
    checkpoint, before = start.checkpoint, len(start.history)
    records = list(checkpoint.history if checkpoint else start.history)
    stopping = EarlyStopping(phase.patience, start.loss_to_beat) if phase.patience else None
    if checkpoint:
        restore(checkpoint, model, stopping)
        if checkpoint.finished:
            return records
    model.fit(
        data.train.dataset,
        validation_data=data.validation,
        initial_epoch=phase.epochs if checkpoint and checkpoint.stopped else len(records) - before,
        epochs=phase.epochs,
        class_weight=data.class_weights,
        shuffle=False,  # the batches are shuffled already
        callbacks=[
            EpochSeeds(data.seed, data.train.set_epoch, before),
            *([stopping] if stopping else []),
            EpochLog(phase.name, records, before),
            *callbacks,
            SaveCheckpoint(phase.name, records, stopping, save),
            LiveProgress(phase.name, phase.epochs),
        ],
        verbose=0,
    )
    save(take(model, phase.name, records, stopping, finished=True))
    return records
