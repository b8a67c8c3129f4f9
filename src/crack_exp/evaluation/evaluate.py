"""Evaluate one set of predictions: metrics, their confidence intervals, curves."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from crack_exp.evaluation.auroc_interval import auroc_interval
from crack_exp.evaluation.bootstrap import resample, resampled_interval
from crack_exp.evaluation.effective_groups import degrees_of_freedom, without_each
from crack_exp.evaluation.metrics import METRICS, ClassScore, confusion, has_both, per_class
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.proportions import proportion_interval
from crack_exp.evaluation.ranked_decisions import RankedDecisions, rank_decisions
from crack_exp.evaluation.wilson import Interval

Curve = tuple[np.ndarray, np.ndarray]
Proportion = tuple[str, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Evaluation:
    """Evaluation of N predictions over C classes.

    scalars:    {name: value}, never NaN; `recall/hairline` is the recall of class "hairline".
    intervals:  {name: (low, high)} at `confidence`, for those scalars that have one.
    confusion:  (C, C) int counts [true class, most probable class].
    curves:     "roc" as (false alarm rate, recall) and "precision_recall" as (recall, precision) of crack
                vs. intact; empty where all images are cracked or all are intact.
    threshold:  an image with at least this crack score is predicted as crack; None where none was chosen.
    """

    scalars: dict[str, float]
    intervals: dict[str, Interval]
    confusion: np.ndarray
    per_class: list[ClassScore]
    curves: dict[str, Curve]
    predictions: Predictions
    confidence: float
    threshold: float | None

    @property
    def decisions(self) -> RankedDecisions:
        """Of crack against intact, at the threshold; there must be one."""
        assert self.threshold is not None
        return rank_decisions(self.predictions, self.threshold)


def evaluate(
    predictions: Predictions, confidence: float, resamples: int, seed: int, threshold: float | None
) -> Evaluation:
    """Evaluate `predictions` (N >= 1); intervals are at `confidence`, in (0, 1), and account for the groups.

    Proportions (accuracy, recall, precision, false alarm rate) have the intervals of `proportion_interval`, AUROC has
    Newcombe's. Loss, Brier score, macro F1 and average precision have bootstrap intervals of `resamples` resamples.
    Images of a single group have none: how much groups differ is then unknown. Undefined metrics are omitted: AUROC and
    average precision without cracks or without intact images, recall of a class without images, precision of a class
    that is never predicted.
    """
    proportions = [one for one in _proportions(predictions, threshold) if len(one[1])]
    intervals = _resampled_intervals(predictions, confidence, resamples, seed)
    intervals |= {name: proportion_interval(hits, groups, confidence) for name, hits, groups in proportions}
    return Evaluation(
        scalars=_scalars(predictions) | {name: float(hits.mean()) for name, hits, _ in proportions},
        intervals={name: interval for name, interval in intervals.items() if interval is not None},
        confusion=confusion(predictions),
        per_class=per_class(predictions),
        curves=_curves(predictions),
        predictions=predictions,
        confidence=confidence,
        threshold=threshold,
    )


def evaluate_surfaces(test: Evaluation, resamples: int, seed: int) -> dict[str, Evaluation]:
    """`evaluate` for the images of each surface, at the same confidence and threshold; empty below two surfaces."""
    surfaces = np.array(test.predictions.surfaces or [])
    if len(set(surfaces)) < 2:
        return {}
    return {
        str(surface): evaluate(
            test.predictions.where(surfaces == surface), test.confidence, resamples, seed, test.threshold
        )
        for surface in np.unique(surfaces)
    }


def class_key(metric: str, class_name: str) -> str:
    """The name of a class's scalar: 'recall/crack > 2 mm'."""
    return f"{metric}/{class_name}"


def _scalars(predictions: Predictions) -> dict[str, float]:
    values = {name: metric(predictions) for name, metric in METRICS.items()}
    f1 = {class_key("f1", score.name): score.f1 for score in per_class(predictions)}
    known = {name: value for name, value in (values | f1).items() if value is not None}
    return {name: value for name, value in known.items() if not math.isnan(value)}


def _proportions(predictions: Predictions, threshold: float | None) -> Iterator[Proportion]:
    """(name, hits, groups) of every proportion: `hits` is a bool for each image of the denominator."""
    groups = np.asarray(predictions.groups)
    labels, predicted, is_crack = predictions.labels, predictions.predicted, predictions.is_crack
    yield "accuracy", labels == predicted, groups
    for index, name in enumerate(predictions.class_names):
        yield class_key("recall", name), (predicted == index)[labels == index], groups[labels == index]
        yield class_key("precision", name), (labels == index)[predicted == index], groups[predicted == index]
    if threshold is not None:
        alarm = predictions.is_alarm(threshold)
        yield "recall_at_threshold", alarm[is_crack], groups[is_crack]
        yield "precision_at_threshold", is_crack[alarm], groups[alarm]
        yield "false_alarm_rate_at_threshold", alarm[~is_crack], groups[~is_crack]


def _resampled_intervals(
    predictions: Predictions, confidence: float, resamples: int, seed: int
) -> dict[str, Interval | None]:
    drawn, groups = resample(predictions, resamples, seed), len(set(predictions.groups))
    freedom = {name: degrees_of_freedom(values) for name, values in without_each(predictions).items()}
    spans = {
        name: resampled_interval(name, METRICS[name](predictions), values, groups, freedom[name], confidence)
        for name, values in drawn.items()
    }
    if has_both(predictions) and groups > 1:
        spans["auroc"] = auroc_interval(predictions, drawn["auroc"], freedom["auroc"], confidence)
    return spans


def _curves(predictions: Predictions) -> dict[str, Curve]:
    if not has_both(predictions):
        return {}
    false_alarm_rate, recall, _ = roc_curve(predictions.is_crack, predictions.crack_score)
    precision, recall_falling, _ = precision_recall_curve(predictions.is_crack, predictions.crack_score)
    return {"roc": (false_alarm_rate, recall), "precision_recall": (recall_falling, precision)}
