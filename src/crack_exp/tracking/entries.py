"""What is recorded of a run, as JSON values: it can be kept in a file, and be recorded by another process."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_exp.tracking.datasets import SplitRecord, dataset_input
from crack_exp.tracking.log_model import log_model, log_model_metrics

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

STATUS = "status"


@dataclass(frozen=True)
class Entry:
    """what: it records, in words; kind: one of KINDS; values: of JSON, by the names of that function's arguments."""

    what: str
    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Target:
    """The run that is written to. folder: of its files, which entries name by their paths in it."""

    client: "MlflowClient"
    run: "Run"
    folder: Path

    @property
    def run_id(self) -> str:
        return str(self.run.info.run_id)

    def path(self, name: str) -> str:
        """Raises ValueError for a name that leads out of the run's folder: others may have written its files."""
        whole = (self.folder / name).resolve()
        if not whole.is_relative_to(self.folder):
            raise ValueError(f"'{name}' is not in the folder of the run")
        return str(whole)


def record(entry: Entry, target: Target) -> None:
    """Write the entry to the run. Raises whatever the disk, sqlite, a database driver or HTTP may raise."""
    KINDS[entry.kind](target, **entry.values)


def _params(target: Target, params: Mapping[str, str]) -> None:
    from mlflow.entities import Param

    target.client.log_batch(target.run_id, params=[Param(key, value) for key, value in params.items()])


def _tags(target: Target, tags: Mapping[str, str]) -> None:
    from mlflow.entities import RunTag

    target.client.log_batch(target.run_id, tags=[RunTag(key, value) for key, value in tags.items()])


def _metrics(target: Target, metrics: Mapping[str, float], step: int, time_ms: int) -> None:
    from mlflow.entities import Metric

    entries = [Metric(key, value, time_ms, step) for key, value in metrics.items()]
    target.client.log_batch(target.run_id, metrics=entries)


def _model_metrics(target: Target, metrics: Mapping[str, float], time_ms: int, dataset: str, digest: str) -> None:
    """Metrics of the run that belong to its model: their step and time make them the same ones."""
    from mlflow.entities import Metric

    entries = [
        Metric(key, value, time_ms, 0, dataset_name=dataset, dataset_digest=digest) for key, value in metrics.items()
    ]
    log_model_metrics(target.client, target.run_id, entries)


def _datasets(target: Target, splits: list[dict[str, Any]]) -> None:
    target.client.log_inputs(target.run_id, datasets=[dataset_input(SplitRecord(**split)) for split in splits])


def _file(target: Target, path: str, to: str | None) -> None:
    target.client.log_artifact(target.run_id, target.path(path), to)


def _files(target: Target, path: str, to: str | None) -> None:
    target.client.log_artifacts(target.run_id, target.path(path), to)


def _model(target: Target, network: str, card: Mapping[str, Any], example: str) -> None:
    """example: the bytes of an image file, in base64."""
    log_model(target.client, target.run, Path(target.path(network)), card, base64.b64decode(example))


def _status(target: Target, status: str) -> None:
    target.client.set_terminated(target.run_id, status)


KINDS: dict[str, Callable[..., None]] = {
    "params": _params,
    "tags": _tags,
    "metrics": _metrics,
    "datasets": _datasets,
    "file": _file,
    "files": _files,
    "model": _model,
    "model_metrics": _model_metrics,
    STATUS: _status,
}
