"""Checkpoints, from which a killed phase continues to the same result as an uninterrupted one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from crack_exp.system.errors import UserError
from crack_exp.system.files import atomic_file
from crack_exp.system.own_files import must_be
from crack_exp.training.callbacks import EarlyStopping
from crack_exp.training.history import EpochRecord


@dataclass(frozen=True)
class Checkpoint:
    """The state of a phase after its last complete epoch.

    stopped:  early stopping has ended it; finished: the best weights are restored, and the optimizer is not saved.
    best, wait, best_weights: state of early stopping; best_weights is empty if there are none yet.
    """

    phase: str
    history: list[EpochRecord]
    weights: list[np.ndarray]
    optimizer: list[np.ndarray]
    stopped: bool
    finished: bool
    best: float | None
    wait: int
    best_weights: list[np.ndarray]


def take_checkpoint(
    model: keras.Model, phase: str, history: list[EpochRecord], stopping: EarlyStopping | None, *, finished: bool
) -> Checkpoint:
    """A checkpoint of the current state of `model` and its optimizer."""
    return Checkpoint(
        phase=phase,
        history=list(history),
        weights=model.get_weights(),
        optimizer=[] if finished else [keras.ops.convert_to_numpy(one) for one in model.optimizer.variables],
        stopped=bool(model.stop_training),
        finished=finished,
        best=float(stopping.best) if stopping and stopping.best is not None else None,
        wait=stopping.wait if stopping else 0,
        best_weights=(stopping.best_weights or []) if stopping and not finished else [],
    )


def restore(checkpoint: Checkpoint, model: keras.Model, stopping: EarlyStopping | None) -> None:
    """Set a newly compiled `model` and `stopping` to the state of `checkpoint`.

    Raises UserError if the checkpoint is of another part of the network.
    """
    if [weight.shape for weight in checkpoint.weights] != [tuple(weight.shape) for weight in model.weights]:
        raise UserError(
            "resume: that run trained another part of the network: there was room for its features "
            "(runtime.feature_cache) and there is none now, or the reverse; change that, or start a new run"
        )
    model.set_weights(checkpoint.weights)
    if checkpoint.finished:
        return
    if len(checkpoint.optimizer) != len(model.optimizer.variables):
        raise UserError("resume: that run had another optimizer; start a new run")
    for variable, value in zip(model.optimizer.variables, checkpoint.optimizer, strict=True):
        variable.assign(value)
    if stopping:
        stopping.restored = {
            "best": checkpoint.best,
            "wait": checkpoint.wait,
            "best_weights": checkpoint.best_weights or None,
        }


class SaveCheckpoint(keras.callbacks.Callback):
    """Calls `save` with a checkpoint after every epoch. Must come after early stopping and EpochLog in the list."""

    def __init__(
        self,
        phase: str,
        history: list[EpochRecord],
        stopping: EarlyStopping | None,
        save: Callable[[Checkpoint], None],
    ) -> None:
        super().__init__()
        self.phase, self.history, self.stopping, self.save = phase, history, stopping, save

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.save(take_checkpoint(self.model, self.phase, self.history, self.stopping, finished=False))


ARRAYS = ("weights", "optimizer", "best_weights")


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Replace `path` atomically: a reader finds the old checkpoint or the new one."""
    values = {key: value for key, value in vars(checkpoint).items() if key not in ARRAYS}
    values["history"] = [asdict(record) for record in checkpoint.history]
    write_npz(path, values, {part: getattr(checkpoint, part) for part in ARRAYS})


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint that `write_checkpoint` wrote to `path`. A file of anything else raises any kind of exception."""
    values, arrays = read_npz(path)
    values["history"] = [EpochRecord(**record) for record in values["history"]]
    checkpoint = Checkpoint(**(values | {part: arrays.get(part, []) for part in ARRAYS}))
    must_be(all(record.is_possible for record in checkpoint.history), "what epochs measure")
    must_be(all(np.isfinite(weight).all() for weight in checkpoint.weights), "finite weights")
    return checkpoint


def write_npz(path: Path, values: Mapping[str, Any], lists: Mapping[str, Sequence[np.ndarray]]) -> None:
    """Write JSON values and lists of arrays atomically to one .npz file."""
    arrays: dict[str, Any] = {"plain": np.frombuffer(json.dumps(values).encode(), np.uint8)}
    arrays |= {f"{name}/{index}": array for name, of_name in lists.items() for index, array in enumerate(of_name)}
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as file:
        np.savez(file, **arrays)


def read_npz(path: Path) -> tuple[dict[str, Any], dict[str, list[np.ndarray]]]:
    """The values and lists that `write_npz` wrote, without empty lists."""
    lists: dict[str, list[np.ndarray]] = {}
    # An open file: NumPy does not close one that it cannot read.
    with path.open("rb") as content, np.load(content) as file:
        for key in file.files:
            if key != "plain":
                lists.setdefault(key.partition("/")[0], []).append(file[key])
        return json.loads(file["plain"].tobytes()), lists
