"""Which of several runs, or settings, is better by more than luck: from what MLflow holds to a table and a page."""

import logging
from collections.abc import Sequence
from math import nan
from pathlib import Path
from statistics import fmean

import numpy as np

from crack_exp.compare.finished_settings import (
    HISTORY_FILE,
    PARAMETERS,
    SIZE_MB,
    Contender,
    PredictedRun,
    contenders,
    differing,
    read_predicted_run,
)
from crack_exp.config.command_line import command_line
from crack_exp.config.compare_schema import CompareConfig
from crack_exp.evaluation.disagreement import disagreements, divided_seeds
from crack_exp.evaluation.metrics import METRICS, confusion
from crack_exp.evaluation.pairwise import LOWER_IS_BETTER, compare_pairs
from crack_exp.report.comparison.page import write_comparison
from crack_exp.report.comparison.tables import COSTS, MOST_PICTURES, TITLES, Comparison, Division, comparison_text
from crack_exp.report.comparison.tables import Contender as Shown
from crack_exp.report.wording import counted
from crack_exp.run_files.images import read_run_images
from crack_exp.system.errors import UserError
from crack_exp.tracking.search import FinishedRun, find_runs
from crack_exp.training.history import EpochRecord

log = logging.getLogger(__name__)

PAGE_FILE = "comparison.html"
PICKING = ("runs", "sweep", "filter")
"""Settings that say which runs."""

ID_CHARACTERS = 8  # of 32: in a store of 10,000 runs no two share them, but for one in a hundred such stores


def run_comparison(config: CompareConfig, folder: Path, overrides: Sequence[str]) -> Comparison:
    """Find the runs, test each pair of settings, print the tables and write the page into `folder`.

    Raises UserError where there are not runs with predictions of at least two settings.
    """
    runs = find_runs(
        uri=config.tracking.uri,
        folder=Path(config.tracking.folder),
        ids=config.runs,
        sweep=config.sweep,
        experiment=config.tracking.experiment,
        query=config.filter,
    )
    predicted_runs, left_out = _with_predictions(runs)
    everyone = contenders(predicted_runs)
    if len(everyone) < 2:
        raise UserError(
            f"runs: {counted(len(runs), 'run')} found, with predictions of {counted(len(everyone), 'setting')}; name "
            "runs of two settings at least"
        )
    comparison = compare(everyone, left_out, config, overrides)
    folder.mkdir(parents=True, exist_ok=True)
    write_comparison(comparison, folder / PAGE_FILE)
    log.info("%s\n\npage:     %s", comparison_text(comparison), folder / PAGE_FILE)
    return comparison


def compare(
    everyone: Sequence[Contender], left_out: Sequence[str], config: CompareConfig, overrides: Sequence[str]
) -> Comparison:
    """Test each pair, and bring together what is shown of each setting."""
    predictions = {
        one.name: {predicted_run.seed: predicted_run.predictions for predicted_run in one.predicted_runs}
        for one in everyone
    }
    pairs = compare_pairs(predictions, config.metric, resamples=config.bootstrap_resamples, seed=config.seed)
    sign = 1 if config.metric in LOWER_IS_BETTER else -1
    best_first = sorted(everyone, key=lambda one: sign * fmean(_figures(one, config.metric)))
    keys = differing(everyone)
    some = everyone[0].predicted_runs[0].predictions
    return Comparison(
        command=command_line("compare", overrides),
        same_runs=command_line("compare", _by_ids(everyone, overrides)),
        metric=config.metric,
        confidence=config.confidence,
        contenders=[_shown(one, keys, config.metric) for one in best_first],
        pairs=pairs,
        images=len(some.names),
        groups=len(set(some.groups)),
        division=None if any(pair.refused for pair in pairs) else _division(best_first),
        left_out=left_out,
    )


def _by_ids(everyone: Sequence[Contender], overrides: Sequence[str]) -> list[str]:
    """What picks these very runs, whatever is recorded after them."""
    ids = [predicted_run.run.run_id[:ID_CHARACTERS] for one in everyone for predicted_run in one.predicted_runs]
    others = [one for one in overrides if one.partition("=")[0] not in PICKING]
    return [*others, f"runs=[{','.join(ids)}]"]


def _shown(one: Contender, keys: Sequence[str], metric: str) -> Shown:
    params, predictions = one.params, [predicted_run.predictions for predicted_run in one.predicted_runs]
    costs = [_costs(predicted_run.run) for predicted_run in one.predicted_runs]
    return Shown(
        name=one.name,
        seeds=one.seeds,
        figures={title: _figures(one, title) for title in TITLES},
        intervals=[_interval(predicted_run.run, metric) for predicted_run in one.predicted_runs],
        costs={cost: [of_run[cost] for of_run in costs] for cost in COSTS},
        settings={key: params.get(key, "") for key in keys},
        histories=[_history(predicted_run.run) for predicted_run in one.predicted_runs],
        class_names=predictions[0].class_names,
        confusion=np.mean([confusion(judged) for judged in predictions], axis=0),
        divided_seeds=divided_seeds(predictions),
    )


def _figures(one: Contender, metric: str) -> list[float]:
    return [METRICS[metric](predicted_run.predictions) for predicted_run in one.predicted_runs]


def _interval(run: FinishedRun, metric: str) -> tuple[float, float] | None:
    """As the run found it on its test images."""
    low, high = (run.metrics.get(f"test/{metric}_{side}") for side in ("low", "high"))
    return None if low is None or high is None else (low, high)


def _costs(run: FinishedRun) -> dict[str, float]:
    """NaN where the run does not tell."""
    return {
        "seconds": seconds_of(run) or nan,
        "parameters": run.metrics.get(PARAMETERS, nan),
        "size_mb": run.metrics.get(SIZE_MB, nan),
    }


def _division(best_first: Sequence[Contender]) -> Division:
    images = disagreements(
        {one.name: [predicted_run.predictions for predicted_run in one.predicted_runs] for one in best_first}
    )
    # All have judged the same images, so those of any run will do.
    run = best_first[0].predicted_runs[0].run
    return Division(images, *read_run_images(run, [image.name for image in images[:MOST_PICTURES]]))


def seconds_of(run: FinishedRun) -> float:
    """Of all parts of the run; a phase is counted under training already."""
    phases = ("seconds/head", "seconds/fine_tune")
    return sum(value for key, value in run.metrics.items() if key.startswith("seconds/") and key not in phases)


def _history(run: FinishedRun) -> list[EpochRecord]:
    return [
        EpochRecord(
            epoch=int(row["epoch"]),
            phase=row["phase"],
            **{key: float(value) for key, value in row.items() if key not in ("epoch", "phase")},
        )
        for row in run.store.rows(HISTORY_FILE) or []
    ]


def _with_predictions(runs: Sequence[FinishedRun]) -> tuple[list[PredictedRun], list[str]]:
    """Those that can be compared, and a sentence on each of the others."""
    found = [(run, read_predicted_run(run)) for run in runs]
    left_out = [f"run {run.run_id} ('{run.name}') {why}" for run, why in found if isinstance(why, str)]
    for sentence in left_out:
        log.warning("left out: %s", sentence)
    return [predicted_run for _, predicted_run in found if isinstance(predicted_run, PredictedRun)], left_out
