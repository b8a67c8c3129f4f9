"""Newcombe's interval against Hanley and McNeil's published figure, and simulated walls."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from crack_exp.evaluation.auroc_interval import auroc_interval, auroc_variance
from crack_exp.evaluation.bootstrap import resample
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
    return auroc_interval(predictions, resample(predictions, resamples, seed=0)["auroc"], 0.95)


def test_variance_of_the_published_example() -> None:
    # Hanley & McNeil 1982: 58 abnormal and 51 normal images, area 0.893, standard error 0.032.
    assert math.sqrt(auroc_variance(0.893, 58, 51)) == pytest.approx(0.032, abs=5e-4)


def test_each_end_lies_as_many_standard_errors_away_as_it_should() -> None:
    predictions = walls(0.8, groups=80, images=1, between=0, seed=1)
    area, cracks = auroc(predictions), int(predictions.is_crack.sum())
    no_spread_between_draws = np.full(10, area)  # leaves the design effect at 1
    for end in auroc_interval(predictions, no_spread_between_draws, 0.95):
        standard_error = math.sqrt(auroc_variance(end, cracks, 80 - cracks))
        assert abs(end - area) / standard_error == pytest.approx(1.959964, rel=1e-5)


def test_images_of_one_wall_tell_less() -> None:
    # 40 walls are many (t differs by 3 % from a normal), but they differ as much as images of one wall do.
    predictions = walls(0.8, groups=40, images=20, between=1.0, seed=2)
    alone = replace(predictions, groups=predictions.names)
    low, high = interval(predictions)
    assert high - low > 1.1 * np.diff(interval(alone)).item()


def test_a_perfect_ranking_is_not_certain_and_counts_walls() -> None:
    rows = np.repeat([[0.9, 0.1], [0.2, 0.8]], 50, axis=0)
    names, labels = [f"{index}.jpg" for index in range(100)], np.repeat([0, 1], 50)
    alone = Predictions(names, names, labels, rows, ["intact", "crack"], frozenset({0}))
    four = replace(alone, groups=[f"{index % 4}" for index in range(100)])
    assert interval(alone)[1] == interval(four)[1] == 1.0
    assert interval(four)[0] < 0.8 < interval(alone)[0] < 1.0


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    # 15 walls of 20 images, true area 0.97: of plain bootstrap percentiles less than 90 % would hold it.
    drawn = [walls(0.97, groups=15, images=20, between=0.5, seed=seed) for seed in range(150)]
    held = [low <= 0.97 <= high for low, high in map(interval, drawn)]
    assert np.mean(held) >= 0.95
