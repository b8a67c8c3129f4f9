"""The compared settings, each with its finished runs and their predictions."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.config.effects import effect_of, keys_with
from crack_exp.config.validators import FILES
from crack_exp.run_files.names import DATA_SHA256, OVERRIDES, SEED
from crack_exp.run_files.predicted_run import PredictedRun
from crack_exp.tracking.search import FinishedRun

DIGEST_CHARACTERS = 12


@dataclass(frozen=True)
class FinishedSetting:
    """Runs that differ only in their seed, sorted by seed.

    name: the overrides that not all settings have, as they were typed; params: all settings.
    """

    name: str
    predicted_runs: Sequence[PredictedRun]

    @property
    def params(self) -> dict[str, str]:
        return settings_of(self.predicted_runs[0].run)

    @property
    def seeds(self) -> list[str]:
        return [predicted_run.seed for predicted_run in self.predicted_runs]


def finished_settings(predicted_runs: Sequence[PredictedRun]) -> list[FinishedSetting]:
    """The settings among `predicted_runs`, in the order of their first runs."""
    groups: dict[str, list[PredictedRun]] = {}
    for predicted_run in predicted_runs:
        groups.setdefault(json.dumps(settings_of(predicted_run.run), sort_keys=True), []).append(predicted_run)
    names = _names([group[0] for group in groups.values()])
    # If a setting ran twice with the same seed, the later run is used.
    latest = [{predicted_run.seed: predicted_run for predicted_run in group} for group in groups.values()]
    return [
        FinishedSetting(name, [by_seed[seed] for seed in sorted(by_seed, key=_number)])
        for name, by_seed in zip(names, latest, strict=True)
    ]


def settings_of(run: FinishedRun) -> dict[str, str]:
    """Everything except the seed that can change the model or its evaluation: settings, and the images."""
    settings = {key: value for key, value in run.params.items() if key != SEED and effect_of(key) is not FILES}
    return settings | {DATA_SHA256: run.tags.get(DATA_SHA256, "")[:DIGEST_CHARACTERS]}


def differing(compared: Sequence[FinishedSetting]) -> list[str]:
    """The keys of settings that differ between any two."""
    keys = sorted({key for one in compared for key in one.params})
    return [key for key in keys if len({one.params.get(key) for one in compared}) > 1]


def _names(first_runs: Sequence[PredictedRun]) -> list[str]:
    """From the overrides that not all have; where these are not unique, from all settings."""
    typed = [_typed(predicted_run.run) for predicted_run in first_runs]
    names = [_not_shared(words, typed) for words in typed]
    if len(set(names)) < len(names):
        settings = [
            [f"{key}={value}" for key, value in settings_of(predicted_run.run).items()] for predicted_run in first_runs
        ]
        names = [_not_shared(words, settings) for words in settings]
    return [name or "defaults" for name in names]


def _typed(run: FinishedRun) -> list[str]:
    return [word for word in shlex.split(run.tags.get(OVERRIDES, "")) if _is_name(word.partition("=")[0])]


def _is_name(key: str) -> bool:
    """Whether an override may be part of a name."""
    return key != SEED and (effect_of(key) is not FILES or key in keys_with("images_lie_here"))


def _not_shared(words: Sequence[str], of_all: Sequence[Sequence[str]]) -> str:
    return ", ".join(word for word in words if not all(word in others for others in of_all))


def _number(seed: str) -> tuple[float, str]:
    return (float(seed) if seed.isdigit() else np.inf, seed)
