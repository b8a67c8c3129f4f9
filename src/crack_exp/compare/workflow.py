"""A comparison: find runs in MLflow, test the settings, print tables and write a page."""

import logging
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from crack_exp.compare.finished_settings import FinishedSetting, by_test_images, finished_settings
from crack_exp.compare.ranking import best_first, command_of, ranking_of
from crack_exp.config.compare_schema import CompareConfig
from crack_exp.config.overrides import command_line
from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.over_seeds import RESAMPLED_FIGURES
from crack_exp.evaluation.pairwise import compare_pairs
from crack_exp.report.comparison.content import Comparison, label_of
from crack_exp.report.comparison.page import write_comparison
from crack_exp.report.comparison.text import comparison_text
from crack_exp.report.numbers import counted
from crack_exp.run_files.names import COMPARISON_PAGE
from crack_exp.run_files.painted_runs import banner_of_runs
from crack_exp.run_files.predicted_run import PredictedRun, read_predicted_run
from crack_exp.run_files.sweep_members import runs_of_sweep
from crack_exp.system.errors import UserError
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.search import find_runs

log = logging.getLogger(__name__)


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
    ranked = [best_first(some, config.metric) for some in together]
    in_order = [one for some in ranked for one in some]
    by_label = {label_of(number): one for number, one in enumerate(in_order)}
    runs = {label: dict(zip(one.seeds, one.predictions, strict=True)) for label, one in by_label.items()}
    bootstrap = Bootstrap(config.bootstrap_resamples, config.seed, RESAMPLED_FIGURES)
    pairs = compare_pairs(runs, config.metric, bootstrap)
    labels = iter(by_label)
    labelled = [dict(zip(islice(labels, len(some)), some, strict=True)) for some in ranked]
    return Comparison(
        command=command_line("compare", overrides),
        same_runs=command_of(in_order, overrides),
        metric=config.metric,
        confidence=config.confidence,
        rankings=[ranking_of(some, pairs, config, overrides, bootstrap) for some in labelled],
        alone=[_alone(some[0]) for some in found if len(some) == 1],
        excluded=excluded,
        banner=banner_of_runs(predicted_run.run for one in in_order for predicted_run in one.predicted_runs),
    )


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
