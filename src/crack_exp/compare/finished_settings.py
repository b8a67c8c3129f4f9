"""The compared settings, each with its finished runs and their predictions."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.config.effects import effect_of, keys_with
from crack_exp.config.validators import FILES
from crack_exp.evaluation.predictions import Predictions
from crack_exp.run_files.names import DATA_SHA256, KERAS_BACKEND, OVERRIDES, SEED
from crack_exp.run_files.predicted_run import PredictedRun
from crack_exp.system.keras_backend import TENSORFLOW
from crack_exp.tracking.finished_run import FinishedRun

DIGEST_CHARACTERS = 12
NOTHING_TYPED = "defaults"


@dataclass(frozen=True)
class FinishedSetting:
    """Runs that differ only in their seed, sorted by seed. params: all settings."""

    predicted_runs: Sequence[PredictedRun]

    @property
    def params(self) -> dict[str, str]:
        return settings_of(self.predicted_runs[0].run)

    @property
    def seeds(self) -> list[str]:
        return [predicted_run.seed for predicted_run in self.predicted_runs]

    @property
    def predictions(self) -> list[Predictions]:
        return [predicted_run.predictions for predicted_run in self.predicted_runs]


def finished_settings(predicted_runs: Sequence[PredictedRun]) -> list[FinishedSetting]:
    """The settings among `predicted_runs`, in the order of their first runs."""
    groups: dict[str, list[PredictedRun]] = {}
    for predicted_run in predicted_runs:
        groups.setdefault(json.dumps(settings_of(predicted_run.run), sort_keys=True), []).append(predicted_run)
    # If a setting ran twice with the same seed, the later run is used.
    latest = [{predicted_run.seed: predicted_run for predicted_run in group} for group in groups.values()]
    return [FinishedSetting([by_seed[seed] for seed in sorted(by_seed, key=_number)]) for by_seed in latest]


def by_test_images(predicted_runs: Sequence[PredictedRun]) -> list[list[PredictedRun]]:
    """The runs that were evaluated on the same images, with the same labels, groups and classes, together."""
    groups: dict[str, list[PredictedRun]] = {}
    for predicted_run in predicted_runs:
        groups.setdefault(_test_images(predicted_run.predictions), []).append(predicted_run)
    return list(groups.values())


def settings_of(run: FinishedRun) -> dict[str, str]:
    """Everything except the seed that can change the model or its evaluation: settings, images, and Keras's backend."""
    settings = {key: value for key, value in run.params.items() if key != SEED and effect_of(key) is not FILES}
    images = run.tags.get(DATA_SHA256, "")[:DIGEST_CHARACTERS]
    return settings | {DATA_SHA256: images, KERAS_BACKEND: run.tags.get(KERAS_BACKEND, TENSORFLOW)}


def differing(compared: Sequence[FinishedSetting]) -> list[str]:
    """The keys of settings that differ between any two."""
    keys = sorted({key for one in compared for key in one.params})
    return [key for key in keys if len({one.params.get(key) for one in compared}) > 1]


def names_of(compared: Sequence[FinishedSetting]) -> list[str]:
    """How each differs from the others: the overrides as they were typed; where these are not unique, all settings."""
    typed = [_typed(one.predicted_runs[0].run) for one in compared]
    names = [_not_shared(words, typed, _same_everywhere(compared)) for words in typed]
    if len(set(names)) < len(names):
        settings = [[f"{key}={value}" for key, value in one.params.items()] for one in compared]
        names = [_not_shared(words, settings, set()) for words in settings]
    return [name or NOTHING_TYPED for name in names]


def _test_images(predictions: Predictions) -> str:
    """The same text for the same test images. Intact is a set: it is sorted."""
    one = predictions
    return json.dumps([one.names, one.groups, one.labels.tolist(), one.class_names, sorted(one.intact)])


def _typed(run: FinishedRun) -> list[str]:
    return [word for word in shlex.split(run.tags.get(OVERRIDES, "")) if _is_name(word.partition("=")[0])]


def _is_name(key: str) -> bool:
    """Whether an override may be part of a name."""
    return key != SEED and (effect_of(key) is not FILES or key in keys_with("images_lie_here"))


def _same_everywhere(compared: Sequence[FinishedSetting]) -> set[str]:
    """The keys of settings that do not differ, though not all runs typed them; with the same images, their places."""
    first = compared[0].params
    same = {key for key, value in first.items() if all(one.params.get(key) == value for one in compared)}
    return same | set(keys_with("images_lie_here") if DATA_SHA256 in same and first[DATA_SHA256] else ())


def _not_shared(words: Sequence[str], of_all: Sequence[Sequence[str]], same: set[str]) -> str:
    own = (word for word in words if not all(word in others for others in of_all))
    return ", ".join(word for word in own if word.partition("=")[0] not in same)


def _number(seed: str) -> tuple[float, str]:
    return (float(seed) if seed.isdigit() else np.inf, seed)
