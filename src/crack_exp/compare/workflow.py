"""A comparison: find runs in MLflow, test the settings, print tables and write a page."""

import logging
from collections.abc import Sequence
from math import nan
from pathlib import Path
from statistics import fmean

import numpy as np

from crack_exp.compare.finished_settings import FinishedSetting, differing, finished_settings
from crack_exp.config.compare_schema import CompareConfig
from crack_exp.config.overrides import command_line
from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.disagreement import disagreements, seed_disagreements
from crack_exp.evaluation.metrics import METRICS, confusion
from crack_exp.evaluation.paired_tests import COMPARED
from crack_exp.evaluation.pairwise import LOWER_IS_BETTER, compare_pairs
from crack_exp.evaluation.selection import Selection, Standing, selection
from crack_exp.report.comparison.page import write_comparison
from crack_exp.report.comparison.tables import (
    COSTS,
    MAX_PICTURES,
    TITLES,
    ComparedSetting,
    Comparison,
    ShownDisagreements,
    comparison_text,
)
from crack_exp.report.wording import counted
from crack_exp.run_files.images import read_run_images
from crack_exp.run_files.names import COMPARISON_PAGE, PARAMETERS, SIZE_MB
from crack_exp.run_files.painted_runs import banner_of_runs
from crack_exp.run_files.predicted_run import PredictedRun, read_predicted_run
from crack_exp.run_files.recorded_metrics import other_seconds, training_seconds, validation_figures
from crack_exp.run_files.sweep_members import runs_of_sweep
from crack_exp.system.errors import UserError
from crack_exp.tracking.search import FinishedRun, find_runs

log = logging.getLogger(__name__)

SELECTING = ("runs", "sweep", "filter")
"""Settings that select the runs."""

ID_CHARACTERS = 8  # of 32: the probability that two of 10,000 runs have the same prefix is 1 %


def run_comparison(config: CompareConfig, folder: Path, overrides: Sequence[str]) -> Comparison:
    """Find the runs, test each pair of settings, print the tables and write the page into `folder`.

    Raises UserError where fewer than two settings have runs with predictions.
    """
    runs = selected_runs(config)
    predicted_runs, excluded = _with_predictions(runs)
    settings = finished_settings(predicted_runs)
    if len(settings) < 2:
        raise UserError(
            f"runs: {counted(len(runs), 'run')} found, with predictions of {counted(len(settings), 'setting')}; select "
            "runs of at least two settings"
        )
    comparison = compare(settings, excluded, config, overrides)
    folder.mkdir(parents=True, exist_ok=True)
    log.info("%s", comparison_text(comparison))
    write_comparison(comparison, folder / COMPARISON_PAGE)
    log.info("\npage:     %s", folder / COMPARISON_PAGE)
    return comparison


def selected_runs(config: CompareConfig) -> list[FinishedRun]:
    """The runs that the settings select. Raises UserError where there are none."""
    tracking = config.tracking
    if config.sweep is not None:
        return runs_of_sweep(tracking.store, config.sweep, tracking.experiment, config.filter)
    return find_runs(tracking.store, ids=config.runs, experiment=tracking.experiment, query=config.filter)


def compare(
    settings: Sequence[FinishedSetting], excluded: Sequence[str], config: CompareConfig, overrides: Sequence[str]
) -> Comparison:
    """Test each pair, and collect the data of the report."""
    predictions = {
        one.name: {predicted_run.seed: predicted_run.predictions for predicted_run in one.predicted_runs}
        for one in settings
    }
    bootstrap = Bootstrap(config.bootstrap_resamples, config.seed, COMPARED)
    pairs = compare_pairs(predictions, config.metric, bootstrap)
    same_images = not any(pair.refused for pair in pairs)
    best_first, by_validation = _ordered(settings, config.metric)
    keys = differing(settings)
    found = _selection(settings, config.metric, bootstrap) if same_images else None
    standings = found.standings if found else {}
    some = settings[0].predicted_runs[0].predictions
    return Comparison(
        command=command_line("compare", overrides),
        same_runs=command_line("compare", _by_ids(settings, overrides)),
        metric=config.metric,
        confidence=config.confidence,
        ranked=[_shown(one, keys, config.metric, standings.get(one.name)) for one in best_first],
        pairs=pairs,
        images=len(some.names),
        groups=len(set(some.groups)),
        disagreements=_disagreements(best_first) if same_images else None,
        excluded=excluded,
        by_validation=by_validation,
        selection=found,
        banner=banner_of_runs(predicted_run.run for one in settings for predicted_run in one.predicted_runs),
    )


