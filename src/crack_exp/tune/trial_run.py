"""One trial of a search: a run, which is ended early where it is among the worst."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from crack_exp.config.errors import user_error_sentence
from crack_exp.config.trials import settings_of
from crack_exp.config.tune_schema import TuneConfig
from crack_exp.run.outcome import RunResult
from crack_exp.run.workflow import run_experiment
from crack_exp.run_files.check_tracking import check_tracking
from crack_exp.tracking.open_run import RunStopped
from crack_exp.training.callbacks import RECORD
from crack_exp.training.divergence import Diverged
from crack_exp.training.history import EpochRecord
from crack_exp.tune.study import Study, Trial
from crack_exp.tune.study_file import TRIALS

OVERRIDES, FIGURES, EPOCHS, SECONDS, WHY = "overrides", "validation", "epochs", "training_seconds", "why"
"""User attributes of each trial."""


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
