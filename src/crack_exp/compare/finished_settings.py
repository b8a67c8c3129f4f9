"""What is compared: runs with their predictions, and the settings that they are runs of."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.predictions import Predictions
from crack_exp.tracking.search import FinishedRun

PREDICTIONS_FILE, HISTORY_FILE = "predictions.csv", "history.csv"
CLASSES, INTACT = "data.class_names", "data.intact_classes"
"""Tags of a run: a JSON list of names each."""

PARAMETERS, SIZE_MB = "model/parameters", "model/size_mb"
"""Metrics of a run: of the trained network, and of the file model.keras."""

SEED = "seed"
NO_SETTINGS = ("run_name", "resume", "tracking.", "runtime.feature_cache.max_gb", "data.cache_gb", "sweep.")
"""Keys, or what they begin with, that change nothing in what a model learns."""

PROBABILITY = "probability "


@dataclass(frozen=True)
class PredictedRun:
    """A finished run with what it said about its test images."""

    run: FinishedRun
    predictions: Predictions

    @property
    def seed(self) -> str:
        return self.run.params.get(SEED, "")


@dataclass(frozen=True)
class Contender:
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


def read_predicted_run(run: FinishedRun) -> PredictedRun | str:
    """The run with its predictions, or why it cannot be compared."""
    if run.status != "FINISHED":
        return f"is {run.status}"
    if CLASSES not in run.tags or not (rows := run.store.rows(PREDICTIONS_FILE)):
        return "has no predictions"
    return PredictedRun(run, _predictions(rows, json.loads(run.tags[CLASSES]), json.loads(run.tags[INTACT])))


def contenders(predicted_runs: Sequence[PredictedRun]) -> list[Contender]:
    """The settings among `predicted_runs`, in the order in which they first ran."""
    groups: dict[str, list[PredictedRun]] = {}
    for predicted_run in predicted_runs:
        groups.setdefault(json.dumps(settings_of(predicted_run.run), sort_keys=True), []).append(predicted_run)
    names = _names([group[0] for group in groups.values()])
    # Of a setting and seed that ran twice, the later run counts.
    latest = [{predicted_run.seed: predicted_run for predicted_run in group} for group in groups.values()]
    return [
        Contender(name, [by_seed[seed] for seed in sorted(by_seed, key=_number)])
        for name, by_seed in zip(names, latest, strict=True)
    ]


def settings_of(run: FinishedRun) -> dict[str, str]:
    """What could make another model of the same seed."""
    return {key: value for key, value in run.params.items() if key != SEED and not key.startswith(NO_SETTINGS)}


def differing(everyone: Sequence[Contender]) -> list[str]:
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
    without = (f"{SEED}=", *NO_SETTINGS)
    return [word for word in shlex.split(run.tags.get("overrides", "")) if not word.startswith(without)]


def _own(words: Sequence[str], everyones: Sequence[Sequence[str]]) -> str:
    return ", ".join(word for word in words if not all(word in others for others in everyones))


def _predictions(rows: Sequence[Mapping[str, str]], class_names: list[str], intact: list[str]) -> Predictions:
    """In the order of their names, so that runs which read the same images in another order agree."""
    rows = sorted(rows, key=lambda row: row["name"])
    return Predictions(
        names=[row["name"] for row in rows],
        groups=[row["group"] for row in rows],
        labels=np.array([class_names.index(row["label"]) for row in rows], np.int32),
        probabilities=np.array([[float(row[PROBABILITY + name]) for name in class_names] for row in rows]),
        class_names=class_names,
        intact=frozenset(class_names.index(name) for name in intact),
    )


def _number(seed: str) -> tuple[float, str]:
    return (float(seed) if seed.isdigit() else np.inf, seed)
