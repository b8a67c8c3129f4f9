"""The settings with the same test images, best first, with what a report shows of each."""

from collections.abc import Mapping, Sequence
from math import nan
from statistics import fmean

import numpy as np

from crack_exp.compare.finished_settings import FinishedSetting, differing, names_of
from crack_exp.config.compare_schema import CompareConfig
from crack_exp.config.overrides import command_line
from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.decisions import decide
from crack_exp.evaluation.disagreement import agreement
from crack_exp.evaluation.metrics import METRICS, confusion
from crack_exp.evaluation.over_seeds import mean_figures
from crack_exp.evaluation.pairwise import LOWER_IS_BETTER, Pair
from crack_exp.evaluation.selection import selection
from crack_exp.report.comparison.content import MAX_PICTURES, ComparedSetting, Ranking, ShownDisagreements
from crack_exp.report.comparison.tables import COSTS
from crack_exp.run_files.images import read_run_images
from crack_exp.run_files.names import PARAMETERS, SIZE_MB, TEMPERATURE, TEST
from crack_exp.run_files.recorded_metrics import other_seconds, training_seconds, validation_figures
from crack_exp.tracking.finished_run import FinishedRun

THRESHOLD = f"{TEST}/threshold"

SELECTING = ("runs", "sweep", "filter")
"""Settings that select the runs."""

ID_CHARACTERS = 8  # of 32: the probability that two of 10,000 runs have the same prefix is 1 %


def best_first(settings: Sequence[FinishedSetting], metric: str) -> list[FinishedSetting]:
    """By the figures on validation, so that no setting is best by its luck on test; on test where these are unknown."""
    sign = 1 if metric in LOWER_IS_BETTER else -1
    figures = [_on_validation(one, metric) for one in settings]
    known = [value for value in figures if value is not None]
    if len(known) < len(figures):
        known = [fmean(METRICS[metric](predictions) for predictions in one.predictions) for one in settings]
    return [settings[at] for at in sorted(range(len(settings)), key=lambda at: sign * known[at])]


def ranking_of(
    settings: Mapping[str, FinishedSetting],
    pairs: Sequence[Pair],
    config: CompareConfig,
    overrides: Sequence[str],
    bootstrap: Bootstrap,
) -> Ranking:
    """Of `settings` by their labels, in their order; pairs: of these and of others."""
    compared, labels = list(settings.values()), list(settings)
    keys, names = differing(compared), names_of(compared)
    shown = [_shown(*one, keys, config, bootstrap) for one in zip(labels, compared, names, strict=True)]
    images = compared[0].predictions[0]
    runs = {label: dict(zip(one.seeds, one.predictions, strict=True)) for label, one in settings.items()}
    return Ranking(
        command=command_of(compared, overrides),
        ranked=shown,
        by_validation=all(one.validation is not None for one in shown),
        metric=config.metric,
        confidence=config.confidence,
        pairs=[pair for pair in pairs if {pair.first, pair.second} <= set(labels)],
        tested_pairs=sum(config.metric in pair.differences for pair in pairs),
        images=len(images.names),
        groups=len(set(images.groups)),
        cracks=int(images.is_crack.sum()),
        selection=selection(runs, config.metric, bootstrap),
        disagreements=_disagreements(shown, compared[0]),
    )


def command_of(settings: Sequence[FinishedSetting], overrides: Sequence[str]) -> str:
    """The command that selects exactly these runs, else with the same overrides."""
    ids = [predicted_run.run.run_id[:ID_CHARACTERS] for one in settings for predicted_run in one.predicted_runs]
    others = [one for one in overrides if one.partition("=")[0] not in SELECTING]
    return command_line("compare", [*others, f"runs=[{','.join(ids)}]"])


def _on_validation(one: FinishedSetting, metric: str) -> float | None:
    """The mean over its runs; None where any of them did not record it."""
    found = [validation_figures(predicted_run.run.metrics).get(metric) for predicted_run in one.predicted_runs]
    known = [value for value in found if value is not None]
    return fmean(known) if len(known) == len(found) else None


def _shown(
    label: str, one: FinishedSetting, name: str, keys: Sequence[str], config: CompareConfig, bootstrap: Bootstrap
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
        is_calibrated=all(TEMPERATURE in run.metrics for run in runs),
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
