"""Newcombe's interval against the published value of Hanley and McNeil, and on simulated walls."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from crack_exp.evaluation.auroc_interval import auroc_interval, auroc_variance
from crack_exp.evaluation.bootstrap import resample
from crack_exp.evaluation.effective_groups import degrees_of_freedom, without_each
from crack_exp.evaluation.metrics import auroc
from crack_exp.evaluation.predictions import Predictions


def walls(area: float, groups: int, images: int, between: float, seed: int) -> Predictions:
    """Normal scores whose AUROC is `area`; each wall shifts its scores by `between` standard deviations."""
    random = np.random.default_rng(seed)
    is_crack = random.random((groups, images)) < 0.4
    apart = norm.ppf(area) * math.sqrt(2 * (1 + between**2))
    shift = between * random.standard_normal((groups, 1))
    scores = norm.cdf((apart * is_crack + shift + random.standard_normal((groups, images))).ravel() / 3)
    names = [f"{index}.jpg" for index in range(groups * images)]
    photos = [f"{index // images}" for index in range(groups * images)]
    rows = np.stack([1 - scores, scores], axis=1)
    return Predictions(names, photos, is_crack.ravel().astype(int), rows, ["intact", "crack"], frozenset({0}))


def interval(predictions: Predictions, resamples: int = 200) -> tuple[float, float]:
    freedom = degrees_of_freedom(without_each(predictions)["auroc"])
    return auroc_interval(predictions, resample(predictions, resamples, seed=0)["auroc"], freedom, 0.95)


def test_variance_of_the_published_example() -> None:
    # Hanley & McNeil 1982: 58 abnormal and 51 normal images, area 0.893, standard error 0.032.
    assert math.sqrt(auroc_variance(0.893, 58, 51)) == pytest.approx(0.032, abs=5e-4)


def test_each_limit_is_1_96_of_its_standard_errors_away() -> None:
    predictions = walls(0.8, groups=80, images=1, between=0, seed=1)
    area, cracks = auroc(predictions), int(predictions.is_crack.sum())
    no_spread_between_draws = np.full(10, area)  # leaves the design effect at 1
    for end in auroc_interval(predictions, no_spread_between_draws, math.inf, 0.95):
        standard_error = math.sqrt(auroc_variance(end, cracks, 80 - cracks))
        assert abs(end - area) / standard_error == pytest.approx(1.959964, rel=1e-5)


def test_correlated_images_of_one_wall_widen_the_interval() -> None:
    # With 40 walls t is within 3 % of the normal; the variance between walls equals the variance within a wall.
    predictions = walls(0.8, groups=40, images=20, between=1.0, seed=2)
    alone = replace(predictions, groups=predictions.names)
    low, high = interval(predictions)
    assert high - low > 1.1 * np.diff(interval(alone)).item()


def test_a_perfect_ranking_has_an_interval_by_the_number_of_walls() -> None:
    rows = np.repeat([[0.9, 0.1], [0.2, 0.8]], 50, axis=0)
    names, labels = [f"{index}.jpg" for index in range(100)], np.repeat([0, 1], 50)
    alone = Predictions(names, names, labels, rows, ["intact", "crack"], frozenset({0}))
    four = replace(alone, groups=[f"{index % 4}" for index in range(100)])
    assert interval(alone)[1] == interval(four)[1] == 1.0
    assert interval(four)[0] < 0.8 < interval(alone)[0] < 1.0


def test_the_interval_has_its_coverage() -> None:
    # 15 walls of 20 images, true area 0.97: plain bootstrap percentiles cover less than 90 %.
    drawn = [walls(0.97, groups=15, images=20, between=0.5, seed=seed) for seed in range(150)]
    held = [low <= 0.97 <= high for low, high in map(interval, drawn)]
    assert np.mean(held) >= 0.95
