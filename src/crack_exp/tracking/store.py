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
    sqlite_file,
    sqlite_uri,
    without_password,
)
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.fail_safe import reason
from crack_exp.tracking.saved_view import NO_COLUMNS, TITLE, VIEW_TAG, Columns, view

if TYPE_CHECKING:
    from mlflow.entities import Experiment

SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS = 120.0
NOTE = "mlflow.note.content"
"""The tag with the description of an experiment or a run."""

# The kind of the experiment: without the tag, MLflow guesses it from the runs.
EXPERIMENT_TAGS = {
    "mlflow.experimentKind": "custom_model_development",
    NOTE: f"Press 'Model training' at the top left, then 'Views', '{TITLE}'. Metrics: epoch/ has the learning curves, "
    "test/ the test results with their confidence intervals (_low, _high).",
}


def prepare_store(store: StoreAddress, experiment: str, columns: Columns = NO_COLUMNS) -> str:
    """The absolute address of a store that is ready for runs of `experiment`; both are created if missing.

    Processes may start at the same time on a new store: one creates it while the others wait.
    columns: of the saved view of the runs.
    Raises UserError, before any training, where the store cannot be used.
    """
    address = store.absolute
    shown = without_password(address)
    try:
        with mlflow_environment(), _sqlite_ready(sqlite_file(address)):
            entry = _find_or_create_experiment(address, experiment, artifact_location(address, store.folder), columns)
    except Exception as error:  # whatever the disk, sqlite, a database driver or HTTP may raise
        raise UserError(
            f"tracking.uri: cannot use the store {shown!r} ({reason(error)}); start that server, "
            "or name a sqlite file that can be written, e.g. sqlite:////home/me/mlflow.db"
        ) from error
    if entry.lifecycle_stage == "deleted":
        raise UserError(
            f"tracking.experiment: {experiment!r} was deleted from {shown!r}; choose another name, "
            f"or bring it back with `mlflow experiments restore --experiment-id {entry.experiment_id}`"
        )
    return address


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


def _find_or_create_experiment(address: str, name: str, artifacts: str | None, columns: Columns) -> "Experiment":
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    client = MlflowClient(tracking_uri=address)
    if client.get_experiment_by_name(name) is None:
        try:
            client.create_experiment(name, artifact_location=artifacts, tags=EXPERIMENT_TAGS)
        except MlflowException as error:
            # On a server, another process may have created it in the meantime.
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
    found = client.get_experiment_by_name(name)
    if columns.names and VIEW_TAG not in found.tags and found.lifecycle_stage == "active":
        client.set_experiment_tag(found.experiment_id, VIEW_TAG, view(columns))
    return found
