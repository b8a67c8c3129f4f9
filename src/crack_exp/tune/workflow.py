"""A search for better settings: trials are runs, and what they reached on validation says what to try next."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from crack_exp.config.errors import user_error_sentence
from crack_exp.config.overrides import job_name
from crack_exp.config.trials import as_experiment, check_space, settings_of
from crack_exp.config.tune_schema import Dimension, TuneConfig, as_override, read_space
from crack_exp.evaluation.paired_tests import FEWEST_SEEDS
from crack_exp.report.search.page import write_search
from crack_exp.report.search.tables import Search, Tried, search_text
from crack_exp.run.workflow import run_experiment
from crack_exp.run_files.names import SEARCH_PAGE
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.timing import job_start, stopwatch
from crack_exp.tracking.recorder import RunStopped
from crack_exp.training.callbacks import RECORD
from crack_exp.training.history import EpochRecord
from crack_exp.tune.study import ERROR, STATES, KeptTrial, Study, Trial, suggest

OVERRIDES, FIGURES, EPOCHS, SECONDS = "overrides", "validation", "epochs", "seconds"
"""What is kept of each trial."""

log = logging.getLogger(__name__)


def run_search(config: TuneConfig, fixed: Sequence[str], folder: Path, command: str) -> Search:
    """Try settings until there are `trials` of them; tell of all, and write the best as an experiment.

    fixed: overrides of every trial. Raises UserError, before the first trial, for a space that cannot be searched.
    """
    space = read_space(config.space)
    check_space(space, fixed)
    folder.mkdir(parents=True, exist_ok=True)
    study = Study(folder, config, {"metric": config.metric, "fixed": list(fixed), "space": config.space})
    try:
        while try_one(study, config, space, fixed, folder):
            pass
    finally:
        search = summarize(study, config, fixed, folder, command)
    return search


def try_one(
    study: Study, config: TuneConfig, space: Mapping[str, Dimension], fixed: Sequence[str], folder: Path
) -> bool:
    """One more trial; False where there are enough."""
    raise_if_interrupted()
    with study.next_trial() as trial, stopwatch(job_start()):
        if trial is None:
            return False
        chosen = [as_override(key, value) for key, value in suggest(trial, space).items()]
        trial.set_user_attr(OVERRIDES, chosen)
        log.info("trial %d: %s", trial.number, ", ".join(chosen))
        Attempt(study, config, trial, [*fixed, *chosen], job_name(chosen), folder).make()
        return True


@dataclass(frozen=True)
class Attempt:
    """One trial. overrides: all that it is made of; name: those that are its own."""

    study: Study
    config: TuneConfig
    trial: Trial
    overrides: Sequence[str]
    name: str | None
    folder: Path

    def make(self) -> None:
        """Tell the study what became of it. A mistake is raised where it is the first thing to happen, a bug always."""
        began = time.monotonic()
        try:
            figures = self._run()
        except RunStopped as why:
            log.info("given up: %s", why)
            self._note(SECONDS, time.monotonic() - began)
            self.study.give_up(self.trial)
        except Exception as error:
            sentence = user_error_sentence(error)
            if sentence is None or len(self.study.trials) == 1:
                self.study.fail(self.trial, repr(error))
                raise
            log.warning("failed: %s", sentence)
            self.study.fail(self.trial, sentence)
        else:
            self._note(FIGURES, figures)
            self._note(SECONDS, time.monotonic() - began)
            self.study.finish(self.trial, figures[self.config.metric])

    def _note(self, what: str, value: object) -> None:
        self.trial.set_user_attr(what, value)

    def _run(self) -> Mapping[str, float]:
        run = settings_of(self.overrides)
        run.sweep.name, run.run_name = self.config.name, self.name
        place = self.folder / "trials" / str(self.trial.number)
        watch = WatchTrial(self.study, self.config, self.trial)
        return run_experiment(run, place, self.overrides, [watch]).validation


class WatchTrial(keras.callbacks.Callback):
    """Tells the study of each epoch, and ends a trial that is among the worst at its epoch."""

    def __init__(self, study: Study, config: TuneConfig, trial: Trial) -> None:
        super().__init__()
        self.study, self.pruning, self.trial = study, config.pruning, trial

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        record: EpochRecord = logs[RECORD]
        self.trial.set_user_attr(EPOCHS, record.epoch)
        if (curve := self.pruning.curve) == "none":
            return
        reached, is_better_where_more = getattr(record, curve), curve == "val_accuracy"
        self.trial.report(reached if is_better_where_more == self.study.more_is_better else -reached, record.epoch)
        if self.trial.should_prune():
            worst = f"{self.pruning.worst:.0%}"
            raise RunStopped(f"{curve} {reached:.4f} after epoch {record.epoch} is among the worst {worst} there")


def summarize(study: Study, config: TuneConfig, fixed: Sequence[str], folder: Path, command: str) -> Search:
    """Print and write what was found, and the best as an experiment."""
    tried = [summary_of_trial(trial, config.metric) for trial in study.trials]
    search = Search(
        name=config.name,
        metric=config.metric,
        wanted=config.trials,
        tried=tried,
        importances=study.importances(),
        folder=folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder,
        seeds=fresh_seeds(settings_of(fixed).seed),
        command=command,
    )
    if search.best is not None:
        write_experiments(search, fixed)
    write_search(search, folder / SEARCH_PAGE)
    log.info("%s\n\nstudy:    %s", search_text(search), folder / SEARCH_PAGE)
    return search


def fresh_seeds(tried: int) -> list[int]:
    """As many as a word on settings takes, without the one that the search chose by."""
    return [seed for seed in range(1, FEWEST_SEEDS + 2) if seed != tried][:FEWEST_SEEDS]


def write_experiments(search: Search, fixed: Sequence[str]) -> None:
    """The best trial, and what it started from, for `crack_exp.run --config-dir`."""
    assert search.best is not None
    which = f"Trial {search.best.number} of {len(search.tried)}, the best by {search.says_best}."
    experiments = {
        search.name: as_experiment([*fixed, *search.best.settings], [search.use, which]),
        search.start: as_experiment(fixed, [search.verify, "What all trials have in common."]),
    }
    for name, text in experiments.items():
        file = search.experiment_file(name)
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


def summary_of_trial(trial: KeptTrial, metric: str) -> Tried:
    """What is shown of a trial."""
    kept = trial.user_attrs
    figures = kept.get(FIGURES, {})
    return Tried(
        number=trial.number,
        settings=kept.get(OVERRIDES, []),
        state=STATES[trial.state],
        value=figures.get(metric),
        accuracy=figures.get("accuracy"),
        interval=(figures[f"{metric}_low"], figures[f"{metric}_high"]) if f"{metric}_low" in figures else None,
        epochs=kept.get(EPOCHS, 0),
        seconds=kept.get(SECONDS),
        error=kept.get(ERROR, ""),
    )
