"""All that a killed phase needs to end where the unbroken one ends, in one file that is whole or absent."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from crack_exp.system.errors import UserError
from crack_exp.system.files import written_whole
from crack_exp.training.callbacks import EarlyStopping
from crack_exp.training.history import EpochRecord


@dataclass(frozen=True)
class Checkpoint:
    """A phase after its last whole epoch.

    stopped:  early stopping has ended it; finished: its best weights are back in place, and the optimizer is gone.
    best, wait, best_weights: early stopping's state; best_weights is empty where there is none yet.
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


def take(
    model: keras.Model, phase: str, history: list[EpochRecord], stopping: EarlyStopping | None, *, finished: bool
) -> Checkpoint:
    """A checkpoint of `model` and its optimizer as they are now."""
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
    """Bring a freshly compiled `model` and `stopping` to where `checkpoint` was taken.

    Raises UserError where that was another part of the network.
    """
    if [weight.shape for weight in checkpoint.weights] != [tuple(weight.shape) for weight in model.weights]:
        raise UserError(
            "resume: that run trained another part of the network, since there was room for its features "
            "(runtime.feature_cache) and is none now, or the other way round; change that, or start a new run"
        )
    model.set_weights(checkpoint.weights)
    if checkpoint.finished:
        return
    for variable, value in zip(model.optimizer.variables, checkpoint.optimizer, strict=True):
        variable.assign(value)
    if stopping:
        stopping.carried = {
            "best": checkpoint.best,
            "wait": checkpoint.wait,
            "best_weights": checkpoint.best_weights or None,
        }


class SaveCheckpoint(keras.callbacks.Callback):
    """Hands a checkpoint to `save` after every epoch. Stands behind early stopping and the log in the list."""

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
        self.save(take(self.model, self.phase, self.history, self.stopping, finished=False))


ARRAYS = ("weights", "optimizer", "best_weights")


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Replace `path` at once: a reader finds the old checkpoint or the new one, never half of one."""
    plain = {key: value for key, value in vars(checkpoint).items() if key not in ARRAYS}
    plain["history"] = [asdict(record) for record in checkpoint.history]
    write_whole(path, plain, {part: getattr(checkpoint, part) for part in ARRAYS})


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in `path`, as `write_checkpoint` left it."""
    plain, arrays = read_whole(path)
    plain["history"] = [EpochRecord(**record) for record in plain["history"]]
    return Checkpoint(**(plain | {part: arrays.get(part, []) for part in ARRAYS}))


def write_whole(path: Path, plain: Mapping[str, Any], lists: Mapping[str, Sequence[np.ndarray]]) -> None:
    """Write JSON values and lists of arrays to one .npz file, which is there whole or as it was before."""
    arrays: dict[str, Any] = {"plain": np.frombuffer(json.dumps(plain).encode(), np.uint8)}
    arrays |= {f"{name}/{index}": array for name, values in lists.items() for index, array in enumerate(values)}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as file:
        np.savez(file, **arrays)


def read_whole(path: Path) -> tuple[dict[str, Any], dict[str, list[np.ndarray]]]:
    """What `write_whole` wrote, without its empty lists."""
    lists: dict[str, list[np.ndarray]] = {}
    with np.load(path) as file:
        for key in file.files:
            if key != "plain":
                lists.setdefault(key.partition("/")[0], []).append(file[key])
        return json.loads(file["plain"].tobytes()), lists
