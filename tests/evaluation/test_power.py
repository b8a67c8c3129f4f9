"""The power that is promised, against the power that simulated comparisons have."""

import numpy as np
import pytest
from scipy.stats import norm

from crack_exp.evaluation.power import POWER, detectable_by_flips, detectable_by_t
from crack_exp.evaluation.sign_flips import SignFlips
from crack_exp.evaluation.standard_error import StandardError

WALLS, IMAGES = 12, 60
SKILL, BETWEEN_WALLS, BETWEEN_MODELS = 1.2, 0.5, 0.5
SPREAD = np.sqrt(BETWEEN_WALLS**2 + 1 + 1.25 * BETWEEN_MODELS**2)


def two_models(gain: float, random: np.random.Generator) -> SignFlips:
    """The second model has this much more accuracy, by more skill; walls differ in difficulty, and models on them."""
    second = SPREAD * norm.ppf(norm.cdf(SKILL / SPREAD) + gain)
    hard = BETWEEN_WALLS * random.normal(size=(WALLS, 1)) + random.normal(size=(WALLS, IMAGES))
    own = 0.5 * random.normal(size=(2, WALLS, 1)) + random.normal(size=(2, WALLS, IMAGES))
    right = np.array([SKILL, second])[:, None, None] + hard + BETWEEN_MODELS * own > 0
    errors = (~right).sum(axis=2)
    return SignFlips(errors[0] - errors[1], errors, WALLS * IMAGES)


def test_a_gain_that_is_promised_is_found() -> None:
    random, found = np.random.default_rng(0), []
    for _ in range(60):
        promised = detectable_by_flips(two_models(0.0, random), 0.05)
        assert promised.gain is not None
        again = two_models(promised.gain, random)
        found.append(again.p < 0.05 and again.excess.sum() > 0)
    assert np.mean(found) == pytest.approx(POWER, abs=0.13)


def test_the_test_keeps_its_level() -> None:
    random = np.random.default_rng(1)
    significant = [two_models(0.0, random).p < 0.05 for _ in range(400)]
    assert 0.02 < np.mean(significant) < 0.075


@pytest.mark.parametrize(("groups", "seeds"), [(6, 1), (20, 3), (100, 5)])
def test_a_gain_that_student_promises_is_found(groups: int, seeds: int) -> None:
    """With the formula 1.96 + 0.84, or its form with Student's quantiles, only 0.6 to 0.7 of the few would be."""
    random, found = np.random.default_rng(2), []

    def drawn(gain: float) -> tuple[float, StandardError]:
        """Both sources have a variance of 1, where there are several seeds."""
        of_groups, of_seeds = random.normal(size=groups) * np.sqrt(groups), random.normal(size=seeds) * np.sqrt(seeds)
        value = of_groups.mean() + (of_seeds.mean() if seeds > 1 else 0.0) + gain
        seed_variance = of_seeds.var(ddof=1) / seeds if seeds > 1 else 0.0
        return value, StandardError(float(of_groups.var(ddof=1)) / groups, groups, float(seed_variance), seeds, groups)

    for _ in range(300):
        promised = detectable_by_t(drawn(0.0)[1], 1e9, 0.05)
        assert promised is not None and promised.gain is not None
        value, error = drawn(promised.gain)
        found.append(value > 0 and error.p(value) < 0.05)
    assert np.mean(found) == pytest.approx(POWER, abs=0.06)


def test_nothing_is_promised_where_a_perfect_model_is_not_found() -> None:
    """Three of twenty groups have an error: whoever rights them differs in three groups, and 2 / 8 is not small."""
    errors = np.array([[1] * 3 + [0] * 17, [1] * 3 + [0] * 17])
    found = detectable_by_flips(SignFlips(np.zeros(20, int), errors, 1000), 0.05)
    assert found.gain is None and found.room == 0.003 and found.power_at_room < 0.2


def test_few_groups_promise_nothing() -> None:
    """Seven groups are one more than any significance takes: nearly all would have to agree."""
    errors = np.full((2, 7), 30)
    assert detectable_by_flips(SignFlips(np.zeros(7, int), errors, 1000), 0.05).groups_needed == 8
    assert detectable_by_flips(SignFlips(np.zeros(8, int), np.full((2, 8), 30), 1000), 0.05).groups_needed == 0
