"""What a person typed of a run or its name: the run that is meant, or those that are alike."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from crack_exp.system.errors import UserError

if TYPE_CHECKING:
    from mlflow.entities import Run

MAX_SUGGESTIONS = 3
MIN_SIMILARITY = 0.7  # random ids have a similarity of up to 0.5
MIN_PREFIX = 4


def full_id(typed: str, runs: Mapping[str, "Run"], setting: str) -> str:
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


def nearest(name: str, known: Sequence[str]) -> str:
    """A suggestion of similar names in a store."""
    if not known:
        return "it holds none"
    near = get_close_matches(name, known, MAX_SUGGESTIONS, cutoff=0.3) or list(known[-MAX_SUGGESTIONS:])
    return f"did you mean {' or '.join(near)}?"
