"""A comparison: find runs in MLflow, test the settings, print tables and write a page."""

import logging
from collections.abc import Sequence
from math import nan
from pathlib import Path
from statistics import fmean

import numpy as np

from crack_exp.compare.finished_settings import (
    FinishedSetting,
    by_test_images,
    differing,
    finished_settings,
    names_of,
)
from crack_exp.config.compare_schema import CompareConfig
from crack_exp.config.overrides import command_line
from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.decisions import decide
from crack_exp.evaluation.disagreement import agreement
from crack_exp.evaluation.metrics import METRICS, confusion
from crack_exp.evaluation.over_seeds import mean_figures
from crack_exp.evaluation.paired_tests import COMPARED
from crack_exp.evaluation.pairwise import LOWER_IS_BETTER, Pair, compare_pairs
from crack_exp.evaluation.selection import selection
from crack_exp.report.comparison.content import (
    MAX_PICTURES,
    ComparedSetting,
    Comparison,
    Ranking,
    ShownDisagreements,
    label_of,
)
from crack_exp.report.comparison.page import write_comparison
from crack_exp.report.comparison.tables import COSTS
from crack_exp.report.comparison.text import comparison_text
from crack_exp.report.wording import counted
from crack_exp.run_files.images import read_run_images
from crack_exp.run_files.names import COMPARISON_PAGE, PARAMETERS, SIZE_MB, TEST
from crack_exp.run_files.painted_runs import banner_of_runs
from crack_exp.run_files.predicted_run import PredictedRun, read_predicted_run
from crack_exp.run_files.recorded_metrics import other_seconds, training_seconds, validation_figures
from crack_exp.run_files.sweep_members import runs_of_sweep
from crack_exp.system.errors import UserError
from crack_exp.tracking.search import FinishedRun, find_runs

log = logging.getLogger(__name__)

THRESHOLD = f"{TEST}/threshold"

SELECTING = ("runs", "sweep", "filter")
"""Settings that select the runs."""

ID_CHARACTERS = 8  # of 32: the probability that two of 10,000 runs have the same prefix is 1 %


def run_comparison(config: CompareConfig, folder: Path, overrides: Sequence[str]) -> Comparison:
    """Find the runs, test each pair of settings, print the tables and write the page into `folder`.

    Raises UserError where no two settings have runs with predictions of the same test images.
    """
    runs = selected_runs(config)
    predicted_runs, excluded = _with_predictions(runs)
    found = [finished_settings(some) for some in by_test_images(predicted_runs)]
    if max(map(len, found), default=0) < 2:
        raise UserError(_why_none(len(runs), sum(map(len, found))))
    comparison = compare(found, excluded, config, overrides)
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
    found: Sequence[Sequence[FinishedSetting]],
    excluded: Sequence[str],
    config: CompareConfig,
    overrides: Sequence[str],
) -> Comparison:
    """Test each pair, and collect the data of the report. found: settings, those with the same test images together."""
    together = sorted((some for some in found if len(some) > 1), key=len, reverse=True)
    ranked = [_best_first(some, config.metric) for some in together]
    in_order = [one for some in ranked for one in some]
    labels = {id(one): label_of(number) for number, one in enumerate(in_order)}
    seeds = {labels[id(one)]: dict(zip(one.seeds, one.predictions, strict=True)) for one in in_order}
    bootstrap = Bootstrap(config.bootstrap_resamples, config.seed, COMPARED)
    pairs = compare_pairs(seeds, config.metric, bootstrap)
    tested = sum(config.metric in pair.differences for pair in pairs)
    return Comparison(
        command=command_line("compare", overrides),
        same_runs=command_line("compare", _by_ids(in_order, overrides)),
        metric=config.metric,
        confidence=config.confidence,
        rankings=[
            _ranking(some, [labels[id(one)] for one in some], pairs, tested, config, bootstrap) for some in ranked
        ],
        alone=[_alone(some[0]) for some in found if len(some) == 1],
        excluded=excluded,
        banner=banner_of_runs(predicted_run.run for one in in_order for predicted_run in one.predicted_runs),
    )


def _best_first(settings: Sequence[FinishedSetting], metric: str) -> list[FinishedSetting]:
    """By the figures on validation, so that no setting is best by its luck on test; on test where these are unknown."""
    sign = 1 if metric in LOWER_IS_BETTER else -1
    by = {id(one): _on_validation(one, metric) for one in settings}
    if None in by.values():
        by = {id(one): fmean(METRICS[metric](predictions) for predictions in one.predictions) for one in settings}
    return sorted(settings, key=lambda one: sign * (by[id(one)] or 0.0))


def _on_validation(one: FinishedSetting, metric: str) -> float | None:
    """The mean over its runs; None where any of them did not record it."""
    found = [validation_figures(predicted_run.run.metrics).get(metric) for predicted_run in one.predicted_runs]
    known = [value for value in found if value is not None]
    return fmean(known) if len(known) == len(found) else None


