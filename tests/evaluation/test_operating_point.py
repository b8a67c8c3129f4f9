"""The choice of the threshold, and what each rule promises."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from crack_exp.evaluation.aim import ASSURED, COSTS, MIN_RECALL, ON_AVERAGE, STRONGEST, Aim
from crack_exp.evaluation.operating_point import choose_operating_point, is_enough, settled
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.risk_control import Sample

ESTIMATED = Aim(MIN_RECALL, 0.95, 0.95, None, None)


def scored(cracks: list[float], intact: list[float], groups: list[str] | None = None) -> Predictions:
    scores, labels = np.array(cracks + intact), np.array([1] * len(cracks) + [0] * len(intact))
    names = [f"{index}.jpg" for index in range(len(labels))]
    rows = np.stack([1 - scores, scores], axis=1).astype(np.float32)
    return Predictions(names, groups or names, labels, rows, ["intact", "crack"], frozenset({0}))


def chosen(predictions: Predictions, aim: Aim) -> float:
    return choose_operating_point(predictions, aim).threshold


@pytest.mark.parametrize(
    ("min_recall", "threshold"), [(0.25, 0.85), (0.5, 0.3), (0.75, 0.3), (0.76, 0.05), (1.0, 0.05)]
)
def test_the_minimum_recall_is_reached_with_the_fewest_false_alarms(min_recall: float, threshold: float) -> None:
    predictions = scored(cracks=[0.1, 0.9, 0.4, 0.7], intact=[0.8, 0.2])
    assert chosen(predictions, replace(ESTIMATED, min_recall=min_recall)) == pytest.approx(threshold)


def test_the_threshold_reaches_the_minimum_recall() -> None:
    predictions = scored(cracks=[0.3, 0.61, 0.92], intact=[0.5])
    for min_recall in (1 / 3, 2 / 3, 1.0):
        alarm = predictions.is_alarm(chosen(predictions, replace(ESTIMATED, min_recall=min_recall)))
        assert alarm[predictions.is_crack].mean() >= min_recall


def test_a_perfect_model_keeps_a_recall_of_one() -> None:
    predictions = scored(cracks=[0.9, 0.99, 0.999], intact=[0.1, 0.2])
    assert chosen(predictions, replace(ESTIMATED, min_recall=0.5)) == pytest.approx(0.55)


def test_without_intact_images_every_crack_is_found() -> None:
    point = choose_operating_point(scored([0.5, 0.5, 0.5, 0.2], []), replace(ESTIMATED, min_recall=0.5))
    assert point.threshold == pytest.approx(0.1)
    assert point.false_alarm_rate is None


def test_the_threshold_may_be_zero_and_says_that_everything_is_an_alarm() -> None:
    point = choose_operating_point(scored(cracks=[0.0, 0.9], intact=[0.0, 0.3]), replace(ESTIMATED, min_recall=1.0))
    assert point.threshold == 0
    assert point.false_alarm_rate == 1


SCORES = [index / 100 for index in range(1, 101)]
"""Of 100 cracks. With an intact image between each two of them, the threshold falls just below the lowest found."""
BETWEEN = [score - 0.005 for score in SCORES]


def missed(aim: Aim, groups: list[str] | None = None) -> int:
    """Of the cracks with SCORES."""
    groups = groups and groups + [f"intact {index}" for index in range(len(BETWEEN))]
    threshold = chosen(scored(SCORES, BETWEEN, groups), aim)
    return sum(score < threshold for score in SCORES)


def test_each_promise_costs_more_misses_of_those_that_are_known() -> None:
    # By hand: 5 of 100; (4 + 1) / 101 <= 0.05 < (5 + 1) / 101; P(Bin(100, 0.05) <= 1) = 0.037 and P(... <= 2) = 0.118.
    rules = (MIN_RECALL, ON_AVERAGE, ASSURED)
    assert [missed(replace(ESTIMATED, rule=rule)) for rule in rules] == [5, 4, 1]


def test_groups_count_once_each() -> None:
    # 20 groups of 5 cracks: on average (20 * share + 1) / 21 <= 0.05 allows a share of 0.0025: not one crack in 100.
    groups = [f"wall {index % 20}" for index in range(100)]
    assert missed(replace(ESTIMATED, rule=ON_AVERAGE), groups) == 0
    # A share of 0.1 asks (20 * share + 1) / 21 <= 0.1: a share of 0.055, which is 5 cracks of these equal groups.
    assert missed(replace(ESTIMATED, rule=ON_AVERAGE, min_recall=0.9), groups) == 5


def test_the_crack_of_a_small_group_weighs_more() -> None:
    # 10 groups: the lowest 9 scores are of groups with a single crack each, the other 91 of one group.
    groups = [f"wall {index}" for index in range(9)] + ["large"] * 91
    # (10 * share + 1) / 11 <= 0.2 allows a share of 0.12, and each of these cracks has one of 0.1.
    assert missed(replace(ESTIMATED, rule=ON_AVERAGE, min_recall=0.8), groups) == 1


@pytest.mark.parametrize(
    ("sample", "rule"),
    [
        (Sample(59, None), ASSURED),
        (Sample(58, None), ON_AVERAGE),
        (Sample(19, None), ON_AVERAGE),
        (Sample(18, None), MIN_RECALL),
        (Sample(500, 59), ASSURED),
        (Sample(500, 4), MIN_RECALL),
    ],
)
def test_the_strongest_promise_is_the_one_that_the_images_are_enough_for(sample: Sample, rule: str) -> None:
    assert settled(replace(ESTIMATED, rule=STRONGEST), sample).rule == rule
    assert is_enough(replace(ESTIMATED, rule=rule), sample)


def test_a_rule_that_was_asked_for_stays() -> None:
    assert settled(ESTIMATED, Sample(500, None)) == ESTIMATED


def test_nothing_promises_all_cracks() -> None:
    assert settled(Aim(STRONGEST, 1.0, 0.95, None, None), Sample(10**6, None)).rule == MIN_RECALL


@pytest.mark.parametrize(("ratio", "found"), [(0.4, 1), (0.6, 2), (1.5, 2), (4, 3)])
def test_costs_weigh_misses_against_false_alarms(ratio: float, found: int) -> None:
    # From the highest score: crack, 1 alarm, crack, 3 alarms, crack. Shares are equal, so each of 3 misses is worth
    # ratio / 3, each of 6 alarms 1 / 6.
    predictions = scored(cracks=[0.9, 0.7, 0.2], intact=[0.8, 0.6, 0.5, 0.4, 0.1, 0.05])
    aim = Aim(COSTS, 0.95, 0.95, cost_ratio=ratio, prevalence=0.5)
    alarm = predictions.is_alarm(chosen(predictions, aim))
    assert int(alarm[predictions.is_crack].sum()) == found


def delivered(aim: Aim, draws: int, walls: int, cracks: int, correlation: float) -> tuple[float, float]:
    """Over drawn validation sets: how often the true recall is at least `min_recall`, and the mean true recall.

    Scores are the sum of a normal number of each wall and one of each crack, brought to equal shares: the true recall
    at a threshold, of walls never seen, is 1 - threshold.
    """
    random, recalls = np.random.default_rng(1), []
    for _ in range(draws):
        of_wall = np.repeat(random.normal(size=walls) * correlation**0.5, cracks)
        raw = of_wall + random.normal(size=walls * cracks) * (1 - correlation) ** 0.5
        scores = norm.cdf(raw)
        groups = [f"{index // cracks if cracks > 1 else index}" for index in range(walls * cracks)]
        recalls.append(1 - chosen(scored(scores.tolist(), scores.tolist(), groups * 2), aim))
    return float(np.mean(np.array(recalls) >= aim.min_recall - 1e-6)), float(np.mean(recalls))


def test_promises_to_independent_images_are_kept() -> None:
    kept, _ = delivered(replace(ESTIMATED, rule=ASSURED), draws=300, walls=100, cracks=1, correlation=0.0)
    assert 0.94 <= kept <= 0.995
    _, mean = delivered(replace(ESTIMATED, rule=ON_AVERAGE), draws=300, walls=100, cracks=1, correlation=0.0)
    assert 0.948 <= mean <= 0.962
    kept, mean = delivered(ESTIMATED, draws=300, walls=100, cracks=1, correlation=0.0)
    assert kept < 0.6 and mean < 0.95


def test_promises_to_walls_are_kept() -> None:
    aim = replace(ESTIMATED, rule=ASSURED, min_recall=0.8)
    kept, _ = delivered(aim, draws=200, walls=40, cracks=10, correlation=0.5)
    assert kept >= 0.95
    _, mean = delivered(replace(aim, rule=ON_AVERAGE), draws=200, walls=40, cracks=10, correlation=0.5)
    assert 0.79 <= mean <= 0.85
