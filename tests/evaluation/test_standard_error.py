"""The standard error from two sources of variance: test images and seeds."""

import numpy as np
import pytest
from scipy.stats import t

from crack_exp.evaluation.standard_error import StandardError


def test_one_source_has_students_quantile() -> None:
    assert StandardError(0.04, 21, 0.0, 1, 21).quantile(0.025) == pytest.approx(
        2.086, abs=1e-3
    )  # t of 20, by any table
    assert StandardError(0.0, 21, 0.04, 3, 21).quantile(0.025) == pytest.approx(4.303, abs=1e-3)  # t of 2


def test_two_sources_are_weighted_by_their_variances() -> None:
    """Three parts t of 2 and one part t of 20, by a table: (3 * 4.303 + 2.086) / 4."""
    standard_error = StandardError(0.01, 21, 0.03, 3, 21)
    assert standard_error.value == pytest.approx(0.2)
    assert standard_error.quantile(0.025) == pytest.approx(3.749, abs=1e-3)


def test_the_p_value_agrees_with_the_interval() -> None:
    standard_error = StandardError(0.01, 21, 0.03, 3, 21)
    assert (
        standard_error.p(standard_error.quantile(0.025) * 0.2)
        == standard_error.p(-standard_error.quantile(0.025) * 0.2)
        == pytest.approx(0.05)
    )
    assert StandardError(0.04, 21, 0.0, 1, 21).p(0.3) == pytest.approx(2 * t.sf(1.5, 20))
    assert standard_error.p(0.0) == 1.0 and standard_error.p(1e9) < 1e-9


def test_an_unknown_standard_error_has_a_p_value_of_1() -> None:
    assert StandardError(0.0, 1, 0.01, 3, 50).p(5.0) == 1.0, "one group"
    assert StandardError(0.0, 9, 1e-33, 3, 50).p(5.0) == 1.0, "rounding"


@pytest.mark.parametrize("seeds", [3, 5])
def test_equal_settings_are_rarely_significantly_different(seeds: int) -> None:
    """Four equal settings, 300 times: any of the six pairs is significant in about 5 %."""
    random, groups, significant = np.random.default_rng(0), 100, 0
    for _ in range(300):
        of_groups = random.normal(size=(4, 1, groups)) * 0.1**0.5 * groups**0.5 / 2**0.5
        of_seeds = random.normal(size=(4, seeds, 1)) * 0.9**0.5 * seeds**0.5 / 2**0.5
        values = of_groups + of_seeds
        smallest = min(_p(values[a], values[b]) for a in range(4) for b in range(a))
        significant += smallest < 0.05 / 6
    assert significant <= 30  # with Satterthwaite's degrees of freedom and three seeds: twice as many


def _p(first: np.ndarray, second: np.ndarray) -> float:
    """p value; first, second: (S, G) values of each seed and group."""
    seeds, groups = first.shape
    differences = second - first
    of_groups = float(np.var(differences.mean(axis=0), ddof=1)) / groups
    of_seeds = float(np.var(differences.mean(axis=1), ddof=1)) / seeds
    return StandardError(of_groups, groups, of_seeds, seeds, groups).p(float(differences.mean()))
