"""A search for better settings: each trial is a run, and validation results determine the next trial."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from crack_exp.config.overrides import job_name
from crack_exp.config.schema import Config, TrackingConfig
from crack_exp.config.trials import check_space, settings_of
from crack_exp.config.tune_schema import Dimension, TuneConfig, as_override, read_space
from crack_exp.report.numbers import counted
from crack_exp.report.search.tables import Search, trial_line
from crack_exp.run_files.folder import is_only_to_record, resume_command
from crack_exp.run_files.names import RUN_FOLDER
from crack_exp.run_files.not_recorded import NotRecorded
from crack_exp.system.console_lines import ON_CONSOLE, OnlyLines, only_lines
from crack_exp.system.errors import some_of
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.timing import job_start, stopwatch
from crack_exp.tracking.open_run import hand_in
from crack_exp.tracking.owed_file import HELD_BACK
from crack_exp.tracking.search import close_killed_runs
from crack_exp.tune.results import report_search, trial_summary
from crack_exp.tune.study import Study, suggest
from crack_exp.tune.study_file import TRIALS
from crack_exp.tune.trial_run import OVERRIDES, TrialRun, trial_folder

log = logging.getLogger(__name__)


def run_search(config: TuneConfig, fixed: Sequence[str], folder: Path, command: str) -> Search:
    """Run trials until there are `config.trials`; report them, and write the best one as an experiment.

    fixed: overrides of every trial. Raises UserError, before the first trial, for an invalid space.
    """
    space = read_space(config.space)
    check_space(space, fixed)
    folder.mkdir(parents=True, exist_ok=True)
    study = Study(folder, config, {"metric": config.metric, "fixed": list(fixed), "space": config.space})
    with study.asking():
        return search_in(study, config, fixed, folder, command)


def search_in(study: Study, config: TuneConfig, fixed: Sequence[str], folder: Path, command: str) -> Search:
    """Run the trials that the study lacks; see `run_search`."""
    space = read_space(config.space)
    for number in study.killed:
        close_killed_runs(settings_of(fixed).tracking.store, RUN_FOLDER, str(trial_folder(folder, number).resolve()))
    try:
        log.info("study %s: a line for each of %s", config.name, counted(config.trials, "trial"))
        with only_lines(OnlyLines()):  # all else is in tune.log
            while run_next_trial(study, config, space, fixed, folder):
                pass
    finally:
        search = report_search(study, config, fixed, folder, command)
    if search.has_ended:
        hand_in_test_figures(search, study, folder, settings_of(fixed).tracking)
    elif config.storage is not None and any((folder / TRIALS).glob(f"*/{HELD_BACK}")):
        log.info(
            "when other machines have ended their trials, MLflow gets figures on test by: %s", search.continue_command
        )
    return search


def hand_in_test_figures(search: Search, study: Study, folder: Path, tracking: TrackingConfig) -> None:
    """Give MLflow what trials found on test images, once no trial can be chosen by it any more.

    Raises UserError where the store cannot be used; the same command gives it later.
    """
    with study.alone():
        for place in (trial_folder(folder, one.number) for one in search.ranked):
            if (place / HELD_BACK).is_file():
                hand_in(tracking.store, tracking.experiment, place, held_back=True)


def check_trials_recorded(folder: Path, config: Config) -> None:
    """Raise NotRecorded, with the command for the first of them, where MLflow did not take all of some trials."""
    lacking = sorted(trial for trial in (folder / TRIALS).glob("*") if is_only_to_record(trial))
    if lacking:
        trials = f"{counted(len(lacking), 'trial')}: {some_of([trial.name for trial in lacking])}"
        raise NotRecorded(
            f"MLflow lacks a part of {trials}; record each, without training again, as the first one by: "
            f"{resume_command(config, lacking[0], 'run')}"
        )


def run_next_trial(
    study: Study, config: TuneConfig, space: Mapping[str, Dimension], fixed: Sequence[str], folder: Path
) -> bool:
    """Run one trial; False where there are enough."""
    raise_if_interrupted()
    with study.next_trial() as trial, stopwatch(job_start()):
        if trial is None:
            return False
        chosen = [as_override(key, value) for key, value in suggest(trial, space).items()]
        trial.set_user_attr(OVERRIDES, chosen)
        log.info("trial %d: %s", trial.number, ", ".join(chosen))
        TrialRun(study, config, trial, [*fixed, *chosen], job_name(chosen), folder).execute()
    log_trial(study, config, trial.number, folder)
    return True


def log_trial(study: Study, config: TuneConfig, number: int, folder: Path) -> None:
    """The line of a trial that has ended: the only one of it on the console."""
    trials = [trial_summary(trial, config.metric, folder) for trial in study.trials]
    log.info("%s", trial_line(trials, number, metric=config.metric, planned=config.trials), extra=ON_CONSOLE)
