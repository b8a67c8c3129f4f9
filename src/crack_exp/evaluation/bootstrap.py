"""Bootstrap intervals of metrics that are not proportions: whole groups are drawn with replacement.

A group that is drawn k times gives its images the weight k. So each metric here takes weights (R, N) of R resamples
and returns (R,). The scores are sorted once for all resamples: 1,000 resamples take about a second.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t

from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.wilson import Interval

RESAMPLES_AT_ONCE = 50
WEIGHTS_AT_ONCE = 5_000_000
"""In a matrix of weights, where there are many images: a metric takes about six such matrices, 240 MB."""

LOSSES = frozenset({"loss", "brier"})
"""Metrics from 0 on, without an upper end."""

LARGEST_EXPONENT = 300.0
"""Of a factor that is still a number: two groups at a confidence of 0.999 ask for more."""

ROUNDING = 1e-9
"""Relative difference of values that are equal but for rounding: sums of equal losses in another order."""


def resample(predictions: Predictions, resamples: int, seed: int, metrics: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """{name: (resamples,)} of `metrics`, or of all in RESAMPLED; NaN where a resample leaves one undefined.

    Runs on the same images get the same draws from the same seed.
    """
    random, members = np.random.default_rng(seed), members_of(predictions.groups)
    at_once = min(RESAMPLES_AT_ONCE, rows_at_once(len(members)))
    drawn = (draw_weights(members, min(at_once, resamples - start), random) for start in range(0, resamples, at_once))
    return weighted(predictions, drawn, metrics)


def weighted(
    predictions: Predictions, weights: Iterable[np.ndarray], metrics: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """{name: (R,)} of `metrics`, or of all in RESAMPLED, for R weightings of the images: `weights` in parts (r, N)."""
    values: dict[str, list[np.ndarray]] = {name: [] for name in metrics or RESAMPLED}
    for part in weights:
        for name, found in values.items():
            found.append(RESAMPLED[name](predictions, part))
    return {name: np.concatenate(found) for name, found in values.items()}


def rows_at_once(images: int) -> int:
    """Of a matrix of weights of so many images."""
    return max(1, WEIGHTS_AT_ONCE // images)


@dataclass(frozen=True)
class Bootstrap:
    """`resample` of several runs on the same images: each run once, whatever it is compared with."""

    resamples: int
    seed: int
    metrics: Sequence[str]
    _kept: dict[int, tuple[Predictions, dict[str, np.ndarray]]] = field(default_factory=dict, repr=False)

    def of(self, predictions: Predictions) -> dict[str, np.ndarray]:
        """{metric: (resamples,)}."""
        if id(predictions) not in self._kept:
            # The predictions are kept too, so that their id stays theirs.
            self._kept[id(predictions)] = (
                predictions,
                resample(predictions, self.resamples, self.seed, self.metrics),
            )
        return self._kept[id(predictions)][1]


def resampled_interval(
    name: str, value: float, resampled: np.ndarray, groups: int, freedom: float, confidence: float
) -> Interval | None:
    """The interval of the metric `name` that is `value`, by `resampled` (R,) of `groups` groups; NaN are ignored.

    With the standard error of the resamples and Student's quantile for `freedom` degrees of freedom (of
    effective_groups), on a scale without ends: logits of metrics from 0 to 1, logarithms of losses. Percentiles of
    resamples are too narrow near the ends, where a few groups make all errors: by simulation (docs/statistics.md) they
    held an average precision of 0.9999 in 0.6 of the draws.
    None for a single group, for equal values only and for NaN only: the variance is then unknown, not zero.
    """
    values = resampled[np.isfinite(resampled)]
    if groups == 1 or len(values) == 0 or np.ptp(values) <= ROUNDING * np.abs(values).max():
        return None
    error = float(values.std()) * math.sqrt(groups / (groups - 1))
    reach = error * float(t.isf((1 - confidence) / 2, freedom))
    if name in LOSSES:
        factor = math.exp(min(reach / value, LARGEST_EXPONENT))
        return value / factor, value * factor
    inside = min(max(value, ROUNDING), 1 - ROUNDING)
    reach /= inside * (1 - inside)
    return float(expit(logit(inside) - reach)), float(expit(logit(inside) + reach))


def members_of(groups: Sequence[str]) -> np.ndarray:
    """(N,) the number of each image's group, from 0 on."""
    return np.asarray(np.unique(groups, return_inverse=True)[1])


