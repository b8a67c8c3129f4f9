"""What is written to one run in MLflow; `open_run` gives it."""

import base64
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_exp.system.locks import raise_if_lost
from crack_exp.system.progress import doing
from crack_exp.tracking.datasets import SplitRecord
from crack_exp.tracking.entries import STATUS, Entry, Target, record
from crack_exp.tracking.fail_safe import OF_EPOCH, FailSafe, Owed, summary
from crack_exp.tracking.mlflow_values import (
    METRICS_AT_ONCE,
    PARAMS_OR_TAGS_AT_ONCE,
    TAG_CHARACTERS,
    allowed_key,
    allowed_keys,
    batches,
    finite_or_nan,
    flatten,
    now_ms,
    shortened,
    with_class_names,
)
from crack_exp.tracking.owed_file import HELD_BACK, OwedFile
from crack_exp.tracking.store import NOTE

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

log = logging.getLogger(__name__)


class Recorder:
    """Writes to one run. Its methods do not raise errors of MLflow: `failures` lists what was not recorded.

    They raise LockLost where another process has taken over what this one works on.
    """

    def __init__(
        self, client: "MlflowClient", run: "Run", *, uri: str, output_folder: Path, owed: Sequence[Owed] = ()
    ) -> None:
        self.run_id: str = run.info.run_id
        self.experiment_id: str = run.info.experiment_id
        self.uri = uri
        """The absolute address of the run's store."""
        self._target = Target(client, run, output_folder.resolve())
        keep = partial(OwedFile(output_folder).write, self.run_id)
        self._fail_safe = FailSafe(partial(record, target=self._target), keep, owed)
        self._held, self._holds = list[Owed](), False

    @property
    def failures(self) -> list[str]:
        """What could not be recorded so far, with reasons."""
        return summary(self._fail_safe.owed)

    def params(self, settings: Mapping[str, object]) -> None:
        """Record nested settings under dotted keys, and classes by their names.

        MLflow params cannot change: a continued run keeps its first value, and the tag `resumed.KEY` has the new one.
        """
        first, flat = self._target.run.data.params, with_class_names(flatten(settings))
        self.tags({f"resumed.{key}": value for key, value in flat.items() if first.get(key, value) != value})
        new = [(key, value) for key, value in flat.items() if key not in first]
        for some in batches(new, PARAMS_OR_TAGS_AT_ONCE):
            self._attempt("settings", "params", params=dict(some))

    def tags(self, tags: Mapping[str, str]) -> None:
        """Record facts that are neither settings nor metrics; a second value replaces the first."""
        entries = [(allowed_key(key), shortened(text, TAG_CHARACTERS)) for key, text in tags.items()]
        for some in batches(entries, PARAMS_OR_TAGS_AT_ONCE):
            self._attempt(f"tags {_few(tags)}", "tags", tags=dict(some))

    def note(self, markdown: str) -> None:
        """Record the description of the run; a second one replaces the first."""
        self.tags({NOTE: markdown})

    def metrics(self, values: Mapping[str, float], *, step: int | None) -> None:
        """Record metrics: of an epoch with its `step`, of the whole run with None. Infinity becomes NaN."""
        what = f"metrics {_few(values)}" + ("" if step is None else f"{OF_EPOCH}{step}")
        for some in batches(_allowed(values), METRICS_AT_ONCE):
            self._attempt(what, "metrics", metrics=dict(some), step=step or 0, time_ms=now_ms())

    def datasets(self, splits: Iterable[SplitRecord]) -> None:
        """Record the images of the run, one data set per split."""
        self._attempt("data sets", "datasets", splits=[asdict(split) for split in splits])

    def artifact(self, file: Path, folder: str | None) -> None:
        """Record a file in `folder` of the run's artifacts (None: top level)."""
        self._attempt(str(file), "file", path=self._path(file), to=folder)

    def artifacts(self, files: Path, folder: str | None) -> None:
        """Record all files under `files` in `folder` of the run's artifacts (None: top level)."""
        self._attempt(str(files), "files", path=self._path(files), to=folder)

    def model(self, network: Path, card: Mapping[str, Any], example: bytes) -> None:
        """Record the trained model: see `log_model`."""
        image = base64.b64encode(example).decode()
        with doing("recording the model in MLflow"):
            self._attempt("the model", "model", network=self._path(network), card=dict(card), example=image)

    def model_metrics(self, values: Mapping[str, float], data: SplitRecord) -> None:
        """Record metrics of the trained model on `data`: on the run's page, and with the data set on the model's.

        Call it after `model`.
        """
        entries, now = dict(_allowed(values)), now_ms()
        self._attempt(f"metrics {_few(values)}", "metrics", metrics=entries, step=0, time_ms=now)
        what = f"metrics {_few(values)} of the model"
        known = {"dataset": data.name, "digest": data.digest}
        self._attempt(what, "model_metrics", metrics=entries, time_ms=now, **known)

    @contextmanager
    def holding_back(self) -> Iterator[None]:
        """What is recorded inside goes into a file of the run's folder; `hand_in` gives it to MLflow later."""
        self._holds = True
        try:
            yield
            OwedFile(self._target.folder, HELD_BACK).write(self.run_id, self._held)
        finally:
            self._holds = False

    def close(self, status: str) -> None:
        """Set the run's status, try again what is owed, and report what is still missing."""
        self._fail_safe.reset()
        self._attempt(f"the status {status}", STATUS, status=status)
        self.hand_in()

    def hand_in(self) -> None:
        """Try again what is owed, and report what is still missing."""
        self._fail_safe.retry()
        if self.failures:
            missing = "\n".join(f"  {failure}" for failure in self.failures)
            log.warning(
                "missing in MLflow run %s:\n%s\nThe rest is recorded by resume= and its folder, %s",
                self.run_id,
                missing,
                self._target.folder,
            )

    def _attempt(self, what: str, kind: str, **values: object) -> None:
        raise_if_lost()
        entry = Entry(what, kind, values)
        if self._holds:
            self._held.append(Owed(entry, "held back"))
        else:
            self._fail_safe.attempt(entry)

    def _path(self, file: Path) -> str:
        """In the run's folder, which may be moved before its files are recorded."""
        return str(file.resolve().relative_to(self._target.folder))


def _allowed(values: Mapping[str, float]) -> list[tuple[str, float]]:
    """Names and values as MLflow takes them."""
    keys = allowed_keys(values)
    return [(keys[name], finite_or_nan(value)) for name, value in values.items()]


def _few(names: Iterable[str]) -> str:
    """The first three names, and the number of others."""
    listed = list(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