def _ordered(settings: Sequence[FinishedSetting], metric: str) -> tuple[list[FinishedSetting], bool]:
    """Best first by validation, which does not flatter the test figure; by test where a run has no such figure."""
    sign = 1 if metric in LOWER_IS_BETTER else -1
    on_validation = [_on_validation(one, metric) for one in settings]
    known = all(len(values) == len(one.predicted_runs) for values, one in zip(on_validation, settings, strict=True))
    figures = on_validation if known else [_figures(one, metric) for one in settings]
    order = sorted(range(len(settings)), key=lambda index: sign * fmean(figures[index]))
    return [settings[index] for index in order], known


def _on_validation(one: FinishedSetting, metric: str) -> list[float]:
    """Of the runs that recorded it."""
    found = [validation_figures(predicted_run.run.metrics) for predicted_run in one.predicted_runs]
    return [figures[metric] for figures in found if metric in figures]


def _selection(settings: Sequence[FinishedSetting], metric: str, bootstrap: Bootstrap) -> Selection | None:
    runs = {one.name: [predicted_run.predictions for predicted_run in one.predicted_runs] for one in settings}
    return selection(runs, metric, bootstrap)


def _by_ids(settings: Sequence[FinishedSetting], overrides: Sequence[str]) -> list[str]:
    """The overrides that select exactly these runs."""
    ids = [predicted_run.run.run_id[:ID_CHARACTERS] for one in settings for predicted_run in one.predicted_runs]
    others = [one for one in overrides if one.partition("=")[0] not in SELECTING]
    return [*others, f"runs=[{','.join(ids)}]"]


def _shown(one: FinishedSetting, keys: Sequence[str], metric: str, standing: Standing | None) -> ComparedSetting:
    params, predictions = one.params, [predicted_run.predictions for predicted_run in one.predicted_runs]
    costs = [_costs(predicted_run.run) for predicted_run in one.predicted_runs]
    return ComparedSetting(
        name=one.name,
        seeds=one.seeds,
        figures={title: _figures(one, title) for title in TITLES},
        validation=_on_validation(one, metric),
        standing=standing,
        intervals=[_interval(predicted_run.run, metric) for predicted_run in one.predicted_runs],
        costs={cost: [of_run[cost] for of_run in costs] for cost in COSTS},
        settings={key: params.get(key, "") for key in keys},
        histories=[predicted_run.history for predicted_run in one.predicted_runs],
        class_names=predictions[0].class_names,
        confusion=np.mean([confusion(one_run) for one_run in predictions], axis=0),
        seed_disagreements=seed_disagreements(predictions),
    )


def _figures(one: FinishedSetting, metric: str) -> list[float]:
    return [METRICS[metric](predicted_run.predictions) for predicted_run in one.predicted_runs]


def _interval(run: FinishedRun, metric: str) -> tuple[float, float] | None:
    """The confidence interval on the test images that the run recorded."""
    low, high = (run.metrics.get(f"test/{metric}_{side}") for side in ("low", "high"))
    return None if low is None or high is None else (low, high)


def _costs(run: FinishedRun) -> dict[str, float]:
    """NaN where the run did not record a cost."""
    return {
        "training_seconds": training_seconds(run.metrics),
        "other_seconds": other_seconds(run.metrics),
        "parameters": run.metrics.get(PARAMETERS, nan),
        "size_mb": run.metrics.get(SIZE_MB, nan),
    }


def _disagreements(best_first: Sequence[FinishedSetting]) -> ShownDisagreements:
    images = disagreements(
        {one.name: [predicted_run.predictions for predicted_run in one.predicted_runs] for one in best_first}
    )
    # All runs have the same test images.
    run = best_first[0].predicted_runs[0].run
    return ShownDisagreements(images, *read_run_images(run, [image.name for image in images[:MAX_PICTURES]]))


def _with_predictions(runs: Sequence[FinishedRun]) -> tuple[list[PredictedRun], list[str]]:
    """The runs that can be compared, and a sentence about each of the others."""
    found = [(run, read_predicted_run(run)) for run in runs]
    excluded = [f"run {run.run_id} ('{run.name}') {why}" for run, why in found if isinstance(why, str)]
    for sentence in excluded:
        log.warning("excluded: %s", sentence)
    return [predicted_run for _, predicted_run in found if isinstance(predicted_run, PredictedRun)], excluded
