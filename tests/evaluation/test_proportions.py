"""Intervals of proportions of grouped images: special cases by hand, and coverage on simulated walls."""

import numpy as np
import pytest
from scipy.stats import binomtest, chi2, t

from crack_exp.evaluation.proportions import proportion_interval
from crack_exp.evaluation.wilson import wilson_interval


@pytest.mark.parametrize("hits", [0, 1, 37, 49, 50])
def test_ungrouped_images_have_wilsons_interval(hits: int) -> None:
    found = np.arange(50) < hits
    plain = binomtest(hits, 50).proportion_ci(0.9, method="wilson")
    assert proportion_interval(found, np.arange(50), 0.9) == pytest.approx((plain.low, plain.high))


def test_one_wall_of_several_images_has_no_interval() -> None:
    assert proportion_interval(np.arange(100) < 50, np.zeros(100), 0.95) is None


def test_walls_of_equal_proportions_have_the_interval_of_independent_images() -> None:
    found, walls = np.tile([True, True, True, False], 100), np.arange(400) // 4
    interval = proportion_interval(found, walls, 0.95)
    assert interval is not None
    # The binomial likelihood, with Student's quantile for 100 walls in place of that of chi squared.
    for end in interval:
        fall = 300 * np.log(0.75 / end) + 100 * np.log(0.25 / (1 - end))
        assert fall == pytest.approx(t.isf(0.025, 99) ** 2 / 2, rel=0.02)
    assert chi2.isf(0.05, 1) / 2 < t.isf(0.025, 99) ** 2 / 2


def test_walls_that_are_right_or_wrong_as_a_whole_count_as_one_image_each() -> None:
    found, walls = np.repeat(np.arange(40) < 30, 50), np.repeat(np.arange(40), 50)
    interval = proportion_interval(found, walls, 0.95)
    assert interval is not None
    for end in interval:
        fall = 30 * np.log(0.75 / end) + 10 * np.log(0.25 / (1 - end))
        assert fall == pytest.approx(t.isf(0.025, 39) ** 2 / 2, rel=0.05)


def test_grouping_widens_the_interval() -> None:
    found = np.arange(200) >= 20
    alone = proportion_interval(found, np.arange(200), 0.95)
    walls = proportion_interval(found, np.arange(200) // 20, 0.95)  # all errors on the first wall
    assert alone is not None and walls is not None
    assert walls[0] < alone[0] and walls[1] > alone[1]


def test_the_order_of_images_and_the_names_of_walls_change_nothing() -> None:
    random = np.random.default_rng(0)
    found, walls, order = random.random(300) < 0.8, np.arange(300) % 7, random.permutation(300)
    names = np.array([f"wall {9 - wall}" for wall in walls])
    assert proportion_interval(found[order], names[order], 0.9) == proportion_interval(found, walls, 0.9)


@pytest.mark.parametrize("value", [True, False])
def test_without_errors_an_interval_ends_where_walls_would_show_one(value: bool) -> None:
    """Of 20 walls without an error, or with errors alone; how much walls differ does not show."""
    interval = proportion_interval(np.full(1000, value), np.arange(1000) % 20, 0.95)
    assert interval is not None
    low, high = interval if value else (1 - interval[1], 1 - interval[0])
    assert high == 1
    # Clopper and Pearson 1934 for 20 walls, each right or wrong as a whole.
    assert low == pytest.approx(0.025 ** (1 / 20))


def test_the_interval_holds_on_walls_of_different_sizes() -> None:
    """As often as it says. As if the images were independent it holds in about 4 of 10 draws."""
    random, rate, correlation = np.random.default_rng(0), 0.8, 0.5
    total = (1 - correlation) / correlation
    held = plain_held = 0
    for _ in range(100):
        sizes = np.maximum(1, random.lognormal(np.log(20), 1, 20)).astype(int)
        walls = np.repeat(np.arange(20), sizes)
        found = random.random(len(walls)) < random.beta(rate * total, (1 - rate) * total, 20)[walls]
        interval = proportion_interval(found, walls, 0.95)
        assert interval is not None
        plain = wilson_interval(found.mean(), len(found), 0.95)
        held, plain_held = held + (interval[0] <= rate <= interval[1]), plain_held + (plain[0] <= rate <= plain[1])
    assert held / 100 == pytest.approx(0.95, abs=0.045)
    assert plain_held / 100 < 0.6
