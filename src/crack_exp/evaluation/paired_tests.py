"""Paired tests of two models or two settings on the same test images.

A test of two runs compares two models: its result holds for these weights only. A test of two settings takes several
runs of each, paired by seed: its standard error includes the variance between seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from statsmodels.stats.multitest import multipletests

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.metrics import METRICS
from crack_exp.evaluation.power import Detectable, detectable_by_flips, detectable_by_t
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.sign_flips import SignFlips
from crack_exp.evaluation.standard_error import StandardError
from crack_exp.evaluation.wilson import Interval
from crack_exp.system.errors import UserError

COMPARED = ("accuracy", "auroc", "macro_f1", "loss")
MIN_SEEDS = 3
"""Of each setting: with two seeds the estimate of their variance is too uncertain."""
PERFECT = {"loss": 0.0}
"""The best value of each metric; of those not named, 1."""


@dataclass(frozen=True)
class Difference:
    """The difference of one metric: second minus first.

    first, second: the metric, for several seeds its mean. flips: the test of equal accuracy, which decides for two
    models; where it is None, Student's test decides.
    """

    metric: str
    first: float
    second: float
    standard_error: StandardError
    flips: SignFlips | None

    @property
    def p(self) -> float:
        """Two-sided p value of no difference."""
        return self.flips.p if self.flips else self.standard_error.p(self.value)

    @property
    def value(self) -> float:
        return self.second - self.first

    def interval(self, confidence: float) -> Interval | None:
        """None where the standard error is unknown."""
        if not self.standard_error.is_known:
            return None
        reach = self.standard_error.quantile((1 - confidence) / 2) * self.standard_error.value
        return self.value - reach, self.value + reach

    def detectable(self, significance: float) -> Detectable | None:
        """The smallest gain that the test that decides finds at this significance; None where that is unknown."""
        if self.flips:
            return detectable_by_flips(self.flips, significance)
        room = abs(PERFECT.get(self.metric, 1.0) - (self.first + self.second) / 2)
        return detectable_by_t(self.standard_error, room, significance)


def compare_models(first: Predictions, second: Predictions, bootstrap: Bootstrap) -> dict[str, Difference]:
    """{metric: difference} of two models, for each of COMPARED that `bootstrap` has and these images allow.

    The p value of accuracy is that of SignFlips: McNemar's exact test where each image is a group of its own.
    Raises UserError where the two were not evaluated on the same images.
    """
    differences = _compare([first], [second], bootstrap)
    if "accuracy" in differences:
        differences["accuracy"] = replace(differences["accuracy"], flips=SignFlips.of(first, second))
    return differences


def compare_settings(
    first: Sequence[Predictions], second: Sequence[Predictions], bootstrap: Bootstrap
) -> dict[str, Difference]:
    """{metric: difference} of two settings, as in `compare_models`, from runs that are paired by seed.

    Raises UserError for fewer than MIN_SEEDS, and where any two runs were not evaluated on the same images.
    """
    if len(first) < MIN_SEEDS:
        raise UserError(
            f"{len(first)} seeds: a test of two settings needs at least {MIN_SEEDS} of each; run more, "
            "e.g. -m seed=1,2,3"
        )
    return _compare(first, second, bootstrap)


def holm_corrected(ps: Sequence[float]) -> list[float]:
    """The p values with Holm's correction (1979), which controls the probability of any false positive among them."""
    return [float(p) for p in multipletests(list(ps), method="holm")[1]] if ps else []


def check_same_images(predictions: Sequence[Predictions]) -> None:
    """Raise UserError where any two differ in images, labels, groups or classes."""
    one, *others = predictions
    for other in others:
        if one.names != other.names or one.groups != other.groups or not np.array_equal(one.labels, other.labels):
            shared = len(set(one.names) & set(other.names))
            raise UserError(
                f"evaluated on different images ({len(one.names):,} and {len(other.names):,}, {shared:,} of them "
                "shared), so not comparable; compare runs with the same data.split_seed and data.fold"
            )
        if (one.class_names, one.intact) != (other.class_names, other.intact):
            raise UserError(f"evaluated with different classes: {one.class_names} and {other.class_names}")


def _compare(
    first: Sequence[Predictions], second: Sequence[Predictions], bootstrap: Bootstrap
) -> dict[str, Difference]:
    check_same_images([*first, *second])
    groups = len(set(first[0].groups))
    found = {}
    for metric in (one for one in COMPARED if one in bootstrap.metrics):
        pairs = np.array([[METRICS[metric](one) for one in pair] for pair in zip(first, second, strict=True)])
        if np.isfinite(pairs).all() and _has_enough_groups(metric, first[0]):
            changes = [bootstrap.of(b)[metric] - bootstrap.of(a)[metric] for a, b in zip(first, second, strict=True)]
            found[metric] = _difference(metric, pairs, np.mean(changes, axis=0), groups, len(first[0].names))
    return found


def _difference(metric: str, pairs: np.ndarray, resampled: np.ndarray, groups: int, images: int) -> Difference:
    """pairs: (S, 2) metric of both for each seed; resampled: (R,) differences on bootstrap samples of groups.

    The variances over groups and over seeds are added. Resampling seeds as well would only make the estimate of their
    variance less exact.
    """
    group_variance = float(np.nanvar(resampled)) * groups / max(groups - 1, 1)
    seed_variance = float(np.var(pairs[:, 1] - pairs[:, 0], ddof=1)) / len(pairs) if len(pairs) > 1 else 0.0
    standard_error = StandardError(group_variance, groups, seed_variance, len(pairs), images)
    first, second = map(float, pairs.mean(axis=0))
    return Difference(metric, first, second, standard_error, flips=None)


def _has_enough_groups(metric: str, predictions: Predictions) -> bool:
    """AUROC needs two groups with cracks and two with intact images: the bootstrap cannot vary a single group."""
    groups = np.asarray(predictions.groups)
    kinds = (groups[predictions.is_crack], groups[~predictions.is_crack])
    return metric != "auroc" or min(len(set(kind)) for kind in kinds) > 1
