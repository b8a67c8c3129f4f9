"""How large a gain must be for a test to find it, simulated with the test that decides.

Both simulations count that the errors themselves are only estimated, from as few groups and seeds as there are. So the
promise holds on average over test sets, not only where the estimates happen to be true.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import t

from crack_exp.evaluation.sign_flips import SignFlips, flipped_p, least_groups
from crack_exp.evaluation.standard_error import ROUNDING_VARIANCE, StandardError

POWER = 0.8
"""The probability with which the smallest detectable gain is found."""

DRAWS = 20_000
"""Of Student's test: a quantile."""

TEST_SETS = 400
"""Of the test that flips signs: a power of 0.8 is known within 0.02."""

MARGIN_GROUPS = 2
"""Beyond those with which any p value is significant: with fewer, nearly all groups must agree, and how likely that is
cannot be told from so few. By simulation (docs/statistics.md), promises then hold half as often as they should."""

STEPS = 10
"""Of the search for the smallest gain: to a thousandth of the largest."""


@dataclass(frozen=True)
class Detectable:
    """The smallest true gain that a test finds with the probability POWER.

    gain: None where none can be promised. room: the gain of a perfect model over the mean of both, more than which is
    not possible; power_at_room: the probability with which that is found. groups_needed: of test images, for any
    promise; 0 where there are enough.
    """

    gain: float | None
    room: float
    power_at_room: float
    groups_needed: int


def detectable_by_t(error: StandardError, room: float, significance: float) -> Detectable | None:
    """By Student's test with this standard error; None where it is unknown.

    The true variances are drawn around the estimated ones, and the variances of the next test around the true ones.
    """
    if not error.is_known:
        return None
    random = np.random.default_rng(0)
    true, total, quantiles = np.zeros((3, DRAWS))
    for variance, count in ((error.group_variance, error.groups), (error.seed_variance, error.seeds)):
        if variance > ROUNDING_VARIANCE:
            estimated, again = random.chisquare(count - 1, (2, DRAWS)) / (count - 1)
            true += variance / estimated
            total += variance / estimated * again
            quantiles += variance / estimated * again * float(t.isf(significance / 2, count - 1))
    reach = quantiles / np.sqrt(total)  # the quantile of StandardError, times its value
    needed = np.sort(reach - np.sqrt(true) * random.normal(size=DRAWS))
    gain = float(np.quantile(needed, POWER))
    return Detectable(gain if gain <= room else None, room, float(np.mean(needed <= room)), 0)


@lru_cache
def detectable_by_flips(flips: SignFlips, significance: float) -> Detectable:
    """By the test that flips the signs of groups.

    A gain is simulated as a share of the remaining errors that the better model gets right. Its test sets are drawn
    from the groups, whose frequencies are drawn first (Bayesian bootstrap, Rubin 1981, Annals of Statistics 9,
    130-134), with the two models swapped in a random half of the groups: so that they differ by the gain alone.
    """
    room = float(flips.errors.mean(axis=0).sum()) / flips.images
    if len(flips.excess) < (needed := least_groups(significance) + MARGIN_GROUPS):
        return Detectable(None, room, 0.0, needed)
    random = np.random.default_rng(0)
    excess, errors = _test_sets(flips, random)

    def power(share: float) -> float:
        gained = np.random.default_rng(1).binomial(errors, share)
        return float(np.mean(flipped_p(excess + gained) < significance))

    power_at_room = power(1.0)
    if power_at_room < POWER:
        return Detectable(None, room, power_at_room, 0)
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return Detectable(high * room, room, power_at_room, 0)


def _test_sets(flips: SignFlips, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(TEST_SETS, G) excess of equal models, and the errors of the one that is to gain; G: as many groups, without
    those in which no model errs."""
    groups = len(flips.excess)
    times = random.multinomial(groups, random.dirichlet(np.ones(groups), TEST_SETS))  # (TEST_SETS, groups)
    times[:, flips.errors.sum(axis=0) == 0] = 0
    width = max(1, int(times.sum(axis=1).max()))
    excess, errors = np.zeros((2, TEST_SETS, width), int)
    for row, drawn in enumerate(times):
        members = np.repeat(np.arange(groups), drawn)
        swapped = random.random(len(members)) < 0.5
        excess[row, : len(members)] = np.where(swapped, -1, 1) * flips.excess[members]
        errors[row, : len(members)] = np.where(swapped, flips.errors[0, members], flips.errors[1, members])
    return excess, errors