def _ranking(
    settings: Sequence[FinishedSetting],
    labels: Sequence[str],
    pairs: Sequence[Pair],
    tested_pairs: int,
    config: CompareConfig,
    bootstrap: Bootstrap,
) -> Ranking:
    keys, names = differing(settings), names_of(settings)
    shown = [_shown(*one, keys, config, bootstrap) for one in zip(settings, labels, names, strict=True)]
    predictions = [one.predictions for one in settings]
    some = predictions[0][0]
    return Ranking(
        ranked=shown,
        by_validation=all(one.validation is not None for one in shown),
        metric=config.metric,
        confidence=config.confidence,
        pairs=[pair for pair in pairs if {pair.first, pair.second} <= set(labels)],
        tested_pairs=tested_pairs,
        images=len(some.names),
        groups=len(set(some.groups)),
        cracks=int(some.is_crack.sum()),
        selection=selection(dict(zip(labels, predictions, strict=True)), config.metric, bootstrap),
        disagreements=_disagreements(shown, settings[0]),
    )


def _shown(
    one: FinishedSetting, label: str, name: str, keys: Sequence[str], config: CompareConfig, bootstrap: Bootstrap
) -> ComparedSetting:
    params, runs = one.params, [predicted_run.run for predicted_run in one.predicted_runs]
    costs, thresholds = [_costs(run) for run in runs], _thresholds(runs)
    return ComparedSetting(
        label=label,
        name=name,
        seeds=one.seeds,
        figures=mean_figures(one.predictions, thresholds, config.confidence, bootstrap),
        validation=_on_validation(one, config.metric),
        costs={cost: [of_run[cost] for of_run in costs] for cost in COSTS},
        settings={key: params.get(key, "") for key in keys},
        histories=[predicted_run.history for predicted_run in one.predicted_runs],
        class_names=one.predictions[0].class_names,
        confusion=np.mean([confusion(run) for run in one.predictions], axis=0),
        decisions=None if thresholds is None else decide(one.predictions, thresholds),
    )


def _thresholds(runs: Sequence[FinishedRun]) -> list[float] | None:
    """The threshold of each run; None where any of them recorded none, as those of earlier versions."""
    known = [run.metrics[THRESHOLD] for run in runs if THRESHOLD in run.metrics]
    return known if len(known) == len(runs) else None


def _costs(run: FinishedRun) -> dict[str, float]:
    """NaN where the run did not record a cost."""
    return {
        "training_seconds": training_seconds(run.metrics),
        "other_seconds": other_seconds(run.metrics),
        "parameters": run.metrics.get(PARAMETERS, nan),
        "size_mb": run.metrics.get(SIZE_MB, nan),
    }


def _disagreements(shown: Sequence[ComparedSetting], first: FinishedSetting) -> ShownDisagreements | None:
    """Of the settings with decisions; None where these are fewer than two."""
    decided = {one.label: one.decisions for one in shown if one.decisions is not None}
    if len(decided) < 2:
        return None
    run, images = first.predicted_runs[0].run, first.predictions[0]  # all have the same test images
    agreed = agreement(decided)
    names = [images.names[one.image] for one in agreed.disputed[:MAX_PICTURES]]
    labels = [images.class_names[label] for label in images.labels]
    return ShownDisagreements(agreed, images.names, labels, *read_run_images(run, names))


def _by_ids(settings: Sequence[FinishedSetting], overrides: Sequence[str]) -> list[str]:
    """The overrides that select exactly these runs."""
    ids = [predicted_run.run.run_id[:ID_CHARACTERS] for one in settings for predicted_run in one.predicted_runs]
    others = [one for one in overrides if one.partition("=")[0] not in SELECTING]
    return [*others, f"runs=[{','.join(ids)}]"]


def _alone(one: FinishedSetting) -> str:
    run, images = one.predicted_runs[0].run, len(one.predictions[0].names)
    others = f" and {counted(len(one.seeds) - 1, 'other seed')}" if len(one.seeds) > 1 else ""
    return f"run {run.run_id} ('{run.name}'){others}: no other setting has the same {counted(images, 'test image')}"


def _why_none(runs: int, settings: int) -> str:
    found = f"runs: {counted(runs, 'run')} found, with predictions of {counted(settings, 'setting')}"
    if settings < 2:
        return f"{found}; select runs of at least two settings"
    return f"{found}, no two on the same test images; compare runs with the same data.split_seed and data.fold"


def _with_predictions(runs: Sequence[FinishedRun]) -> tuple[list[PredictedRun], list[str]]:
    """The runs that can be compared, and a sentence about each of the others."""
    found = [(run, read_predicted_run(run)) for run in runs]
    excluded = [f"run {run.run_id} ('{run.name}') {why}" for run, why in found if isinstance(why, str)]
    for sentence in excluded:
        log.warning("excluded: %s", sentence)
    return [predicted_run for _, predicted_run in found if isinstance(predicted_run, PredictedRun)], excluded
