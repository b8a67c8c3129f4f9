"""Recording of one run in MLflow, from its start to its end."""

import base64
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_exp.system.locks import LockLost, raise_if_lost
from crack_exp.system.printed import as_markdown
from crack_exp.system.progress import doing
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.client import connect, store_errors
from crack_exp.tracking.datasets import SplitRecord
from crack_exp.tracking.entries import STATUS, Entry, Target, record
from crack_exp.tracking.fail_safe import OF_EPOCH, FailSafe, Owed, first_line, summary
from crack_exp.tracking.mlflow_values import (
    METRICS_AT_ONCE,
    NAME_CHARACTERS,
    PARAMS_OR_TAGS_AT_ONCE,
    TAG_CHARACTERS,
    allowed_key,
    allowed_keys,
    batches,
    finite_or_nan,
    flatten,
    shortened,
    with_class_names,
)
from crack_exp.tracking.owed_file import HELD_BACK, OwedFile
from crack_exp.tracking.saved_view import NO_COLUMNS, Columns
from crack_exp.tracking.store import NOTE, check_run, check_store, prepare_store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

log = logging.getLogger(__name__)


class RunStopped(Exception):
    """Raised inside a run to end it early, with the reason as message."""


@contextmanager
def open_run(
    store: StoreAddress,
    experiment: str,
    *,
    output_folder: Path,
    run_name: str | None,
    run_id: str | None,
    first_tags: Mapping[str, str],
    columns: Columns = NO_COLUMNS,
) -> Iterator["Recorder"]:
    """A run that is open inside the block, and is closed as FINISHED, FAILED or KILLED at its end.

    store, experiment, columns: see `prepare_store`; output_folder: has the run's own copy of everything that is
    recorded; run_name: None for a random name from MLflow; run_id: continue that run instead of starting one;
    first_tags: a new run has them from its first moment on, so that it is found however early its process is killed.
    The run does not become MLflow's active run, so several can be open in one process.
    Raises UserError where the store cannot be used or has no run `run_id`. Later errors of MLflow are not raised but
    reported at the end. Where this process has lost a lock, the run is left to who took over, and LockLost is raised.
    """
    of_run, owed = OwedFile(output_folder).read()
    with doing("opening MLflow's store"):
        prepare_store(store, experiment, columns)
        client, run = _open(store, experiment, run_name, run_id, first_tags)
    # A run that goes on has no status yet.
    kept = [one for one in owed if of_run == run_id and one.entry.kind != STATUS]
    recorder = Recorder(client, run, uri=store.absolute, output_folder=output_folder, owed=kept)
    try:
        yield recorder
    except (KeyboardInterrupt, SystemExit):
        recorder.close("KILLED")
        raise
    except RunStopped as stopped:
        recorder.tags({"stopped": str(stopped)})
        recorder.close("KILLED")
        raise
    except LockLost:  # the run, or its job, is another process's now
        raise
    except BaseException as error:
        recorder.tags({"error": first_line(error)})
        recorder.note(as_markdown(first_line(error)))
        recorder.close("FAILED")
        raise
    raise_if_lost()
    recorder.close("FINISHED")


def hand_in(store: StoreAddress, experiment: str, folder: Path, *, held_back: bool = False) -> str:
    """Record what the run in `folder` left in its OwedFile; what MLflow does not take this time stays there.

    held_back: also what was held back, see `Recorder.holding_back`.

    Returns the id of the run.
    Raises UserError where the store cannot be used, or the run is not there.
    """
    run_id, owed = OwedFile(folder).read()
    if held_back:
        run_id, held = OwedFile(folder, HELD_BACK).read()
        owed = [*owed, *held]
    assert run_id is not None
    check_store(store, experiment, run_id)
    with store_errors(store, f"continue run {run_id} in"):
        client = connect(store)
        run = client.get_run(run_id)
    Recorder(client, run, uri=store.absolute, output_folder=folder, owed=owed).hand_in()
    if held_back:  # by now MLflow has it, or the OwedFile
        OwedFile(folder, HELD_BACK).write(run_id, [])
    return run_id


def _open(
    store: StoreAddress, experiment: str, name: str | None, run_id: str | None, tags: Mapping[str, str]
) -> tuple["MlflowClient", "Run"]:
    with store_errors(store, "start a run in" if run_id is None else f"continue run {run_id} in"):
        client = connect(store)
        if run_id is None:
            entry, now = client.get_experiment_by_name(experiment), _now_ms()
            name = name and shortened(name, NAME_CHARACTERS)
            run = client.create_run(entry.experiment_id, start_time=now, run_name=name, tags=dict(tags))
            _close_twins(client, run, tags)
            return client, run
        check_run(client, run_id, store)
        client.update_run(run_id, status="RUNNING")
        return client, client.get_run(run_id)


def _close_twins(client: "MlflowClient", run: "Run", tags: Mapping[str, str]) -> None:
    """Close what else began as this run: where a server's answer is lost, MLflow asks again, and then there are two."""
    same_time = client.search_runs([run.info.experiment_id], f"attributes.start_time = {run.info.start_time}")
    for one in same_time:
        if one.info.run_id != run.info.run_id and tags.items() <= one.data.tags.items():
            client.set_terminated(one.info.run_id, "KILLED")


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
            self._attempt(what, "metrics", metrics=dict(some), step=step or 0, time_ms=_now_ms())

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
        entries, now = dict(_allowed(values)), _now_ms()
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


def _now_ms() -> int:
    return int(time.time() * 1000)


def _few(names: Iterable[str]) -> str:
    """The first three names, and the number of others."""
    listed = list(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
