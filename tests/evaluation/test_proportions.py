"""Intervals of proportions of grouped images: special cases by hand, and coverage on simulated walls."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binomtest, norm, t

from crack_exp.evaluation.proportions import jackknife_interval, likelihood_interval, proportion_interval
from crack_exp.evaluation.wilson import wilson_interval


@pytest.mark.parametrize("hits", [0, 1, 37, 49, 50])
def test_ungrouped_images_have_wilsons_interval(hits: int) -> None:
    found = np.arange(50) < hits
    plain = binomtest(hits, 50).proportion_ci(0.9, method="wilson")
    assert proportion_interval(found, np.arange(50), 0.9) == pytest.approx((plain.low, plain.high))


def test_one_wall_of_several_images_has_no_interval() -> None:
    assert proportion_interval(np.arange(100) < 50, np.zeros(100), 0.95) is None


def test_walls_of_equal_proportions_have_the_likelihood_of_independent_images() -> None:
    for end in likelihood_interval(np.full(100, 3), np.full(100, 4), 0.95):
        fall = 300 * np.log(0.75 / end) + 100 * np.log(0.25 / (1 - end))
        assert fall == pytest.approx(norm.isf(0.025) ** 2 / 2 * 100 / 99, rel=0.02)


def test_walls_that_are_right_or_wrong_as_a_whole_have_the_likelihood_of_one_image_each() -> None:
    for end in likelihood_interval(np.repeat([50, 0], [30, 10]), np.full(40, 50), 0.95):
        fall = 30 * np.log(0.75 / end) + 10 * np.log(0.25 / (1 - end))
        assert fall == pytest.approx(norm.isf(0.025) ** 2 / 2 * 40 / 39, rel=0.05)


def test_the_jackknife_of_walls_of_one_size_has_their_variance() -> None:
    found = np.array([6, 8, 10, 8])
    low, high = jackknife_interval(found, np.full(4, 10), 0.95)
    # Shares of 0.6, 0.8, 1 and 0.8: the variance of their mean is 0.02 / 3; on the scale of logits over 0.8 * 0.2.
    reach = t.isf(0.025, 3) * np.sqrt(0.02 / 3) / 0.16
    assert (low, high) == pytest.approx((expit(np.log(4) - reach), expit(np.log(4) + reach)))


def test_a_wall_with_most_of_the_images_leaves_few_degrees_of_freedom() -> None:
    sizes = np.array([900] + [10] * 10)
    found = np.array([720] + [8, 9, 7, 8, 8, 9, 7, 8, 8, 8])
    low, high = jackknife_interval(found, sizes, 0.95)
    weights = sizes / 1000
    without = (800 - found) / (1000 - sizes)
    reach = t.isf(0.025, max(1, 1 / (weights @ weights) - 1)) * np.sqrt(10 * without.var()) / 0.16
    assert (low, high) == pytest.approx((expit(np.log(4) - reach), expit(np.log(4) + reach)))
    assert high - low > 0.02


def test_a_hit_of_a_part_of_the_runs_counts_in_part() -> None:
    """20 walls with 6, 6.5 and 7 of 8: a half is neither dropped nor rounded up."""
    ends = []
    for last in (0.0, 0.5, 1.0):
        interval = proportion_interval(np.tile([1, 1, 1, 1, 1, 1, 0, last], 20), np.arange(160) // 8, 0.95)
        assert interval is not None
        ends.append(interval)
    (low_0, high_0), (low_half, high_half), (low_1, high_1) = ends
    assert low_0 + 0.02 < low_half < low_1 - 0.02 and high_0 + 0.02 < high_half < high_1 - 0.02


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


Walls = tuple[np.ndarray, np.ndarray]


def half_correlated(random: np.random.Generator) -> Walls:
    """20 walls of different sizes; their proportions are beta, with a mean of 0.8."""
    sizes = np.maximum(1, random.lognormal(np.log(20), 1, 20)).astype(int)
    return random.binomial(sizes, random.beta(0.8, 0.2, 20)), sizes


def few_carry_the_errors(random: np.random.Generator) -> Walls:
    """50 walls of 30 images; their mean proportion is 0.98, with a correlation of 0.5 within walls."""
    return random.binomial(30, expit(random.normal(10.071, 4.551, 50))), np.full(50, 30)


def large_are_better(random: np.random.Generator) -> Walls:
    """20 walls of different sizes, with logits that grow with the size; 0.8845 of all images are hits."""
    normal, other = random.standard_normal((2, 20))
    sizes = np.exp(np.log(20) + 0.6 * normal + 0.8 * other).astype(int).clip(1)
    return random.binomial(sizes, expit(1.801 + 1.297 * normal)), sizes


@pytest.mark.parametrize(
    ("walls", "rate"), [(half_correlated, 0.8), (few_carry_the_errors, 0.98), (large_are_better, 0.8845)]
)
def test_the_interval_holds_as_often_as_it_says(walls: Callable[[np.random.Generator], Walls], rate: float) -> None:
    """In nearly 95 of 100 draws. As if the images were independent it holds in half of them."""
    random, draws = np.random.default_rng(0), 80
    held = {"both": 0, "likelihood": 0, "jackknife": 0, "independent": 0}
    for _ in range(draws):
        found, sizes = walls(random)
        hits = np.concatenate([np.arange(size) < hit for hit, size in zip(found, sizes, strict=True)])
        both = proportion_interval(hits, np.repeat(np.arange(len(sizes)), sizes), 0.95)
        plain = wilson_interval(hits.mean(), len(hits), 0.95)
        alone = likelihood_interval(found, sizes, 0.95), jackknife_interval(found, sizes, 0.95)
        assert both is not None
        for name, (low, high) in zip(held, (both, *alone, plain), strict=True):
            held[name] += low <= rate <= high
    assert held["both"] / draws >= 0.92
    assert held["independent"] / draws < 0.7
    if walls is few_carry_the_errors:
        assert held["jackknife"] / draws < 0.9 < held["likelihood"] / draws
    if walls is large_are_better:
        assert held["likelihood"] / draws < 0.7 and held["jackknife"] / draws > 0.92
