"""Confidence interval of a proportion: Wilson's interval with the effective number of images.

Images of one photo are correlated: 100 tiles of one wall carry less information than 100 walls. An interval that
treats them as independent is too narrow.
"""

import numpy as np
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

Interval = tuple[float, float]


def proportion_interval(hits: np.ndarray, groups: np.ndarray, confidence: float) -> Interval:
    """Interval of the proportion of `hits` (N,) bool among images of `groups` (N,), N >= 1.

    Wilson's score interval with the effective number of images. Where every image is its own group, this is the
    plain Wilson interval.
    """
    return wilson_interval(float(hits.mean()), effective_size(hits, groups, confidence), confidence)


def effective_size(hits: np.ndarray, groups: np.ndarray, confidence: float) -> float:
    """The number of independent images with the same variance of the proportion; at most N.

    It is N / (design effect * `few_groups_factor` squared) (Korn & Graubard 1998, Survey Methodology 24, 193-201).
    The design effect is the variance of the proportion over groups (a ratio estimator) over that of N independent
    images, and at least 1. With a single group, or where all or none are hits, it cannot be estimated. Then the number
    of groups is returned: each group counts as one image.
    """
    members = np.unique(groups, return_inverse=True)[1]
    group_count, count, share = int(members.max()) + 1, len(hits), float(hits.mean())
    if group_count == 1 or share in (0.0, 1.0):
        return float(group_count)
    excess = np.bincount(members, weights=hits - share)
    variance = group_count / (group_count - 1) * (excess**2).sum() / count**2
    independent_variance = share * (1 - share) / (count - 1)
    design_effect = max(1.0, variance / independent_variance)
    return float(count / (design_effect * few_groups_factor(group_count, count, confidence) ** 2))


def few_groups_factor(groups: int, count: int, confidence: float) -> float:
    """Factor (>= 1) of the width of an interval whose variance was estimated from few groups of `count` images."""
    tail = (1 - confidence) / 2
    return float(t.isf(tail, groups - 1) / t.isf(tail, count - 1))


def wilson_interval(share: float, count: float, confidence: float) -> Interval:
    """Wilson's score interval of the proportion `share` of `count` independent images; `count` may be fractional.

    Wilson 1927, J. Am. Stat. Assoc. 22, 209-212.
    """
    low, high = proportion_confint(share * count, count, 1 - confidence, method="wilson")
    return min(float(low), share), max(float(high), share)  # rounding must not move the share out of its interval
