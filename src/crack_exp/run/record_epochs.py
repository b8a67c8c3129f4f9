"""What is recorded of each epoch and phase while a run trains."""

import logging
from collections.abc import Sequence
from typing import Any

import keras

from crack_exp.run_files import names
from crack_exp.tracking.recorder import Recorder
from crack_exp.training.callbacks import RECORD
from crack_exp.training.history import EpochRecord

log = logging.getLogger(__name__)


class RecordEpochs(keras.callbacks.Callback):
    """Logs each epoch on the console and in MLflow. epochs: the number of the last epoch of this phase."""

    def __init__(self, recorder: Recorder, epochs: int) -> None:
        super().__init__()
        self.recorder, self.epochs = recorder, epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        record: EpochRecord = logs[RECORD]
        log.info(
            "%s: epoch %d/%d, loss %.4f, accuracy %.4f, val_loss %.4f, val_accuracy %.4f, %.1f s",
            *(record.phase, record.epoch, self.epochs, record.train_loss, record.train_accuracy),
            *(record.val_loss, record.val_accuracy, record.seconds),
        )
        record_epoch(self.recorder, record)


def record_epoch(recorder: Recorder, record: EpochRecord) -> None:
    """Log one epoch in MLflow; its `phase` counts 0 for the head and 1 for fine-tuning."""
    recorder.metrics(
        {
            # Alone under their prefix: MLflow then shows these four curves first, above all other numbers. It lists
            # metrics, and draws parallel coordinates of the first, in the order in which they came.
            f"{names.EPOCH}val_loss": record.val_loss,
            f"{names.EPOCH}val_accuracy": record.val_accuracy,
            f"{names.EPOCH}train_loss": record.train_loss,
            f"{names.EPOCH}train_accuracy": record.train_accuracy,
            f"{names.SCHEDULE}phase": float(record.phase != names.HEAD),
            f"{names.SCHEDULE}learning_rate": record.learning_rate,
            f"{names.SCHEDULE}epoch_seconds": record.seconds,
        },
        step=record.epoch,
    )


def record_phase(recorder: Recorder, phase: str, epochs: Sequence[EpochRecord], images: int) -> None:
    """Log the seconds of a phase in MLflow, and how many of its `images` it processed a second, validation included.

    Summed over its epochs, so that a resumed phase counts those from before the break as well.
    """
    seconds = sum(epoch.seconds for epoch in epochs)
    rate = len(epochs) * images / seconds
    recorder.metrics({names.SECONDS_OF + phase: seconds, names.IMAGES_PER_SECOND + phase: rate}, step=None)
