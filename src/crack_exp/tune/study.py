"""A study in Optuna's database: its trials, from any number of processes, and the choice of the next one.

The only importer of optuna.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from crack_exp.config.tune_schema import Choices, Dimension, PruningConfig, TuneConfig, Value
from crack_exp.report.search.tables import FAILED, FINISHED, PRUNED, RUNNING
from crack_exp.system.errors import UserError
from crack_exp.system.locks import exclusive_lock
from crack_exp.tune.study_database import StudyDatabase
from crack_exp.tune.study_file import StudyFile

SIGNIFICANT_DIGITS = 3
SEARCHED, IMAGES, ERROR = "searched", "images", "error"
"""User attributes of a study, and of a trial."""

MIN_TRIALS_FOR_IMPORTANCE = 8
"""Finished trials that the importance of settings needs."""

STATES = {
    TrialState.COMPLETE: FINISHED,
    TrialState.PRUNED: PRUNED,
    TrialState.FAIL: FAILED,
    TrialState.RUNNING: RUNNING,
    TrialState.WAITING: RUNNING,
}
Trial = optuna.Trial
StoredTrial = FrozenTrial

optuna.logging.set_verbosity(optuna.logging.WARNING)


class Study:
    """The study of that name in `folder`, or in the database of `tune.storage`; new or continued."""

    def __init__(self, folder: Path, config: TuneConfig, searched: Mapping[str, object]) -> None:
        """searched: defines the study.

        Raises UserError where the existing study has another definition, its file is damaged, or the database refuses.
        """
        self._folder, self._config = folder, config
        self._place = place_of_study(config, folder)
        with self._place.opening(), self._place.locked():
            self._place.check()
            self._study = optuna.create_study(
                storage=optuna.storages.RDBStorage(self._place.address, engine_kwargs=self._place.engine),
                study_name=config.name,
                direction="maximize" if self.more_is_better else "minimize",
                pruner=_pruner(config.pruning),
                load_if_exists=True,
            )
            before = self._study.user_attrs.get(SEARCHED)
            if before is None:
                self._study.set_user_attr(SEARCHED, json.dumps(searched, sort_keys=True))
            elif before != json.dumps(searched, sort_keys=True):
                changed = _changed(json.loads(before), searched)
                raise UserError(f"tune.name={config.name}: {changed}; use another name")

    @property
    def more_is_better(self) -> bool:
        return self._config.metric != "loss"

    @property
    def trials(self) -> list[FrozenTrial]:
        """Trials that are finished or running; not those of a killed process."""
        return [trial for trial in self._study.get_trials(deepcopy=False) if not self._was_killed(trial)]

    def asking(self) -> AbstractContextManager[None]:
        """Around a search: where a database refuses in the midst of it, a UserError says so."""
        return self._place.asking()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process at a time, of all that share the folder."""
        with exclusive_lock(self._folder / "end.lease"):
            yield

    @property
    def killed(self) -> list[int]:
        """The numbers of trials whose process was killed."""
        with self._place.locked():
            running = [one for one in self._study.get_trials(deepcopy=False) if one.state == TrialState.RUNNING]
            return [one.number for one in running if self._was_killed(one)]

    @contextmanager
    def next_trial(self) -> Iterator[optuna.Trial | None]:
        """The next trial, reserved for this process inside the block; None where there are enough."""
        with ExitStack() as reserved:
            with self._place.locked():
                trial = self._ask() if len(self.trials) < self._config.trials else None
                if trial is not None:
                    reserved.enter_context(self._place.reserving(trial.number))
            yield trial

    def check_images(self, sha256: str) -> None:
        """Raise UserError where other trials had other images, with which their figures do not compare.

        Where settings of the data are searched, they shall differ.
        """
        if any(key.split(".")[0] == "data" for key in self._config.space):
            return
        with self._place.locked():
            before = self._study.user_attrs.get(IMAGES)
            if before is None:
                self._study.set_user_attr(IMAGES, sha256)
        if before not in (None, sha256):
            raise UserError(
                f"tune.name={self._config.name}: the images have changed since the study of that name began; use "
                "another name"
            )

    def finish(self, trial: optuna.Trial, value: float) -> None:
        self._study.tell(trial, value)

    def prune(self, trial: optuna.Trial) -> None:
        """End a trial that is among the worst at the same epoch."""
        self._study.tell(trial, state=TrialState.PRUNED)

    def fail(self, trial: optuna.Trial, sentence: str | None) -> None:
        """End a failed trial; without a sentence it does not count, and is repeated."""
        if sentence is not None:
            trial.set_user_attr(ERROR, sentence)
        self._study.tell(trial, state=TrialState.FAIL)

    def importances(self) -> dict[str, float]:
        """{setting: share of the variance between finished trials that it explains}; empty for too few trials.

        By functional ANOVA (Hutter, Hoos and Leyton-Brown 2014, ICML), as Optuna computes it.
        """
        finished = [trial for trial in self.trials if trial.state == TrialState.COMPLETE]
        if len(finished) < MIN_TRIALS_FOR_IMPORTANCE or len({trial.value for trial in finished}) < 2:
            return {}
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self._config.seed)
        return optuna.importance.get_param_importances(self._study, evaluator=evaluator)

    def _ask(self) -> optuna.Trial:
        # A seed for each trial: otherwise other processes, or a continued search, would repeat the same trials.
        seed = self._config.seed + len(self._study.get_trials(deepcopy=False))
        self._study.sampler = optuna.samplers.TPESampler(seed=seed % 2**32)
        return self._study.ask()

    def _was_killed(self, trial: FrozenTrial) -> bool:
        if trial.state == TrialState.RUNNING:
            return not self._place.is_reserved(trial.number)
        return trial.state == TrialState.FAIL and ERROR not in trial.user_attrs


def place_of_study(config: TuneConfig, folder: Path) -> StudyFile | StudyDatabase:
    """Where the study is kept, and reserved trial by trial."""
    return StudyFile(folder) if config.storage is None else StudyDatabase(config.storage, config.name)


def suggest(trial: optuna.Trial, space: Mapping[str, Dimension]) -> dict[str, Value]:
    """The values of the next trial, {setting: value}."""
    return {key: _suggested(trial, key, dimension) for key, dimension in space.items()}


def _suggested(trial: optuna.Trial, key: str, dimension: Dimension) -> Value:
    if isinstance(dimension, Choices):
        return trial.suggest_categorical(key, list(dimension.values))
    if dimension.is_whole:
        return trial.suggest_int(key, int(dimension.low), int(dimension.high), log=dimension.log)
    value = trial.suggest_float(key, dimension.low, dimension.high, log=dimension.log)
    # Rounded, because further digits have no effect and make the names of runs long.
    return min(max(float(f"{value:.{SIGNIFICANT_DIGITS}g}"), dimension.low), dimension.high)


def _pruner(config: PruningConfig) -> optuna.pruners.BasePruner:
    if config.curve == "none":
        return optuna.pruners.NopPruner()
    return optuna.pruners.PercentilePruner(
        100 * (1 - config.worst), n_startup_trials=config.after_trials, n_warmup_steps=config.after_epochs
    )


def _changed(before: Mapping[str, object], now: Mapping[str, object]) -> str:
    keys: Sequence[str] = [key for key in now if now[key] != before.get(key)]
    differing = ", ".join(f"{key} {json.dumps(before.get(key))}" for key in keys)
    return f"the study of that name has {differing}"
