"""What is compared: runs with their predictions, and the settings that they are runs of."""

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
    """Runs of the same settings but for their seed, in the order of their seeds.

    name: the settings in which it differs from the others, as they were typed. params: all of them.
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
    """The settings among `predicted_runs`, in the order in which they first ran."""
    groups: dict[str, list[PredictedRun]] = {}
    for predicted_run in predicted_runs:
        groups.setdefault(json.dumps(settings_of(predicted_run.run), sort_keys=True), []).append(predicted_run)
    names = _names([group[0] for group in groups.values()])
    # Of a setting and seed that ran twice, the later run counts.
    latest = [{predicted_run.seed: predicted_run for predicted_run in group} for group in groups.values()]
    return [
        FinishedSetting(name, [by_seed[seed] for seed in sorted(by_seed, key=_number)])
        for name, by_seed in zip(names, latest, strict=True)
    ]


def settings_of(run: FinishedRun) -> dict[str, str]:
    """What could make another model of the same seed, or another evaluation of it: settings, and the images."""
    settings = {key: value for key, value in run.params.items() if key != SEED and effect_of(key) is not FILES}
    return settings | {DATA_SHA256: run.tags.get(DATA_SHA256, "")[:DIGEST_CHARACTERS]}


def differing(everyone: Sequence[FinishedSetting]) -> list[str]:
    """The settings in which any two of them differ."""
    keys = sorted({key for one in everyone for key in one.params})
    return [key for key in keys if len({one.params.get(key) for one in everyone}) > 1]


def _names(first_runs: Sequence[PredictedRun]) -> list[str]:
    """By what was typed for some and not for all of them; where that says too little, by their settings."""
    typed = [_typed(predicted_run.run) for predicted_run in first_runs]
    names = [_own(words, typed) for words in typed]
    if len(set(names)) < len(names):
        settings = [
            [f"{key}={value}" for key, value in settings_of(predicted_run.run).items()] for predicted_run in first_runs
        ]
        names = [_own(words, settings) for words in settings]
    return [name or "defaults" for name in names]


def _typed(run: FinishedRun) -> list[str]:
    return [word for word in shlex.split(run.tags.get(OVERRIDES, "")) if _tells(word.partition("=")[0])]


def _tells(key: str) -> bool:
    """Whether an override may tell one setting from another."""
    return key != SEED and (effect_of(key) is not FILES or key in keys_with("images_lie_here"))


def _own(words: Sequence[str], everyones: Sequence[Sequence[str]]) -> str:
    return ", ".join(word for word in words if not all(word in others for others in everyones))


def _number(seed: str) -> tuple[float, str]:
    return (float(seed) if seed.isdigit() else np.inf, seed)
