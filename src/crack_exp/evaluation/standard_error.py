"""How far luck moves a difference between two settings: that of the test images, and that of the seeds."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t

NOTHING = 1e-24
"""A variance that only rounding makes."""

LEAST_TAIL = 1e-12


@dataclass(frozen=True)
class StandardError:
    """of_groups, of_seeds: the variance of the difference over draws of groups of test images, and over seeds.

    groups, seeds, images: how many there were.
    """

    of_groups: float
    groups: int
    of_seeds: float
    seeds: int
    images: int

    @property
    def is_known(self) -> bool:
        """Of a single group of images one cannot tell how much groups differ; and what never varied tells nothing."""
        return self.groups > 1 and max(self.of_groups, self.of_seeds) > NOTHING

    @property
    def standard_error(self) -> float:
        return float(np.sqrt(self.of_groups + self.of_seeds))

    @property
    def more(self) -> str:
        """What there would have to be more of, to tell a smaller difference."""
        return "seeds" if self.of_seeds > self.of_groups else self.units

    @property
    def units(self) -> str:
        """What is drawn anew as a whole."""
        return "test images" if self.groups == self.images else "groups of test images"

    def quantile(self, tail: float) -> float:
        """How many standard errors are exceeded with the chance `tail`, in (0, 0.5].

        Student's quantiles of either source, weighted by its variance (Cochran and Cox 1957, Experimental Designs,
        section 4.14): Satterthwaite's degrees of freedom trust three seeds too far where they happen to agree.
        """
        parts = ((self.of_groups, self.groups), (self.of_seeds, self.seeds))
        weighted = sum(variance * float(t.isf(tail, count - 1)) for variance, count in parts if variance > NOTHING)
        return weighted / sum(variance for variance, _ in parts if variance > NOTHING)

    def p(self, difference: float) -> float:
        """Two-sided, of a difference that is none but for luck; 1 where luck is not known."""
        if not self.is_known or not difference:
            return 1.0
        errors = abs(difference) / self.standard_error
        if self.quantile(LEAST_TAIL) <= errors:
            return 2 * LEAST_TAIL
        return 2 * float(brentq(lambda tail: self.quantile(tail) - errors, LEAST_TAIL, 0.5))
