"""Wilson's interval against published values, scipy, and on simulated walls."""

import numpy as np
import pytest
from scipy.stats import binomtest

from crack_exp.evaluation.wilson import effective_size, proportion_interval, wilson_interval


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(hits: int, count: int, low: float, high: float) -> None:
    assert wilson_interval(hits / count, count, 0.95) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("hits", [0, 1, 37, 49, 50])
def test_ungrouped_images_have_the_plain_interval(hits: int) -> None:
    found = np.arange(50) < hits
    plain = binomtest(hits, 50).proportion_ci(0.9, method="wilson")
    assert proportion_interval(found, np.arange(50), 0.9) == pytest.approx((plain.low, plain.high))


def test_copies_of_ten_images_count_as_ten() -> None:
    ten = np.array([True] * 7 + [False] * 3)
    hundred, groups = np.repeat(ten, 10), np.repeat(np.arange(10), 10)
    # Design effect (100 - 1) / (10 - 1) = 11; t quantiles of 99 and 9 degrees of freedom 1.9842 and 2.2622.
    assert effective_size(hundred, groups, 0.95) == pytest.approx(100 / 11 * (1.9842 / 2.2622) ** 2, rel=1e-4)


def test_grouping_widens_the_interval() -> None:
    found = np.arange(200) >= 20
    alone = proportion_interval(found, np.arange(200), 0.95)
    walls = proportion_interval(found, np.arange(200) // 20, 0.95)  # all errors on the first wall
    assert walls[0] < alone[0] and walls[1] > alone[1]


def test_the_effective_size_is_at_most_the_number_of_images() -> None:
    found = np.tile([True, True, True, False], 25)
    assert effective_size(found, np.arange(100) // 4, 0.95) < 100


def test_without_errors_each_wall_counts_as_one_image() -> None:
    found, four_walls = np.ones(1000, dtype=bool), np.arange(1000) % 4
    low, high = proportion_interval(found, four_walls, 0.95)
    assert (low, high) == pytest.approx((4 / (4 + 1.959964**2), 1.0))


def test_one_wall_counts_as_one_image() -> None:
    assert effective_size(np.arange(100) < 50, np.zeros(100), 0.95) == 1.0


def test_the_interval_has_its_coverage() -> None:
    # 20 walls of 50 images, intra-class correlation 0.1. The coverage as if independent is 61 %.
    random, walls = np.random.default_rng(0), np.repeat(np.arange(20), 50)
    held = plain_held = 0
    for _ in range(400):
        found = random.random(1000) < random.beta(0.9 * 9, 0.1 * 9, 20)[walls]
        low, high = proportion_interval(found, walls, 0.95)
        plain_low, plain_high = wilson_interval(found.mean(), 1000, 0.95)
        held, plain_held = held + (low <= 0.9 <= high), plain_held + (plain_low <= 0.9 <= plain_high)
    assert held / 400 == pytest.approx(0.95, abs=0.025)
    assert plain_held / 400 < 0.7
