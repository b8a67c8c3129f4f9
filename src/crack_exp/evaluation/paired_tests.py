"""Whether one model, or one setting, is better than another by more than luck, on the same test images.

Two runs are two models: what is said of them holds for these weights. Two settings are told apart by runs of several
seeds each, paired: only then is it the setting, and not the seed, that is spoken of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import permutation_test
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from crack_exp.evaluation.bootstrap import RESAMPLED, RESAMPLES_AT_ONCE, draw_weights
from crack_exp.evaluation.metrics import METRICS
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.standard_error import StandardError
from crack_exp.evaluation.wilson import Interval
from crack_exp.system.errors import UserError

COMPARED = ("accuracy", "auroc", "macro_f1", "loss")
FEWEST_SEEDS = 3
"""For a word on settings: of two seeds one cannot tell how much seeds differ."""
POWER = 0.8
PERMUTATIONS = 9_999


@dataclass(frozen=True)
class Difference:
    """Of one metric: what the second has more than the first.

    first, second: the metric, a mean over seeds where there are several.
    p: two-sided, of no difference at all; floor: what it cannot fall below, whatever the truth.
    """

    metric: str
    first: float
    second: float
    luck: StandardError
    p: float
    floor: float

    @property
    def value(self) -> float:
        return self.second - self.first

    def interval(self, confidence: float) -> Interval | None:
        """None where luck is not known: that is no certainty."""
        if not self.luck.is_known:
            return None
        reach = self.luck.quantile((1 - confidence) / 2) * self.luck.standard_error
        return self.value - reach, self.value + reach

    def detectable(self, significance: float) -> float | None:
        """The true difference that is found with a chance of about POWER; None where luck is not known.

        Standard: e.g. Julious 2010, Sample Sizes for Clinical Trials, chapter 3.
        """
        if not self.luck.is_known:
            return None
        reach = self.luck.quantile(significance / 2) + self.luck.quantile(1 - POWER)
        return reach * self.luck.standard_error


def compare_models(first: Predictions, second: Predictions, *, resamples: int, seed: int) -> dict[str, Difference]:
    """{metric: difference} of two models; which metrics, says COMPARED, but for those the images cannot tell.

    The p of accuracy is McNemar's exact one; where images come in groups, that of flipping whole groups.
    Raises UserError where the two were not judged on the same images.
    """
    differences = _compare([first], [second], resamples, seed)
    accuracy = differences["accuracy"]
    p, floor = accuracy_p(first, second, seed)
    differences["accuracy"] = Difference(**(vars(accuracy) | {"p": p, "floor": floor}))
    return differences


def compare_settings(
    first: Sequence[Predictions], second: Sequence[Predictions], *, resamples: int, seed: int
) -> dict[str, Difference]:
    """{metric: difference} of two settings, by runs that are paired by their seeds.

    Raises UserError for fewer than FEWEST_SEEDS, and where any two runs were not judged on the same images.
    """
    if len(first) < FEWEST_SEEDS:
        raise UserError(
            f"{len(first)} seeds: settings are told apart by at least {FEWEST_SEEDS} of each; with fewer, only these "
            "models are; run more, e.g. -m seed=1,2,3"
        )
    return _compare(first, second, resamples, seed)


def holm_corrected(ps: Sequence[float]) -> list[float]:
    """Each p as it counts among so many comparisons: the chance that any of them errs stays as it was (Holm 1979)."""
    return [float(p) for p in multipletests(list(ps), method="holm")[1]] if ps else []


def check_same_images(everyone: Sequence[Predictions]) -> None:
    """Raise UserError where two of them differ in images, labels or groups, or were not of the same classes."""
    one, *others = everyone
    for other in others:
        if one.names != other.names or one.groups != other.groups or not np.array_equal(one.labels, other.labels):
            shared = len(set(one.names) & set(other.names))
            raise UserError(
                f"judged on different images ({len(one.names):,} and {len(other.names):,}, {shared:,} of them shared): "
                "a difference would be that of the images; compare runs of one data.split_seed and data.fold"
            )
        if (one.class_names, one.intact) != (other.class_names, other.intact):
            raise UserError(f"judged by different classes: {one.class_names} and {other.class_names}")


def accuracy_p(first: Predictions, second: Predictions, seed: int) -> tuple[float, float]:
    """Two-sided p of equal accuracy, from the images that only one of the two is right about; the least it can be."""
    right = [one.predicted == one.labels for one in (first, second)]
    if len(set(first.groups)) == len(first.groups):
        table = [[np.sum(right[0] == a, where=right[1] == b) for b in (True, False)] for a in (True, False)]
        return float(mcnemar(table, exact=True).pvalue), _least_p(int(np.sum(right[0] != right[1])))
    members = np.unique(first.groups, return_inverse=True)[1]
    surplus = np.bincount(members, weights=right[1].astype(float) - right[0])
    if len(surplus := surplus[surplus != 0]) < 2:
        return 1.0, 1.0
    flipped = permutation_test(
        (surplus,), np.sum, permutation_type="samples", n_resamples=PERMUTATIONS, rng=np.random.default_rng(seed)
    )
    return float(flipped.pvalue), _least_p(len(surplus))


def _least_p(coins: int) -> float:
    """Of so many coins that all fall alike, two-sided; and of as many throws as are made."""
    return min(max(2.0 ** (1 - coins), 2 / (PERMUTATIONS + 1)), 1.0)


def _compare(
    first: Sequence[Predictions], second: Sequence[Predictions], resamples: int, seed: int
) -> dict[str, Difference]:
    check_same_images([*first, *second])
    drawn = _drawn_differences(first, second, resamples, seed)
    groups = len(set(first[0].groups))
    found = {}
    for metric in COMPARED:
        pairs = np.array([[METRICS[metric](one) for one in pair] for pair in zip(first, second, strict=True)])
        if np.isfinite(pairs).all() and _can_tell(metric, first[0]):
            found[metric] = _difference(metric, pairs, drawn[metric], groups, len(first[0].names))
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


def _difference(metric: str, pairs: np.ndarray, drawn: np.ndarray, groups: int, images: int) -> Difference:
    """pairs: (S, 2) of each seed; drawn: (R,) of draws of groups.

    The variance over draws of groups and that over seeds add up. Drawing seeds as well would only tell their variance
    less exactly.
    """
    of_groups = float(np.nanvar(drawn)) * groups / max(groups - 1, 1)
    of_seeds = float(np.var(pairs[:, 1] - pairs[:, 0], ddof=1)) / len(pairs) if len(pairs) > 1 else 0.0
    luck = StandardError(of_groups, groups, of_seeds, len(pairs), images)
    first, second = map(float, pairs.mean(axis=0))
    return Difference(metric, first, second, luck, luck.p(second - first), 0.0)


def _can_tell(metric: str, judged: Predictions) -> bool:
    """AUROC needs two groups of either kind: drawn anew, the images of a single one never vary."""
    groups = np.asarray(judged.groups)
    kinds = (groups[judged.is_crack], groups[~judged.is_crack])
    return metric != "auroc" or min(len(set(kind)) for kind in kinds) > 1
