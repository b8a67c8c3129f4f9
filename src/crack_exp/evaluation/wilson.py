"""How far a share of images could be off by luck: Wilson's interval, told how many images really count.

Images of one photo resemble each other: 100 tiles of one wall say less than 100 walls. Taken as independent
they would give an interval that is too narrow.
"""

import numpy as np
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

Interval = tuple[float, float]


def share_interval(hits: np.ndarray, groups: np.ndarray, confidence: float) -> Interval:
    """Interval of the share of `hits` (N,) bool among images of `groups` (N,), N >= 1.

    Wilson's score interval on the effective number of images. Where every image is a group of its own this is
    the plain Wilson interval.
    """
    return wilson_interval(float(hits.mean()), effective_size(hits, groups, confidence), confidence)


def effective_size(hits: np.ndarray, groups: np.ndarray, confidence: float) -> float:
    """How many independent images would tell the share of `hits` as exactly as these do; at most N.

    N / design effect, the variance of the share over groups (a ratio estimator) against that of N independent
    images; over the square of `few_groups_factor` (Korn & Graubard 1998, Survey Methodology 24, 193-201). The
    design effect is taken as 1 where it comes out smaller. With one group, or when all hit or all miss, it
    cannot be seen, and the number of groups is returned: as if all images of a group were one.
    """
    members = np.unique(groups, return_inverse=True)[1]
    group_count, count, share = int(members.max()) + 1, len(hits), float(hits.mean())
    if group_count == 1 or share in (0.0, 1.0):
        return float(group_count)
    surplus = np.bincount(members, weights=hits - share)
    variance = group_count / (group_count - 1) * (surplus**2).sum() / count**2
    independent_variance = share * (1 - share) / (count - 1)
    design_effect = max(1.0, variance / independent_variance)
    return float(count / (design_effect * few_groups_factor(group_count, count, confidence) ** 2))


def few_groups_factor(groups: int, count: int, confidence: float) -> float:
    """How much further (>= 1) an interval reaches because few groups of `count` images gave its width."""
    tail = (1 - confidence) / 2
    return float(t.isf(tail, groups - 1) / t.isf(tail, count - 1))


def wilson_interval(share: float, count: float, confidence: float) -> Interval:
    """Wilson's score interval of a share seen among `count` independent images, which need not be whole.

    Wilson 1927, J. Am. Stat. Assoc. 22, 209-212.
    """
    low, high = proportion_confint(share * count, count, 1 - confidence, method="wilson")
    return min(float(low), share), max(float(high), share)  # rounding must not move the share out of its interval
