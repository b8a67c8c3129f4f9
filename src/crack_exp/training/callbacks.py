"""Keras callbacks: seeds of each epoch, early stopping, records of epochs, and progress."""

import time
from collections.abc import Callable
from typing import Any

import keras

from crack_exp.data.seeding import DROPOUT, seed_layers
from crack_exp.system.progress import Task
from crack_exp.training.history import EpochRecord

RECORD = "record"
"""The key of an epoch's `EpochRecord` in its logs."""


class EpochSeeds(keras.callbacks.Callback):
    """Sets order, augmentation and dropout of each epoch from the seed and the epoch's number.

    So a resumed run trains on the same images as an uninterrupted one, without saved random states.
    """

    def __init__(self, seed: int, set_epoch: Callable[[int], None], started: int) -> None:
        super().__init__()
        self.seed, self.set_epoch, self.started = seed, set_epoch, started

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        number = self.started + epoch
        self.set_epoch(number)
        seed_layers(self.model.layers, self.seed, number, DROPOUT)


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's early stopping on val_loss, with an optional initial loss to beat, and a state that can be restored."""

    def __init__(self, patience: int, loss_to_beat: float | None) -> None:
        super().__init__(monitor="val_loss", mode="min", patience=patience, restore_best_weights=True)
        self.loss_to_beat = loss_to_beat
        self.restored: dict[str, Any] | None = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        super().on_train_begin(logs)
        if self.restored is not None:
            self.best, self.wait, self.best_weights = (self.restored[key] for key in ("best", "wait", "best_weights"))
        elif self.loss_to_beat is not None:
            self.best, self.best_weights = self.loss_to_beat, self.model.get_weights()


class EpochLog(keras.callbacks.Callback):
    """Appends a record of every epoch to `records`, and adds it to the logs for later callbacks."""

    def __init__(self, phase: str, records: list[EpochRecord], started: int) -> None:
        super().__init__()
        self.phase, self.records, self.started = phase, records, started
        self.began = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        record = EpochRecord(
            epoch=self.started + epoch + 1,
            phase=self.phase,
            train_loss=float(logs["loss"]),
            val_loss=float(logs["val_loss"]),
            train_accuracy=float(logs["accuracy"]),
            val_accuracy=float(logs["val_accuracy"]),
            learning_rate=float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            seconds=time.perf_counter() - self.began,
        )
        self.records.append(record)
        logs[RECORD] = record  # like Keras's schedules, which add the learning rate


class LiveProgress(keras.callbacks.Callback):
    """The progress over the steps of an epoch, or of a prediction.

    what: names it; epochs, started: of a training, the number of its last epoch and of those before its first, counted
    over all phases, as in the records.
    """

    def __init__(self, what: str, epochs: int = 0, started: int = 0) -> None:
        super().__init__()
        self.what, self.epochs, self.started = what, epochs, started
        self.task: Task | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._begin(f"{self.what}: epoch {self.started + epoch + 1}/{self.epochs}")

    def on_predict_begin(self, logs: dict[str, float] | None = None) -> None:
        self._begin(self.what)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._show(batch + 1)

    def on_predict_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._show(batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._close()

    def on_predict_end(self, logs: dict[str, float] | None = None) -> None:
        self._close()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self._close()

    def _begin(self, what: str) -> None:
        self.task = Task(what, self.params.get("steps"))

    def _show(self, done: int) -> None:
        assert self.task is not None
        self.task.show(done)

    def _close(self) -> None:
        if self.task is not None:  # a phase that a resumed run finds finished has no epoch
            self.task.close()
