"""Trains one phase: compiles the model, fits it, and restores the best weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Protocol

import keras
import numpy as np

from crack_exp.model.freezing import train_from
from crack_exp.model.variables import make_variables
from crack_exp.training.callbacks import EarlyStopping, EpochLog, EpochSeeds, LiveProgress
from crack_exp.training.checkpoint import Checkpoint, SaveCheckpoint, restore, take_checkpoint
from crack_exp.training.divergence import StopWhenDiverged
from crack_exp.training.history import EpochRecord


@dataclass(frozen=True)
class Phase:
    """The settings of one phase.

    trainable_from: name of its first trainable layer.
    setting: where the settings have its optimizer, for error messages.
    patience: epochs without a lower validation loss, after which the phase ends and restores the best weights; None
    trains all epochs and keeps the last weights.
    """

    name: str
    optimizer: keras.optimizers.Optimizer
    epochs: int
    trainable_from: str
    _: KW_ONLY
    setting: str
    train_batch_norm: bool
    loss: keras.losses.Loss
    patience: int | None


class EpochBatches(Protocol):
    """Training batches that depend on the epoch."""

    @property
    def fed(self) -> Any: ...

    def set_epoch(self, epoch: int) -> None: ...


@dataclass(frozen=True)
class PhaseData:
    """Training and validation data of a phase. seed: for order, augmentation and dropout of each epoch.

    class_weights: {label: weight}, None for equal ones.
    """

    train: EpochBatches
    validation: Any
    class_weights: Mapping[int, float] | None
    seed: int


@dataclass(frozen=True)
class PhaseStart:
    """The state at the start of a phase.

    history: epochs of earlier phases; the numbers of this phase's epochs continue theirs.
    checkpoint: the state in which this phase was killed; None starts it.
    loss_to_beat: validation loss of the initial weights, or None; with `patience`, they are restored if no epoch is
    better.
    """

    history: Sequence[EpochRecord]
    checkpoint: Checkpoint | None
    loss_to_beat: float | None


def unfreeze(model: keras.Model, phase: Phase) -> None:
    """Make the layers that `phase` trains trainable, and freeze the others in the whole network `model`."""
    train_from(model, phase.trainable_from, train_batch_norm=phase.train_batch_norm)


def compile_phase(model: keras.Model, phase: Phase) -> None:
    """Compile `model` for `phase`. With mixed_float16, Keras scales the loss."""
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
    """Train `phase`; `model` then has the best weights. Returns the epochs of all phases so far.

    model:     the network, or the part of it above the frozen layers; call `unfreeze` before.
    callbacks: get the record of the epoch in `logs[RECORD]`.
    save:      called after every epoch, and at the end, with the state to resume from.
    Raises Diverged where the loss or a weight is no longer a finite number.
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
        data.train.fed,
        validation_data=data.validation,
        initial_epoch=phase.epochs if checkpoint and checkpoint.stopped else len(records) - before,
        epochs=phase.epochs,
        class_weight=data.class_weights,
        shuffle=False,  # the batches are shuffled already
        callbacks=[
            EpochSeeds(data.seed, data.train.set_epoch, before),
            StopWhenDiverged(phase.name, phase.setting, before),
            *([stopping] if stopping else []),
            EpochLog(phase.name, records, before),
            *callbacks,
            SaveCheckpoint(phase.name, records, stopping, save),
            LiveProgress(phase.name, before + phase.epochs, before),
        ],
        verbose=0,
    )
    save(take_checkpoint(model, phase.name, records, stopping, finished=True))
    return records
