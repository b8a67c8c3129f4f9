"""Confidence interval of a proportion of images that come in groups, such as tiles of photos.

Images of one photo are correlated: 100 tiles of one wall carry less information than 100 walls. An interval that
treats them as independent is too narrow.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import betaln, expit, logit
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

from crack_exp.evaluation.wilson import Interval, wilson_interval

FURTHEST_LOGIT = 16.0
"""Of proportions that are told from 0 and 1: 1e-7."""

LEAST_OVERDISPERSION = 0.001
"""Of a group's count, as a share of its binomial variance: below it, the images are independent."""

STEPS = 24
"""Of the grids on which a maximum is looked for, before it is refined."""


def proportion_interval(hits: np.ndarray, groups: np.ndarray, confidence: float) -> Interval | None:
    """Interval of the proportion of `hits` (N,) bool among images of `groups` (N,), N >= 1.

    Where every image is its own group, Wilson's score interval. Otherwise each group has a proportion of its own, and
    the interval is of their mean: all means whose profile likelihood in the beta-binomial model is near the highest
    (Williams 1975, Biometrics 31, 949-952), with Student's quantile for the number of groups. By simulation
    (docs/statistics.md) it holds better where groups differ in size and where errors are rare than an interval from
    the variance between groups: few errors in few groups do not show that variance. Without any error,
    or any hit, each group counts as one image (Clopper and Pearson 1934, Biometrika 26, 404-413): that holds however
    much groups differ.
    None for a single group of several images: how much groups differ is then unknown.
    """
    members = np.unique(groups, return_inverse=True)[1]
    sizes, share = np.bincount(members), float(hits.mean())
    if sizes.max() == 1:
        return wilson_interval(share, len(hits), confidence)
    if len(sizes) == 1:
        return None
    if share in (0.0, 1.0):
        low, high = proportion_confint(share * len(sizes), len(sizes), 1 - confidence, method="beta")
        return float(low), float(high)
    found = np.bincount(members, weights=hits)
    low, high = _Profile.of(found, sizes).interval(float(t.isf((1 - confidence) / 2, len(sizes) - 1)))
    return min(low, share), max(high, share)


@dataclass(frozen=True)
class _Profile:
    """The likelihood of a mean proportion, maximised over the correlation within groups.

    found, sizes: of K different groups; times: how many groups have these numbers.
    """

    found: np.ndarray
    sizes: np.ndarray
    times: np.ndarray

    @classmethod
    def of(cls, found: np.ndarray, sizes: np.ndarray) -> "_Profile":
        pairs, times = np.unique(np.stack([found, sizes]), axis=1, return_counts=True)
        return cls(pairs[0], pairs[1], times)

    def interval(self, quantile: float) -> Interval:
        """All means whose log-likelihood is at most `quantile`^2 / 2 below the highest."""
        best, highest = self._highest()
        lowest_inside = highest - quantile**2 / 2

        def excess(mean: float) -> float:
            return self.log_likelihood(mean) - lowest_inside

        ends = (-FURTHEST_LOGIT, FURTHEST_LOGIT)
        low, high = (end if excess(end) >= 0 else brentq(excess, end, best, xtol=1e-4) for end in ends)
        return (0.0 if low == ends[0] else float(expit(low))), (1.0 if high == ends[1] else float(expit(high)))

    def log_likelihood(self, mean: float) -> float:
        """Of the mean proportion with this logit, at the best correlation."""
        values = self._at(mean, self._correlations)
        peak = int(values.argmax())
        around = self._correlations[max(peak - 1, 0)], self._correlations[min(peak + 1, STEPS - 1)]
        refined = minimize_scalar(lambda one: -self._at(mean, np.array([one]))[0], bounds=around, method="bounded")
        return max(float(values[peak]), -float(refined.fun))

    def _highest(self) -> tuple[float, float]:
        """The logit of the most likely mean, and its log-likelihood."""
        grid = np.linspace(-FURTHEST_LOGIT, FURTHEST_LOGIT, 2 * STEPS + 1)
        values = [self._at(mean, self._correlations).max() for mean in grid]
        peak = int(np.argmax(values))
        around = grid[max(peak - 1, 0)], grid[min(peak + 1, 2 * STEPS)]
        refined = minimize_scalar(lambda mean: -self.log_likelihood(mean), bounds=around, method="bounded")
        return float(refined.x), -float(refined.fun)

    @cached_property
    def _correlations(self) -> np.ndarray:
        """Logits of the correlation within groups, from as good as independent to nearly 1."""
        return np.linspace(logit(LEAST_OVERDISPERSION / self.sizes.max()), 6.0, STEPS)

    def _at(self, mean: float, correlations: np.ndarray) -> np.ndarray:
        """(R,) log-likelihood at a logit of the mean, and R logits of the correlation."""
        total = np.exp(-correlations)[:, None]  # (1 - correlation) / correlation: the sum of the beta's parameters
        yes, no = total * expit(mean), total * expit(-mean)
        likelihood = betaln(self.found + yes, self.sizes - self.found + no) - betaln(yes, no)
        return np.asarray(likelihood @ self.times)
