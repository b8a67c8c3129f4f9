"""The runs of a sweep: those that it started, and earlier ones that had done one of its jobs."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from crack_exp.run_files.names import ALSO_IN, OVERRIDES, SWEEP
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.search import NothingFound, find_runs
from crack_exp.tracking.typed_names import nearest

NAME = "name"
KEY_DIGITS = 16


def runs_of_sweep(store: StoreAddress, sweep: str, experiment: str, query: str | None = None) -> list[FinishedRun]:
    """The runs that count for `sweep`, oldest first, each by its name and overrides there; see `find_runs`.

    Raises UserError where the store cannot be read, NothingFound where no run counts for the sweep.
    """
    runs = find_runs(store, experiment=experiment, query=query)
    found = [run for run in runs if sweep in sweeps_of(run.tags)]
    if not found:
        known = sorted({name for run in runs for name in sweeps_of(run.tags)})
        raise NothingFound(f"sweep={sweep}: no run of it in the store; {nearest(sweep, known)}")
    return [as_in(sweep, run) for run in found]


def join(run: FinishedRun, sweep: str, *, name: str, overrides: str) -> None:
    """Let the run count for another sweep as well, in which it is called so."""
    key = hashlib.sha256(sweep.encode()).hexdigest()[:KEY_DIGITS]  # MLflow does not allow every name as a key
    run.store.tag(ALSO_IN + key, json.dumps({SWEEP: sweep, NAME: name, OVERRIDES: overrides}))


def as_in(sweep: str, run: FinishedRun) -> FinishedRun:
    """The run by the name and the overrides that it has in this sweep."""
    if (there := _later_sweeps(run.tags).get(sweep)) is None:
        return run
    return replace(run, name=there[NAME], tags={**run.tags, OVERRIDES: there[OVERRIDES]})


def sweeps_of(tags: Mapping[str, str]) -> set[str]:
    """The one that a run was done for, and those that it counts for as well."""
    return {*_later_sweeps(tags), *([tags[SWEEP]] if SWEEP in tags else [])}


def _later_sweeps(tags: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """{sweep: what the run is called there, and its overrides}."""
    kept = [json.loads(value) for key, value in tags.items() if key.startswith(ALSO_IN)]
    return {there[SWEEP]: there for there in kept}
