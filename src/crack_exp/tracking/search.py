"""Search for recorded runs in MLflow."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crack_exp.system.csv_files import read_csv
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.system.own_files import must_be, reading_own_file
from crack_exp.tracking.address import StoreAddress, how_to_open, sqlite_file
from crack_exp.tracking.client import connect, store_errors
from crack_exp.tracking.fail_safe import first_line
from crack_exp.tracking.store import check_not_deleted

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

RUNS_AT_ONCE = 1_000
MAX_SUGGESTIONS = 3
MIN_SIMILARITY = 0.7  # random ids have a similarity of up to 0.5
MIN_PREFIX = 4
SECONDS_TO_WAIT = 10.0
FILE_SHA256 = ".file_sha256"
"""The tag of a run with the sha256 of a file is the name of the file with this."""


class NothingFound(UserError):
    """No run matches; the store itself could be read."""


@dataclass(frozen=True)
class FinishedRun:
    """A run in MLflow. store: reads its files and changes its tags."""

    run_id: str
    name: str
    status: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    store: "StoredRun"

    def rows(self, path: str) -> list[dict[str, str]] | None:
        """The rows of its CSV file `path`, None where it has no such file. Raises UserError where it is damaged."""
        return self.store.rows(path, self.tags.get(path + FILE_SHA256))


class StoredRun:
    """Access to one run in its store. Its methods raise UserError where the store fails."""

    def __init__(self, client: "MlflowClient", run_id: str, address: StoreAddress) -> None:
        self._client, self._run_id, self._address = client, run_id, address

    def rows(self, path: str, sha256: str | None) -> list[dict[str, str]] | None:
        """The rows of a CSV file, None where the run has no such file.

        sha256: of its content, None where it is not known. Raises UserError where the file is damaged.
        """
        with store_errors(self._address, f"read {path} of run {self._run_id} from"):
            if not any(file.path == path for file in self._client.list_artifacts(self._run_id)):
                return None
            local = Path(self._client.download_artifacts(self._run_id, path))
        with reading_own_file(local, f"leave run {self._run_id} out, or train it again"):
            must_be(sha256 is None or file_sha256(local) == sha256, "as it was written")
            return read_csv(local)

    def data_location(self) -> str | None:
        """The absolute path of the file or folder with its images; None where unknown."""
        with store_errors(self._address, f"read run {self._run_id} from"):
            inputs = self._client.get_run(self._run_id).inputs.dataset_inputs
        return next((json.loads(one.dataset.source).get("uri") for one in inputs), None)

    def tag(self, key: str, value: str) -> None:
        with store_errors(self._address, f"tag run {self._run_id} in"):
            self._client.set_tag(self._run_id, key, value)

    def close_as_killed(self) -> None:
        """For a run whose process was killed."""
        with store_errors(self._address, f"close run {self._run_id} in"):
            self._client.set_terminated(self._run_id, "KILLED")


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
    return [_finished(client, run, store) for run in sorted(found, key=lambda run: run.info.start_time)]


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
    return [_finished(client, run, store) for run in sorted(found, key=lambda run: -run.info.start_time)]


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
    found = [runs[_full_id(one, runs, setting)] for one in ids]
    return list({run.info.run_id: run for run in found}.values())


def _full_id(typed: str, runs: Mapping[str, "Run"], setting: str) -> str:
    """The id that starts with `typed`, which must be unique."""
    matches = [run_id for run_id in runs if run_id.startswith(typed) and len(typed) >= MIN_PREFIX]
    if len(matches) == 1:
        return matches[0]
    found = "more than one" if matches else "no"
    raise UserError(f"{setting}={typed}: {found} such run in the store; {_nearest_runs(typed, runs)}")


def _nearest_runs(typed: str, runs: Mapping[str, "Run"]) -> str:
    """Suggestions: runs with a similar id or name, and the latest. `runs`: latest first."""
    if not runs:
        return "it holds none"
    ids_of_names = {run.info.run_name or "": run_id for run_id, run in reversed(list(runs.items()))}
    matches = [run_id for run_id in runs if len(typed) >= MIN_PREFIX and run_id.startswith(typed)]
    similar = get_close_matches(typed, runs, MAX_SUGGESTIONS, cutoff=MIN_SIMILARITY)
    named = [
        ids_of_names[name] for name in get_close_matches(typed, ids_of_names, MAX_SUGGESTIONS, cutoff=MIN_SIMILARITY)
    ]
    suggested = list(dict.fromkeys([*matches, *similar, *named]))[:MAX_SUGGESTIONS]
    if not suggested:
        return f"the latest there: {', '.join(_shown(run_id, runs) for run_id in list(runs)[:MAX_SUGGESTIONS])}"
    latest = next(iter(runs))
    others = [] if latest in suggested else [f"the latest, {_shown(latest, runs)}"]
    return f"did you mean {' or '.join([*(_shown(run_id, runs) for run_id in suggested), *others])}?"


def _shown(run_id: str, runs: Mapping[str, "Run"]) -> str:
    return f"{run_id} ('{runs[run_id].info.run_name}')"


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


def nearest(name: str, known: Sequence[str]) -> str:
    """A suggestion of similar names in a store."""
    if not known:
        return "it holds none"
    near = get_close_matches(name, known, MAX_SUGGESTIONS, cutoff=0.3) or list(known[-MAX_SUGGESTIONS:])
    return f"did you mean {' or '.join(near)}?"


def _finished(client: "MlflowClient", run: "Run", store: StoreAddress) -> FinishedRun:
    return FinishedRun(
        run_id=run.info.run_id,
        name=run.info.run_name or run.info.run_id,
        status=run.info.status,
        params=run.data.params,
        metrics=run.data.metrics,
        tags=run.data.tags,
        store=StoredRun(client, run.info.run_id, store),
    )
