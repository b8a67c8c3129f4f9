"""Figures of a setting, the mean over its seeds, and their intervals over the test images."""

import numpy as np
import pytest

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.evaluate import evaluate
from crack_exp.evaluation.metrics import accuracy, auroc
from crack_exp.evaluation.over_seeds import MEASURED, RESAMPLED_FIGURES, MeanFigure, mean_figures
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.proportions import proportion_interval
from crack_exp.evaluation.wilson import wilson_interval

DECIDED = ("recall_at_threshold", "false_alarm_rate_at_threshold")


def predictions(seed: int, groups: int, images: int = 80) -> Predictions:
    """Cracks score higher on the whole; each group has a shift of its own."""
    random = np.random.default_rng(seed)
    labels, group = np.arange(images) % 2, np.arange(images) * groups // images
    logits = 1.5 * (2 * labels - 1) + random.normal(size=groups)[group] + random.normal(size=images)
    scores = 1 / (1 + np.exp(-logits))
    names = [f"{number:02}.jpg" for number in range(images)]
    rows = np.stack([1 - scores, scores], axis=1)
    return Predictions(names, [str(one) for one in group], labels, rows, ["intact", "crack"], frozenset([0]))


def figures(runs: list[Predictions], thresholds: list[float] | None) -> dict[str, MeanFigure]:
    return mean_figures(runs, thresholds, 0.95, Bootstrap(200, 3, RESAMPLED_FIGURES))


@pytest.mark.parametrize("groups", [8, 80])
def test_a_single_run_has_the_figures_and_intervals_of_its_report(groups: int) -> None:
    run = predictions(0, groups)
    report = evaluate(run, 0.95, 200, 3, threshold=0.4)
    found = figures([run], [0.4])
    assert set(found) == {*MEASURED, *DECIDED}
    for name, figure in found.items():
        assert figure.mean == pytest.approx(report.scalars[name])
        assert figure.interval == (None if name == "ece" else pytest.approx(report.intervals[name])), name


def test_equal_seeds_have_the_interval_of_one() -> None:
    """More seeds are no more test images."""
    run = predictions(0, 8)
    one, three = figures([run], [0.4]), figures([run] * 3, [0.4] * 3)
    assert all(three[name].interval == pytest.approx(one[name].interval) for name in one)


def test_the_interval_is_of_the_mean_over_seeds() -> None:
    """Of 4 single images the seeds hit 3 and 1: the mean is 0.5, whatever the order of the seeds."""
    names, labels = list("abcd"), np.array([1, 1, 1, 1])

    def run(scores: list[float]) -> Predictions:
        rows = np.array([[1 - score, score] for score in scores])
        return Predictions(names, names, labels, rows, ["intact", "crack"], frozenset([0]))

    found = figures([run([0.9, 0.9, 0.9, 0.1]), run([0.9, 0.1, 0.1, 0.1])], [0.5, 0.5])
    assert found["recall_at_threshold"].of_runs == [0.75, 0.25]
    assert found["recall_at_threshold"].interval == pytest.approx(wilson_interval(0.5, 4, 0.95))
    assert "false_alarm_rate_at_threshold" not in found and "auroc" not in found, "no image is intact"


def test_each_seed_decides_at_its_own_threshold() -> None:
    run = predictions(0, 80)
    recall = figures([run, run], [0.0, 1.0])["recall_at_threshold"]
    assert recall.of_runs == [1.0, 0.0] and recall.mean == 0.5


def test_without_thresholds_there_are_no_decisions() -> None:
    assert set(figures([predictions(0, 8)], None)) == set(MEASURED)


def test_images_of_one_group_have_no_interval() -> None:
    assert all(figure.interval is None for figure in figures([predictions(0, 1)], [0.4]).values())


def test_intervals_hold_the_true_mean_of_two_seeds() -> None:
    """In 40 draws of 10 groups, a 95 % interval misses the mean over 2,000 groups in at most 6."""
    many = pair(1000, 2_000)
    alarms = [run.crack_score >= 0.4 for run in many]
    truth = {
        "auroc": np.mean([auroc(run) for run in many]),
        "accuracy": np.mean([accuracy(run) for run in many]),
        "recall_at_threshold": np.mean([alarm[many[0].is_crack] for alarm in alarms]),
    }
    drawn = [mean_figures(pair(draw, 10), [0.4, 0.4], 0.95, Bootstrap(100, 0, RESAMPLED_FIGURES)) for draw in range(40)]
    for name, value in truth.items():
        intervals = [one[name].interval for one in drawn]
        assert sum(one is None or not one[0] <= value <= one[1] for one in intervals) <= 6, name


def pair(draw: int, groups: int) -> list[Predictions]:
    """Two seeds agree on the groups and differ on single images."""
    first, noise = predictions(draw, groups, 10 * groups), np.random.default_rng(draw + 1).normal(size=10 * groups)
    logits = np.log(first.crack_score / (1 - first.crack_score)) + 0.5 * noise
    scores = 1 / (1 + np.exp(-logits))
    rows = np.stack([1 - scores, scores], axis=1)
    second = Predictions(first.names, first.groups, first.labels, rows, first.class_names, first.intact)
    return [first, second]


def test_mean_counts_of_groups_are_not_rounded() -> None:
    """What two models hit of 10 groups in the mean, with halves: misses have the mirrored interval of hits."""
    random = np.random.default_rng(0)
    hits, groups = (random.random((2, 60)) < 0.7).mean(axis=0), np.repeat(np.arange(10), 6)
    interval, mirrored = proportion_interval(hits, groups, 0.95), proportion_interval(1 - hits, groups, 0.95)
    assert interval is not None and mirrored is not None
    assert interval == pytest.approx((1 - mirrored[1], 1 - mirrored[0]), abs=1e-3)
