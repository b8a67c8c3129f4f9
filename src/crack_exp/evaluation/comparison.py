"""Whether one model, or one setting, is better than another by more than luck, on the same test images.

Two runs are two models: what is said of them holds for these weights. Two settings are told apart by runs of several
seeds each, paired: only then is it the setting, and not the seed, that is spoken of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import permutation_test, t
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from crack_exp.evaluation.bootstrap import RESAMPLED, RESAMPLES_AT_ONCE, draw_weights
from crack_exp.evaluation.intervals import Interval
from crack_exp.evaluation.metrics import METRICS
from crack_exp.evaluation.predictions import Predictions

COMPARED = ("accuracy", "auroc", "macro_f1", "loss")
FEWEST_SEEDS = 3
"""For a word on settings: of two seeds one cannot tell how much seeds differ."""
POWER = 0.8
PERMUTATIONS = 9_999


@dataclass(frozen=True)
class Difference:
    """Of one metric: what the second has more than the first.

    first, second: the metric, a mean over seeds where there are several.
    standard_error, freedom: of the difference, and its degrees of freedom; 0 and inf where nothing varies.
    p: two-sided, of no difference at all.
    share_of_seeds: of the variance, in [0, 1]; the rest is that of the test images.
    """

    metric: str
    first: float
    second: float
    standard_error: float
    freedom: float
    p: float
    share_of_seeds: float

    @property
    def value(self) -> float:
        return self.second - self.first

    def interval(self, confidence: float) -> Interval | None:
        """Student's interval of the difference; None where nothing varied: that is no certainty."""
        if not self.standard_error:
            return None
        reach = float(t.isf((1 - confidence) / 2, self.freedom)) * self.standard_error
        return self.value - reach, self.value + reach

    def detectable(self, significance: float) -> float | None:
        """The smallest true difference that is found with a chance of POWER; None where nothing varied.

        Standard: e.g. Julious 2010, Sample Sizes for Clinical Trials, chapter 3.
        """
        if not self.standard_error:
            return None
        reach = t.isf(significance / 2, self.freedom) + t.isf(1 - POWER, self.freedom)
        return float(reach * self.standard_error)


def compare_models(first: Predictions, second: Predictions, *, resamples: int, seed: int) -> dict[str, Difference]:
    """{metric: difference} of two models; which metrics, says COMPARED, but for those the images cannot tell.

    The p of accuracy is McNemar's exact one; where images come in groups, that of flipping whole groups.
    Raises ValueError where the two were not judged on the same images.
    """
    differences = _compare([first], [second], resamples, seed)
    accuracy = differences["accuracy"]
    differences["accuracy"] = Difference(**(vars(accuracy) | {"p": accuracy_p(first, second, seed)}))
    return differences


def compare_settings(
    first: Sequence[Predictions], second: Sequence[Predictions], *, resamples: int, seed: int
) -> dict[str, Difference]:
    """{metric: difference} of two settings, by runs that are paired by their seeds.

    Raises ValueError for fewer than FEWEST_SEEDS, and where any two runs were not judged on the same images.
    """
    if len(first) < FEWEST_SEEDS:
        raise ValueError(
            f"{len(first)} seeds: settings are told apart by at least {FEWEST_SEEDS} of each; with fewer, only these "
            "models are; run more, e.g. -m seed=1,2,3"
        )
    return _compare(first, second, resamples, seed)


def corrected(ps: Sequence[float]) -> list[float]:
    """Each p as it counts among so many comparisons: the chance that any of them errs stays as it was (Holm 1979)."""
    return [float(p) for p in multipletests(list(ps), method="holm")[1]] if ps else []


