"""A study as Optuna keeps it: what was tried, by whichever process, and what to try next.

The only importer of optuna.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from crack_exp.config.tune_schema import Choices, Dimension, PruningConfig, TuneConfig, Value
from crack_exp.report.search.tables import FAILED, FINISHED, GIVEN_UP, UNDER_WAY
from crack_exp.system.errors import UserError
from crack_exp.system.locks import exclusive_lock, is_locked

FILE = "study.db"
SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS = 60
SIGNIFICANT_DIGITS = 3
SEARCHED, ERROR = "searched", "error"
"""What a study, and a trial of it, is told about itself."""

FEWEST_TO_RANK_SETTINGS = 8
"""Finished trials, before it is said which settings mattered."""

STATES = {
    TrialState.COMPLETE: FINISHED,
    TrialState.PRUNED: GIVEN_UP,
    TrialState.FAIL: FAILED,
    TrialState.RUNNING: UNDER_WAY,
    TrialState.WAITING: UNDER_WAY,
}
Trial = optuna.Trial
KeptTrial = FrozenTrial

optuna.logging.set_verbosity(optuna.logging.WARNING)


class Study:
    """The study in `folder`, begun or gone on with."""

    def __init__(self, folder: Path, config: TuneConfig, searched: Mapping[str, object]) -> None:
        """searched: what makes it this study. Raises UserError where the one in `folder` searches something else."""
        self._folder, self._config = folder, config
        engine = {"connect_args": {"timeout": SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS}}
        with self._alone():
            self._study = optuna.create_study(
                storage=optuna.storages.RDBStorage(f"sqlite:///{(folder / FILE).resolve()}", engine_kwargs=engine),
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
                raise UserError(f"tune.name={config.name}: {changed}; take another name")

    @property
    def more_is_better(self) -> bool:
        return self._config.metric != "loss"

    @property
    def trials(self) -> list[FrozenTrial]:
        """Those that came to an end or are under way; not those of a process that was killed."""
        return [trial for trial in self._study.get_trials(deepcopy=False) if not self._was_killed(trial)]

    @contextmanager
    def next_trial(self) -> Iterator[optuna.Trial | None]:
        """The next trial, which is this process's inside; None where there are as many as there should be."""
        with ExitStack() as at_work:
            with self._alone():
                trial = self._ask() if len(self.trials) < self._config.trials else None
                if trial is not None:
                    at_work.enter_context(exclusive_lock(self._lock(trial.number)))
            yield trial

    def finish(self, trial: optuna.Trial, value: float) -> None:
        self._study.tell(trial, value)

    def give_up(self, trial: optuna.Trial) -> None:
        """Of a trial that is among the worst at the same epoch."""
        self._study.tell(trial, state=TrialState.PRUNED)

    def fail(self, trial: optuna.Trial, sentence: str) -> None:
        """The first trial that fails before any other came to an end does not count: nothing works yet."""
        if len(self.trials) > 1:
            trial.set_user_attr(ERROR, sentence)
        self._study.tell(trial, state=TrialState.FAIL)

    def importances(self) -> dict[str, float]:
        """{setting: share of the differences between finished trials that it explains}; empty for too few trials.

        By functional ANOVA (Hutter, Hoos and Leyton-Brown 2014, ICML), as Optuna computes it.
        """
        finished = [trial for trial in self.trials if trial.state == TrialState.COMPLETE]
        if len(finished) < FEWEST_TO_RANK_SETTINGS or len({trial.value for trial in finished}) < 2:
            return {}
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self._config.seed)
        return optuna.importance.get_param_importances(self._study, evaluator=evaluator)

    def _ask(self) -> optuna.Trial:
        # A seed for each trial: processes that start together, or go on, would try the same again.
        seed = self._config.seed + len(self._study.get_trials(deepcopy=False))
        self._study.sampler = optuna.samplers.TPESampler(seed=seed % 2**32)
        return self._study.ask()

    def _was_killed(self, trial: FrozenTrial) -> bool:
        if trial.state == TrialState.RUNNING:
            return not is_locked(self._lock(trial.number))
        return trial.state == TrialState.FAIL and ERROR not in trial.user_attrs

    def _lock(self, number: int) -> Path:
        return self._folder / "trials" / f"{number}.lock"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with exclusive_lock(self._folder / "study.lock"):
            yield


def suggest(trial: optuna.Trial, space: Mapping[str, Dimension]) -> dict[str, Value]:
    """{setting: value} to try."""
    return {key: _suggested(trial, key, dimension) for key, dimension in space.items()}


def _suggested(trial: optuna.Trial, key: str, dimension: Dimension) -> Value:
    if isinstance(dimension, Choices):
        return trial.suggest_categorical(key, list(dimension.values))
    if dimension.is_whole:
        return trial.suggest_int(key, int(dimension.low), int(dimension.high), log=dimension.log)
    value = trial.suggest_float(key, dimension.low, dimension.high, log=dimension.log)
    # As a person would write it: the digits behind say nothing, and names of runs are read.
    return min(max(float(f"{value:.{SIGNIFICANT_DIGITS}g}"), dimension.low), dimension.high)


def _pruner(config: PruningConfig) -> optuna.pruners.BasePruner:
    if config.curve == "none":
        return optuna.pruners.NopPruner()
    return optuna.pruners.PercentilePruner(
        100 * (1 - config.worst), n_startup_trials=config.after_trials, n_warmup_steps=config.after_epochs
    )


def _changed(before: Mapping[str, object], now: Mapping[str, object]) -> str:
    keys: Sequence[str] = [key for key in now if now[key] != before.get(key)]
    said = ", ".join(f"{key} {json.dumps(before.get(key))}" for key in keys)
    return f"the study of that name has {said}"
