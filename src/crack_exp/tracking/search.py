"""Search for recorded runs in MLflow."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crack_exp.system.errors import UserError
from crack_exp.tracking.address import StoreAddress, how_to_open, sqlite_file
from crack_exp.tracking.client import connect, store_errors
from crack_exp.tracking.fail_safe import first_line
from crack_exp.tracking.finished_run import FinishedRun, finished_run
from crack_exp.tracking.store import check_not_deleted
from crack_exp.tracking.typed_names import full_id, nearest

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

RUNS_AT_ONCE = 1_000
SECONDS_TO_WAIT = 10.0


class NothingFound(UserError):
    """No run matches; the store itself could be read."""


def find_runs(
    store: StoreAddress,
    *,
    ids: Sequence[str] = (),
    experiment: str | None = None,
    query: str | None = None,
    setting: str = "runs",
) -> list[FinishedRun]:
    """The runs with these ids; without ids, the runs of `experiment` that match MLflow's filter `query`.

    Oldest first. A unique prefix of an id is enough. Nothing is created. setting: names the ids in errors.
    Raises UserError where the store cannot be read or an id is unknown; NothingFound where the store or experiment does
    not exist, or no run matches.
    """
    client = _client(store)
    with store_errors(store, "search the store"):
        found = _by_id(client, ids, setting) if ids else _by_search(client, store, experiment, query)
    return [finished_run(client, run, store) for run in sorted(found, key=lambda run: run.info.start_time)]


def experiment_page(store: StoreAddress, experiment: str) -> str | None:
    """How to open MLflow's page of an experiment, for the console; None where there is none yet.

    Raises UserError where the store cannot be read.
    """
    try:
        client = _client(store)
    except NothingFound:
        return None
    with store_errors(store, "search the store"):
        entry = client.get_experiment_by_name(experiment)
    return None if entry is None else how_to_open(store.absolute, entry.experiment_id)


def runs_with_tag(store: StoreAddress, key: str, value: str) -> list[FinishedRun]:
    """The runs of all experiments, the latest first; none where there is no store yet.

    Raises UserError where the store cannot be read.
    """
    if (file := sqlite_file(store.absolute)) is not None and not file.is_file():
        return []
    client = _client(store)
    with store_errors(store, "search the store"):
        quote = '"' if "'" in value else "'"
        found = _all(client, None, f"tags.{key} = {quote}{value}{quote}")
    return [finished_run(client, run, store) for run in sorted(found, key=lambda run: -run.info.start_time)]


def close_killed_runs(
    store: StoreAddress, key: str, value: str, is_dead: Callable[[FinishedRun], bool] = lambda run: True
) -> None:
    """Close the runs with this tag that stand as RUNNING, and of which no process works any more.

    is_dead: whether that is known of a run.
    """
    for run in runs_with_tag(store, key, value):
        if run.status == "RUNNING" and is_dead(run):
            run.store.close_as_killed()


def _client(store: StoreAddress) -> "MlflowClient":
    if (file := sqlite_file(store.absolute)) is not None:
        _check_readable(file, store.setting)
    with store_errors(store, "use the store"):
        return connect(store)


def _check_readable(file: Path, setting: str) -> None:
    """Raise UserError, with the `setting`, where MLflow would create a store, wait for long or raise other errors."""
    if not file.is_file():
        raise NothingFound(f"{setting}: there is no store '{file}'; name the store of crack_exp.run")
    try:
        with closing(sqlite3.connect(file, timeout=SECONDS_TO_WAIT)) as connection:
            connection.execute("SELECT count(*) FROM experiments").fetchall()
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise UserError(
                f"{setting}: another process has locked the store '{file}' for {SECONDS_TO_WAIT:g} s; try again "
                "when it is done, or end it"
            ) from error
        raise UserError(
            f"{setting}: '{file}' cannot be read as a store of runs ({first_line(error)}); name the store of "
            "crack_exp.run"
        ) from error


def _by_id(client: "MlflowClient", ids: Sequence[str], setting: str) -> list["Run"]:
    runs = {run.info.run_id: run for run in _all(client, None)}
    found = [runs[full_id(one, runs, setting)] for one in ids]
    return list({run.info.run_id: run for run in found}.values())


def _by_search(client: "MlflowClient", store: StoreAddress, experiment: str | None, query: str | None) -> list["Run"]:
    entry = None if experiment is None else client.get_experiment_by_name(experiment)
    if experiment is not None and entry is None:
        names = [other.name for other in client.search_experiments()]
        raise NothingFound(f"tracking.experiment={experiment}: not in the store; {nearest(experiment, names)}")
    check_not_deleted(entry, store)
    found = _filtered(client, experiment, query)
    if not found and query is None:
        raise NothingFound(f"tracking.experiment={experiment}: the experiment has no runs yet")
    if not found:
        raise NothingFound(f"filter={query}: no run of tracking.experiment={experiment} matches; change the filter")
    return found


def _filtered(client: "MlflowClient", experiment: str | None, query: str | None) -> list["Run"]:
    try:
        return _all(client, experiment, query)
    except Exception as error:
        if getattr(error, "error_code", None) != "INVALID_PARAMETER_VALUE":
            raise
        message = f"filter={query}: MLflow cannot read it ({first_line(error)}); e.g. filter='metrics.loss < 1'"
        raise UserError(message) from error


def _all(client: "MlflowClient", experiment: str | None, query: str | None = None) -> list["Run"]:
    entries = client.search_experiments() if experiment is None else [client.get_experiment_by_name(experiment)]
    search = partial(client.search_runs, [entry.experiment_id for entry in entries], query or "")
    page = search(max_results=RUNS_AT_ONCE)
    found = list(page)
    while page.token:
        page = search(max_results=RUNS_AT_ONCE, page_token=page.token)
        found += page
    return found