def check_same_images(everyone: Sequence[Predictions]) -> None:
    """Raise ValueError where two of them differ in images, labels or groups, or were not of the same classes."""
    one, *others = everyone
    for other in others:
        if one.names != other.names or one.groups != other.groups or not np.array_equal(one.labels, other.labels):
            shared = len(set(one.names) & set(other.names))
            raise ValueError(
                f"judged on different images ({len(one.names):,} and {len(other.names):,}, {shared:,} of them shared): "
                "a difference would be that of the images; compare runs of one data.split_seed and data.fold"
            )
        if (one.class_names, one.intact) != (other.class_names, other.intact):
            raise ValueError(f"judged by different classes: {one.class_names} and {other.class_names}")


def accuracy_p(first: Predictions, second: Predictions, seed: int) -> float:
    """Two-sided p of equal accuracy, from the images that only one of the two is right about."""
    right = [one.predicted == one.labels for one in (first, second)]
    if len(set(first.groups)) == len(first.groups):
        table = [[np.sum(right[0] == a, where=right[1] == b) for b in (True, False)] for a in (True, False)]
        return float(mcnemar(table, exact=True).pvalue)
    members = np.unique(first.groups, return_inverse=True)[1]
    surplus = np.bincount(members, weights=right[1].astype(float) - right[0])
    if len(surplus := surplus[surplus != 0]) < 2:
        return 1.0
    flipped = permutation_test(
        (surplus,), np.sum, permutation_type="samples", n_resamples=PERMUTATIONS, rng=np.random.default_rng(seed)
    )
    return float(flipped.pvalue)


def _compare(
    first: Sequence[Predictions], second: Sequence[Predictions], resamples: int, seed: int
) -> dict[str, Difference]:
    check_same_images([*first, *second])
    drawn = _drawn_differences(first, second, resamples, seed)
    groups = len(set(first[0].groups))
    found = {}
    for metric in COMPARED:
        pairs = np.array([[METRICS[metric](one) for one in pair] for pair in zip(first, second, strict=True)])
        if np.isfinite(pairs).all():
            found[metric] = _difference(metric, pairs, drawn[metric], groups)
    return found


def _drawn_differences(
    first: Sequence[Predictions], second: Sequence[Predictions], resamples: int, seed: int
) -> dict[str, np.ndarray]:
    """{metric: (resamples,)} mean difference over the pairs where the groups are drawn anew, the same for all."""
    random = np.random.default_rng(seed)
    values: dict[str, list[np.ndarray]] = {metric: [] for metric in COMPARED}
    for start in range(0, resamples, RESAMPLES_AT_ONCE):
        weights = draw_weights(first[0].groups, min(RESAMPLES_AT_ONCE, resamples - start), random)
        for metric in COMPARED:
            of = RESAMPLED[metric]
            pairs = [of(b, weights) - of(a, weights) for a, b in zip(first, second, strict=True)]
            values[metric].append(np.mean(pairs, axis=0))
    return {metric: np.concatenate(some) for metric, some in values.items()}


def _difference(metric: str, pairs: np.ndarray, drawn: np.ndarray, groups: int) -> Difference:
    """pairs: (S, 2) of each seed; drawn: (R,) of draws of groups.

    The variance over draws of groups and that over seeds add up; Satterthwaite 1946 (Biometrics Bulletin 2, 110-114)
    tells how far such a sum can be trusted. Drawing seeds as well would only tell their variance less exactly.
    """
    of_groups = float(np.nanvar(drawn)) * groups / max(groups - 1, 1) if groups > 1 else 0.0
    of_seeds = float(np.var(pairs[:, 1] - pairs[:, 0], ddof=1)) / len(pairs) if len(pairs) > 1 else 0.0
    variance = of_groups + of_seeds
    first, second = pairs.mean(axis=0)
    if not variance:
        return Difference(metric, float(first), float(second), 0.0, np.inf, 1.0, 0.0)
    doubt = of_groups**2 / max(groups - 1, 1) + of_seeds**2 / max(len(pairs) - 1, 1)
    freedom, error = variance**2 / doubt, float(np.sqrt(variance))
    p = float(2 * t.sf(abs(second - first) / error, freedom))
    return Difference(metric, float(first), float(second), error, float(freedom), p, of_seeds / variance)
