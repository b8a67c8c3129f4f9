"""Standard error of a difference, with two sources of variance: the test images and the seeds."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t

ROUNDING_VARIANCE = 1e-24
"""A smaller variance is caused by rounding."""

MIN_TAIL = 1e-12


@dataclass(frozen=True)
class StandardError:
    """Standard error of a difference between two models or settings.

    group_variance, seed_variance: variance of the difference over bootstrap samples of groups of test images, and over
    seeds; groups, seeds, images: their numbers.
    """

    group_variance: float
    groups: int
    seed_variance: float
    seeds: int
    images: int

    @property
    def is_known(self) -> bool:
        """False for a single group, whose variance between groups is unknown, and where both variances are 0."""
        return self.groups > 1 and max(self.group_variance, self.seed_variance) > ROUNDING_VARIANCE

    @property
    def value(self) -> float:
        return float(np.sqrt(self.group_variance + self.seed_variance))

    @property
    def limited_by(self) -> str:
        """The source of the larger variance: more of it lowers the smallest detectable difference."""
        return "seeds" if self.seed_variance > self.group_variance else self.units

    @property
    def units(self) -> str:
        """What the bootstrap draws."""
        return "test images" if self.groups == self.images else "groups of test images"

    def quantile(self, tail: float) -> float:
        """The quantile, in standard errors, that is exceeded with the probability `tail`, in (0, 0.5].

        It is the mean of Student's quantiles for the number of groups and of seeds, weighted by the two variances
        (Cochran and Cox 1957, Experimental Designs, section 4.14). Satterthwaite's degrees of freedom would give too
        many false positives: the variance of three seeds can be close to 0 by chance.
        """
        parts = ((self.group_variance, self.groups), (self.seed_variance, self.seeds))
        nonzero = [(variance, count) for variance, count in parts if variance > ROUNDING_VARIANCE]
        weighted = sum(variance * float(t.isf(tail, count - 1)) for variance, count in nonzero)
        return weighted / sum(variance for variance, _ in nonzero)

    def p(self, difference: float) -> float:
        """Two-sided p value of no difference; 1 where the standard error is unknown."""
        if not self.is_known or not difference:
            return 1.0
        errors = abs(difference) / self.value
        if self.quantile(MIN_TAIL) <= errors:
            return 2 * MIN_TAIL
        return 2 * float(brentq(lambda tail: self.quantile(tail) - errors, MIN_TAIL, 0.5))
