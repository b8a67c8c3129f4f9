"""A search for better settings: `python -m crack_exp.tune`, or `tune([...])` from Python."""

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from crack_exp.command import call, command
from crack_exp.config import Config, typed_tuning
from crack_exp.config.overrides import command_line
from crack_exp.config.trials import overrides_of_trials, settings_of
from crack_exp.system.errors import UserError
from crack_exp.system.quiet_start import quiet_start
from crack_exp.system.timing import timed
from crack_exp.tracking.store import check_store
from crack_exp.tune.study_database import StudyDatabase

if TYPE_CHECKING:
    from crack_exp.report.search.tables import Search

CONFIG = "tune"


def main() -> None:
    command("tune", CONFIG, _job)


def tune(overrides: list[str]) -> "Search":
    """Run the command with these overrides, e.g. `tune(["tune.trials=40"])`.

    Raises UserError for a user's mistake, and at the end where trials failed.
    """
    return call(CONFIG, _job, overrides)


def _job(composed: DictConfig, folder: Path, overrides: list[str]) -> "Search":
    if "tune" not in composed:
        raise UserError("resume: is for runs; continue a study with tune.name=NAME")
    if composed.sweep.name is not None:
        raise UserError("sweep.name and -m: not allowed, a search is a sweep itself; remove them")
    config = typed_tuning(composed)
    fixed = overrides_of_trials(config.fixed, config.space, overrides)
    _check(settings_of(fixed), fixed)
    if config.storage is not None:
        database = StudyDatabase(config.storage, config.name)
        with database.asking():
            database.check()
    with timed("imports"), quiet_start():
        from crack_exp.tune.workflow import (  # late: TensorFlow takes seconds, --help must not
            check_trials_recorded,
            run_search,
        )

    search = run_search(config, fixed, folder, command_line("tune", overrides))
    if search.failed:
        first = search.failed[0]
        failed = f"{len(search.failed)} of {len(search.trials)} trials failed"
        raise UserError(f"{failed}; trial {first.number}: {first.why}")
    check_trials_recorded(folder, settings_of(fixed))
    return search


def _check(shared: Config, overrides: list[str]) -> None:
    """Raise UserError for what is wrong with the settings that all trials share, as far as it can be told at once."""
    from crack_exp.run.find_examples import find_at_hand  # late: it imports SciPy

    find_at_hand(shared.data, overrides)
    check_store(shared.tracking.store, shared.tracking.experiment, None)
