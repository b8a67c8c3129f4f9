"""A search for better settings: each trial is a run, and validation results determine the next trial."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from crack_exp.config.errors import user_error_sentence
from crack_exp.config.overrides import ALLOW_CODE, job_name
from crack_exp.config.schema import Config, TrackingConfig
from crack_exp.config.trials import as_experiment, check_space, settings_of
from crack_exp.config.tune_schema import Dimension, TuneConfig, as_override, read_space
from crack_exp.data.sources.sources import PAINTED
from crack_exp.evaluation.paired_tests import MIN_SEEDS
from crack_exp.report.numbers import counted
from crack_exp.report.painted import banner_of_images
from crack_exp.report.search.page import write_search
from crack_exp.report.search.tables import Search, TrialSummary, search_text, trial_line
from crack_exp.run.outcome import RunResult
from crack_exp.run.workflow import run_experiment
from crack_exp.run_files.check_tracking import check_tracking
from crack_exp.run_files.folder import is_only_to_record, resume_command
from crack_exp.run_files.names import PAGE, RUN_FOLDER, SEARCH_PAGE
from crack_exp.run_files.not_recorded import NotRecorded
from crack_exp.system.console_lines import ON_CONSOLE, OnlyLines, only_lines
from crack_exp.system.errors import some_of
from crack_exp.system.files import write_text
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.timing import job_start, stopwatch
from crack_exp.tracking.owed_file import HELD_BACK
from crack_exp.tracking.recorder import RunStopped, hand_in
from crack_exp.tracking.search import close_killed_runs, experiment_page
from crack_exp.training.callbacks import RECORD
from crack_exp.training.divergence import Diverged
from crack_exp.training.history import EpochRecord
from crack_exp.tune.next_commands import continue_command, run_command, start_name, verify_command
from crack_exp.tune.study import ERROR, STATES, StoredTrial, Study, Trial, suggest
from crack_exp.tune.study_file import TRIALS

OVERRIDES, FIGURES, EPOCHS, SECONDS, WHY = "overrides", "validation", "epochs", "training_seconds", "why"
"""User attributes of each trial."""

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


@dataclass(frozen=True)
class TrialRun:
    """One trial. overrides: all of its settings; name: of its run, from the searched settings."""

    study: Study
    config: TuneConfig
    trial: Trial
    overrides: Sequence[str]
    name: str | None
    folder: Path

    def execute(self) -> None:
        """Run the trial and record its result in the study.

        A UserError is raised only in the first trial of a study, any other exception always. A training that diverges
        is a failed trial like any other: other settings may not. Raises UserError where the images have changed, too.
        """
        try:
            result = self._run()
        except RunStopped as stopped:
            self._record(WHY, str(stopped))
            self.study.prune(self.trial)
        except Exception as error:
            sentence = user_error_sentence(error)
            # A mistake in the settings that all trials share shows in the first one.
            is_of_all = len(self.study.trials) == 1 and not isinstance(error, Diverged)
            self.study.fail(self.trial, None if is_of_all else sentence or repr(error))
            if sentence is None or is_of_all:
                raise
        else:
            self.study.check_images(result.images_sha256)
            self._record(FIGURES, result.validation)
            self.study.finish(self.trial, result.validation[self.config.metric])

    def _record(self, key: str, value: object) -> None:
        self.trial.set_user_attr(key, value)

    def _run(self) -> RunResult:
        run = settings_of(self.overrides)
        run.sweep.name, run.run_name = self.config.name, self.name
        folder = trial_folder(self.folder, self.trial.number)
        check_tracking(run.tracking, folder)
        pruning = PruningCallback(self.study, self.config, self.trial)
        return run_experiment(run, folder, self.overrides, [pruning], is_trial=True)


def trial_folder(folder: Path, number: int) -> Path:
    """Where a trial of the study in `folder` writes its results."""
    return folder / TRIALS / str(number)


class PruningCallback(keras.callbacks.Callback):
    """Reports each epoch to the study, and stops a trial that is among the worst at the same epoch."""

    def __init__(self, study: Study, config: TuneConfig, trial: Trial) -> None:
        super().__init__()
        self.study, self.pruning, self.trial = study, config.pruning, trial
        self.seconds = 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        record: EpochRecord = logs[RECORD]
        self.seconds += record.seconds
        self.trial.set_user_attr(EPOCHS, record.epoch)
        self.trial.set_user_attr(SECONDS, self.seconds)
        if (curve := self.pruning.curve) == "none":
            return
        value, more_is_better = getattr(record, curve), curve == "val_accuracy"
        self.trial.report(value if more_is_better == self.study.more_is_better else -value, record.epoch)
        if self.trial.should_prune():
            worst = f"{self.pruning.worst:.0%}"
            raise RunStopped(f"{curve} {value:.4f} after epoch {record.epoch} is among the worst {worst}")


def report_search(study: Study, config: TuneConfig, fixed: Sequence[str], folder: Path, command: str) -> Search:
    """Print the results, and write them as a page and the best trial as an experiment."""
    code = [override for override in fixed if override.startswith(ALLOW_CODE)]
    place = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    settings = settings_of(fixed)
    search = Search(
        name=config.name,
        metric=config.metric,
        planned=config.trials,
        trials=[trial_summary(trial, config.metric, folder) for trial in study.trials],
        importances=study.importances(),
        folder=place,
        command=command,
        run_command=run_command(place, config.name, code),
        verify_command=verify_command(place, config.name, fresh_seeds(settings.seed), code),
        continue_command=continue_command(command, config.name),
        banner=banner_of_images(settings.data.source == PAINTED),
    )
    if search.best is not None:
        write_experiments(search, fixed)
    log.info("%s", search_text(search))
    write_search(search, folder / SEARCH_PAGE)
    log.info("\nstudy:    %s", folder / SEARCH_PAGE)
    tracking = settings_of(fixed).tracking
    if page := experiment_page(tracking.store, tracking.experiment):
        log.info("%s", page)
    return search


def fresh_seeds(used: int) -> list[int]:
    """The seeds of a test of settings, without the seed that the search used."""
    return [seed for seed in range(1, MIN_SEEDS + 2) if seed != used][:MIN_SEEDS]


def write_experiments(search: Search, fixed: Sequence[str]) -> None:
    """Write the best trial and the start settings, for `crack_exp.run --config-dir`."""
    assert search.best is not None
    description = f"Trial {search.best.number} of {len(search.trials)}, the best by {search.best_result}."
    experiments = {
        search.name: as_experiment([*fixed, *search.best.settings], [search.run_command, description]),
        start_name(search.name): as_experiment(fixed, [search.verify_command, "The settings that all trials share."]),
    }
    for name, text in experiments.items():
        file = search.experiment_file(name)
        file.parent.mkdir(exist_ok=True)
        write_text(file, text)


def trial_summary(trial: StoredTrial, metric: str, folder: Path) -> TrialSummary:
    """The data of a trial in the report of the study in `folder`."""
    attributes, page = trial.user_attrs, trial_folder(folder, trial.number) / PAGE
    figures = attributes.get(FIGURES, {})
    return TrialSummary(
        number=trial.number,
        settings=attributes.get(OVERRIDES, []),
        name=job_name(attributes.get(OVERRIDES, [])) or "",
        state=STATES[trial.state],
        value=figures.get(metric),
        accuracy=figures.get("accuracy"),
        interval=(figures[f"{metric}_low"], figures[f"{metric}_high"]) if f"{metric}_low" in figures else None,
        epochs=attributes.get(EPOCHS, 0),
        training_seconds=attributes.get(SECONDS),
        report=page.relative_to(folder).as_posix() if page.is_file() else None,
        why=attributes.get(ERROR, attributes.get(WHY, "")),
    )
