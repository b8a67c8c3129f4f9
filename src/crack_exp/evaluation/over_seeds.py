"""Figures of a setting: the mean over its runs, which differ in their seed, with an interval over the test images."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.auroc_interval import interval_of_area
from crack_exp.evaluation.bootstrap import Bootstrap, resampled_interval
from crack_exp.evaluation.effective_groups import degrees_of_freedom, without_each
from crack_exp.evaluation.metrics import METRICS, has_both
from crack_exp.evaluation.paired_tests import COMPARED
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.proportions import proportion_interval
from crack_exp.evaluation.wilson import Interval

RESAMPLED_FIGURES = (*COMPARED, "brier")
"""What a bootstrap must resample for the intervals; the calibration error has none: resamples are less calibrated."""

MEASURED = (*RESAMPLED_FIGURES, "ece")


@dataclass(frozen=True)
class MeanFigure:
    """of_runs: the figure of each run; interval: of their mean, None where it has none."""

    of_runs: Sequence[float]
    interval: Interval | None

    @property
    def mean(self) -> float:
        return float(np.mean(self.of_runs))


def mean_figures(
    runs: Sequence[Predictions], thresholds: Sequence[float] | None, confidence: float, bootstrap: Bootstrap
) -> dict[str, MeanFigure]:
    """{name: figure} of `runs` on the same images: of MEASURED; with `thresholds`, recall and false alarms at these.

    The intervals are made like those of `evaluate`, but of the mean over the runs. They tell what these trained models
    may give on other images of the kind; what other seeds may give, the figures of the runs tell. Undefined figures are
    left out.
    """
    found = dict(_measured(runs, confidence, bootstrap)) | dict(_proportions(runs, confidence, thresholds))
    return {name: figure for name, figure in found.items() if not math.isnan(figure.mean)}


def _measured(runs: Sequence[Predictions], confidence: float, bootstrap: Bootstrap) -> Iterator[tuple[str, MeanFigure]]:
    groups, without = len(set(runs[0].groups)), [without_each(run, RESAMPLED_FIGURES) for run in runs]
    yield "ece", MeanFigure([METRICS["ece"](run) for run in runs], None)
    for name in RESAMPLED_FIGURES:
        values = [METRICS[name](run) for run in runs]
        resampled = np.mean([bootstrap.of(run)[name] for run in runs], axis=0)
        freedom = degrees_of_freedom(np.mean([of_run[name] for of_run in without], axis=0))
        mean = float(np.mean(values))
        if name != "auroc":
            yield name, MeanFigure(values, resampled_interval(name, mean, resampled, groups, freedom, confidence))
        elif groups > 1 and has_both(runs[0]):
            yield name, MeanFigure(values, interval_of_area(mean, runs[0], resampled, freedom, confidence))
        else:
            yield name, MeanFigure(values, None)


def _proportions(
    runs: Sequence[Predictions], confidence: float, thresholds: Sequence[float] | None
) -> Iterator[tuple[str, MeanFigure]]:
    """Their interval is of the share of runs that hit an image, over groups of images."""
    groups, is_crack = np.asarray(runs[0].groups), runs[0].is_crack
    hits = {"accuracy": (np.array([run.predicted == run.labels for run in runs]), np.ones_like(is_crack))}
    if thresholds is not None:
        alarms = np.array([run.is_alarm(at) for run, at in zip(runs, thresholds, strict=True)])
        hits |= {"recall_at_threshold": (alarms, is_crack), "false_alarm_rate_at_threshold": (alarms, ~is_crack)}
    for name, (of_runs, counted) in hits.items():
        if counted.any():
            chosen = of_runs[:, counted]
            interval = proportion_interval(chosen.mean(axis=0), groups[counted], confidence)
            yield name, MeanFigure([float(one.mean()) for one in chosen], interval)