def draw_weights(members: np.ndarray, draws: int, random: np.random.Generator) -> np.ndarray:
    """(draws, N): how often each image is drawn when G of the G groups are drawn with replacement."""
    group_count = int(members.max()) + 1
    times_drawn = random.multinomial(group_count, np.full(group_count, 1 / group_count), size=draws)
    return times_drawn[:, members].astype(np.float64)


def resampled_loss(predictions: Predictions, weights: np.ndarray) -> np.ndarray:
    """(R,) mean cross-entropy in nats."""
    probabilities = predictions.probabilities.astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    label_probability = probabilities[np.arange(len(predictions.labels)), predictions.labels]
    losses = -np.log(label_probability.clip(np.finfo(np.float64).eps))
    return np.asarray(weights @ losses / weights.sum(axis=1))


def resampled_brier(predictions: Predictions, weights: np.ndarray) -> np.ndarray:
    """(R,) mean squared difference between crack score and label."""
    squares = (predictions.crack_score.astype(np.float64) - predictions.is_crack) ** 2
    return np.asarray(weights @ squares / weights.sum(axis=1))


def resampled_accuracy(predictions: Predictions, weights: np.ndarray) -> np.ndarray:
    """(R,) share of images whose most probable class is their label."""
    correct = predictions.predicted == predictions.labels
    return np.asarray(weights @ correct / weights.sum(axis=1))


def resampled_macro_f1(predictions: Predictions, weights: np.ndarray) -> np.ndarray:
    """(R,) mean F1 over the classes that occur among the labels of a resample."""
    classes = np.arange(len(predictions.class_names))
    labelled = predictions.labels[:, None] == classes
    predicted = predictions.predicted[:, None] == classes
    support, calls, hits = (weights @ mask for mask in (labelled, predicted, labelled & predicted))
    f1 = 2 * hits / np.maximum(support + calls, 1)
    return np.asarray(f1.sum(axis=1, where=support > 0) / (support > 0).sum(axis=1))


def resampled_auroc(predictions: Predictions, weights: np.ndarray) -> np.ndarray:
    """(R,) area under the ROC curve by the trapezoidal rule, NaN without cracks or without intact images."""
    cracks, intact = _cumulative_counts(predictions, weights)
    cracks_before, intact_before = (np.pad(counts[:, :-1], ((0, 0), (1, 0))) for counts in (cracks, intact))
    area = ((intact - intact_before) * (cracks + cracks_before) / 2).sum(axis=1)
    pairs = cracks[:, -1] * intact[:, -1]
    return np.divide(area, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def resampled_average_precision(predictions: Predictions, weights: np.ndarray) -> np.ndarray:
    """(R,) precision summed over the steps of recall, NaN without cracks or without intact images."""
    cracks, intact = _cumulative_counts(predictions, weights)
    found = np.diff(cracks, axis=1, prepend=0)
    precision = cracks / np.maximum(cracks + intact, 1)
    area, total = (precision * found).sum(axis=1), cracks[:, -1]
    defined = (total > 0) & (intact[:, -1] > 0)
    return np.divide(area, total, out=np.full(len(weights), np.nan), where=defined)


RESAMPLED: dict[str, Callable[[Predictions, np.ndarray], np.ndarray]] = {
    "loss": resampled_loss,
    "accuracy": resampled_accuracy,
    "macro_f1": resampled_macro_f1,
    "auroc": resampled_auroc,
    "average_precision": resampled_average_precision,
    "brier": resampled_brier,
}


def _cumulative_counts(predictions: Predictions, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(R, S) weights of cracks and of intact images with at least the s-th highest of S distinct scores."""
    order = np.argsort(-predictions.crack_score, kind="stable")
    scores = predictions.crack_score[order]
    is_last_of_tie = np.append(scores[1:] != scores[:-1], True)
    crack_weights = weights[:, order] * predictions.is_crack[order]
    intact_weights = weights[:, order] - crack_weights
    return crack_weights.cumsum(axis=1)[:, is_last_of_tie], intact_weights.cumsum(axis=1)[:, is_last_of_tie]
