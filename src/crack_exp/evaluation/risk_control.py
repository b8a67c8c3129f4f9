"""Which shares of missed cracks a promise allows, and how many images it takes.

A miss rate is at most 1 - `min_recall` if the promise is kept. What is counted are independent units: images with a
crack, or, where several images come from one photo or wall, these groups of images.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from crack_exp.evaluation.aim import MIN_RECALL, ON_AVERAGE

ROUNDING = 1e-9
"""Of miss rates that are sums of many weights."""


@dataclass(frozen=True)
class Sample:
    """The validation images with a crack.

    cracks: their number; groups: how many groups they come from, None where each is a group of its own.
    """

    cracks: int
    groups: int | None

    @classmethod
    def of(cls, groups: np.ndarray) -> "Sample":
        """groups: (N,) of the images with a crack."""
        different = len(set(groups.tolist()))
        return cls(len(groups), None if different == len(groups) else different)

    @property
    def independent(self) -> int:
        return self.cracks if self.groups is None else self.groups


def needed(rule: str, min_recall: float, assurance: float) -> float:
    """How many independent units the rule takes if no crack is missed; infinite for a recall of 1."""
    miss_rate = 1 - min_recall
    if rule == MIN_RECALL:
        return 1
    if miss_rate <= 0:
        return math.inf
    if rule == ON_AVERAGE:
        return math.ceil(1 / miss_rate - 1 - ROUNDING)
    return math.ceil(math.log(1 - assurance) / math.log(min_recall) - ROUNDING)


def highest_recall(rule: str, independent: int, assurance: float) -> float:
    """The highest `min_recall` that so many independent units can promise."""
    if rule == MIN_RECALL:
        return 1.0
    if rule == ON_AVERAGE:
        return independent / (independent + 1)
    return float((1 - assurance) ** (1 / independent)) if independent else 0.0


def is_allowed(miss_rate: np.ndarray, sample: Sample, *, rule: str, min_recall: float, assurance: float) -> np.ndarray:
    """(R,) bool: whether the rule allows a miss rate (R,) on `sample`, a mean over its independent units.

    min_recall:  it is at most 1 - `min_recall`.
    on_average:  so is its expectation on one more unit (conformal risk control: Angelopoulos and others 2022,
                 arXiv:2208.02814).
    assured:     so is, with probability `assurance`, the true one: by the binomial distribution for images (Clopper and
                 Pearson 1934; as an order statistic: Wilks 1941), by `hoeffding_bentkus` for groups, of which only a
                 part may be missed (learn then test: Angelopoulos and others 2021, arXiv:2110.01052). Both p-values
                 rise with the threshold: thresholds are tested from the lowest on until one fails, each at full level.
    """
    most, units = 1 - min_recall, sample.independent
    if rule == MIN_RECALL:
        return miss_rate <= most + ROUNDING
    if rule == ON_AVERAGE:
        return (units * miss_rate + 1) / (units + 1) <= most + ROUNDING
    if sample.groups is None:
        p = binom.cdf(np.round(units * miss_rate), units, most)
    else:
        p = hoeffding_bentkus(miss_rate, units, most)
    return np.asarray(p <= 1 - assurance + ROUNDING)


def hoeffding_bentkus(losses: np.ndarray, units: int, bound: float) -> np.ndarray:
    """(R,) p-values of "the expected loss is above `bound`", from means (R,) of `units` independent losses in [0, 1].

    Bates and others 2021, J. ACM 68, 43.
    """
    low = np.clip(losses, 1e-300, bound)
    divergence = low * np.log(low / bound) + (1 - low) * np.log((1 - low) / (1 - bound))
    bentkus = math.e * binom.cdf(np.ceil(units * losses - ROUNDING), units, bound)
    return np.minimum(np.exp(-units * divergence), bentkus)
