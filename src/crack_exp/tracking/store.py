"""Preparation of a tracking store: it exists, is writable and has the experiment."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from crack_exp.system.errors import UserError
from crack_exp.tracking.address import (
    StoreAddress,
    artifact_location,
    mlflow_command,
    sqlite_file,
    sqlite_uri,
)
from crack_exp.tracking.client import connect, store_errors
from crack_exp.tracking.saved_view import NO_COLUMNS, TITLE, VIEW_TAG, Columns, is_outdated, view

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS = 120.0
NOTE = "mlflow.note.content"
"""The tag with the description of an experiment or a run."""

# The kind of the experiment: without the tag, MLflow guesses it from the runs.
EXPERIMENT_TAGS = {
    "mlflow.experimentKind": "custom_model_development",
    NOTE: f"Press 'Model training' at the top left, then 'Views', '{TITLE}'. Metrics: epoch/ has the learning curves, "
    "test/ the test results with their confidence intervals (_lower, _upper).",
}


def prepare_store(store: StoreAddress, experiment: str, columns: Columns = NO_COLUMNS) -> None:
    """Make the store ready for runs of `experiment`; both are created if missing.

    Processes may start at the same time on a new store: one creates it while the others wait.
    columns: of the saved view of the runs.
    Raises UserError, before any training, where the store cannot be used.
    """
    address = store.absolute
    with store_errors(store, "use the store"), _sqlite_ready(sqlite_file(address)):
        place = artifact_location(address, store.folder)
        entry = _find_or_create_experiment(connect(store), experiment, place, columns)
    check_not_deleted(entry, store)


def check_store(store: StoreAddress, experiment: str, run_id: str | None) -> None:
    """Raise UserError where runs of `experiment` could not be recorded, or `run_id` not be continued.

    It asks without changing anything, so that it can be called before other work; `prepare_store` comes after that.
    """
    database = sqlite_file(store.absolute)
    with store_errors(store, "use the store" if run_id is None else f"continue run {run_id} in"):
        if database is not None and not database.exists():
            if run_id is not None:
                raise FileNotFoundError("no such file")
            return _check_can_be_made(database)
        if database is not None:
            _check_writable(database)
        client = connect(store)
        entry = client.get_experiment_by_name(experiment)
    check_not_deleted(entry, store)
    if run_id is not None:
        check_run(client, run_id, store)


def experiment_tag(store: StoreAddress, experiment: str, key: str) -> str | None:
    """A tag of the experiment, which must exist, None where it has none. Raises UserError where the store fails."""
    with store_errors(store, "use the store"):
        found: str | None = connect(store).get_experiment_by_name(experiment).tags.get(key)
        return found


def tag_experiment(store: StoreAddress, experiment: str, key: str, value: str) -> None:
    """Set a tag of the experiment, which must exist. Raises UserError where the store fails."""
    with store_errors(store, "use the store"):
        client = connect(store)
        client.set_experiment_tag(client.get_experiment_by_name(experiment).experiment_id, key, value)


def check_run(client: "MlflowClient", run_id: str, store: StoreAddress) -> None:
    """Raise UserError where the store has no run `run_id` that can be written to."""
    with store_errors(store, f"continue run {run_id} in"):
        run = client.get_run(run_id)
    if run.info.lifecycle_stage == "deleted":
        restore = mlflow_command(store.absolute, "runs", "restore", "--run-id", run_id)
        raise UserError(f"resume: run {run_id} was deleted from '{store.absolute}'; bring it back with `{restore}`")


def check_not_deleted(entry: "Experiment | None", store: StoreAddress) -> None:
    """Raise UserError, with the command that brings it back, for a deleted experiment."""
    if entry is not None and entry.lifecycle_stage == "deleted":
        restore = mlflow_command(store.absolute, "experiments", "restore", "--experiment-id", entry.experiment_id)
        raise UserError(
            f"tracking.experiment: '{entry.name}' was deleted from '{store.absolute}'; choose another name, or bring "
            f"it back with `{restore}`"
        )


def _check_can_be_made(database: Path) -> None:
    """Raises OSError where the folder of a new sqlite file cannot be written to."""
    place = next(folder for folder in database.parents if folder.exists())
    if not place.is_dir():
        raise NotADirectoryError(f"'{place}' is a file")
    if not os.access(place, os.W_OK):
        raise PermissionError(f"no right to write into '{place}'")


@contextmanager
def _sqlite_ready(database: Path | None) -> Iterator[None]:
    """Create a sqlite file and check that it is writable, one process at a time; does nothing for other stores."""
    if database is None:
        yield
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    with _locked(database):
        _create_if_missing(database)
        _check_writable(database)
        yield


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    """One process at a time.

    The lock is a transaction on a separate sqlite file: it works wherever the store itself works, and the operating
    system releases it when the process ends.
    """
    with closing(_connect(database.with_name(f"{database.name}.lock"))) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _create_if_missing(database: Path) -> None:
    """Create the store in another folder, then move it, so that MLflow cannot open an incomplete store."""
    if database.exists():
        return
    from mlflow import MlflowClient

    with TemporaryDirectory(dir=database.parent, prefix="new-", ignore_cleanup_errors=True) as folder:
        draft, copy = Path(folder, "draft.db"), Path(folder, "copy.db")
        MlflowClient(tracking_uri=sqlite_uri(draft))
        # A copy, because MLflow keeps the draft open, and Windows cannot move open files.
        shutil.copyfile(draft, copy)
        os.replace(copy, database)


def _check_writable(database: Path) -> None:
    """Raises sqlite3.Error immediately; MLflow would retry for minutes."""
    with closing(_connect(database)) as connection:
        connection.execute("BEGIN IMMEDIATE")


def _connect(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(database, timeout=SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS, isolation_level=None)


def _find_or_create_experiment(
    client: "MlflowClient", name: str, artifacts: str | None, columns: Columns
) -> "Experiment":
    from mlflow.exceptions import MlflowException

    if client.get_experiment_by_name(name) is None:
        try:
            client.create_experiment(name, artifact_location=artifacts, tags=EXPERIMENT_TAGS)
        except MlflowException as error:
            # On a server, another process may have created it in the meantime.
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
    found = client.get_experiment_by_name(name)
    if columns.names and is_outdated(found.tags.get(VIEW_TAG), columns) and found.lifecycle_stage == "active":
        client.set_experiment_tag(found.experiment_id, VIEW_TAG, view(columns))
    return found
