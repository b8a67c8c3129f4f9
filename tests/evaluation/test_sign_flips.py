"""The exact test that flips signs in whole groups."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from crack_exp.evaluation.sign_flips import flipped_p, least_groups


def by_hand(excess: np.ndarray) -> float:
    """All 2^G patterns of signs."""
    sums = np.array(list(product([-1, 1], repeat=len(excess)))) @ excess
    return float(np.mean(np.abs(sums) >= abs(excess.sum())))


def test_the_p_value_is_the_share_of_all_patterns() -> None:
    random = np.random.default_rng(0)
    for groups in (1, 2, 5, 9, 12):
        sets = random.integers(-9, 10, (5, groups))
        np.testing.assert_allclose(flipped_p(sets), [by_hand(one) for one in sets], rtol=1e-9)


def test_single_images_have_mcnemars_exact_test() -> None:
    for first, second in ((150, 86), (3, 0), (1, 1), (40, 41), (12, 25)):
        excess = np.array([[1] * first + [-1] * second + [0] * 500])
        assert flipped_p(excess)[0] == pytest.approx(binomtest(first, first + second).pvalue, rel=1e-6)


def test_groups_without_a_difference_do_not_count() -> None:
    assert flipped_p(np.array([[0, 0, 0], [0, 5, 0]])) == pytest.approx([1.0, 1.0])
    assert flipped_p(np.array([[3, 1, 0, 4, 2, 0, 5, 9]]))[0] == 2 / 2**6


def test_many_groups_that_agree_have_a_tiny_p_value() -> None:
    assert flipped_p(np.full((1, 60), 2))[0] < 1e-15


def test_how_many_groups_a_significant_result_takes() -> None:
    """Five groups give 2 / 32 = 0.0625 at the least, six 0.031."""
    assert [least_groups(level) for level in (0.07, 0.0625, 0.05, 0.031, 0.05 / 66)] == [5, 6, 6, 7, 12]
