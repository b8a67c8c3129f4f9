"""Reasons to trust the figures of a run less."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crack_exp.evaluation.aim import MIN_RECALL
from crack_exp.evaluation.evaluate import evaluate
from crack_exp.evaluation.risk_control import Sample
from crack_exp.report.run.content import RunReport, Setting
from crack_exp.report.run.doubts import doubts

MakeReport = Callable[..., RunReport]


@pytest.fixture
def good(make_report: MakeReport) -> RunReport:
    """400 test images of as many walls, and 16 errors."""
    report = make_report(["intact", "crack"], images=400, errors=16)
    return replace(report, group_counts={"train": 800, "validation": 100, "test": 400})


def one_doubt(report: RunReport) -> str:
    (sentence,) = doubts(report)
    assert sentence.endswith(".") and ":" in sentence, "each has its remedy"
    return sentence


def test_a_run_on_many_images_of_many_walls_has_none(good: RunReport) -> None:
    assert doubts(good) == []


def test_a_few_test_images_leave_much_open(make_report: MakeReport, good: RunReport) -> None:
    few = make_report(["intact", "crack"], images=4, errors=2)
    sentence = one_doubt(replace(good, test=few.test))
    # 1 of 2 found: Wilson's interval is 9.5 to 90.5 %, 81.1 points; 2 x (81.1 / 20)^2 = 32.9.
    images = "2 cracked test images and 2 intact test images"
    assert sentence.startswith(f"{images} leave much open: cracks found 9.5 to 90.5 %")
    assert "about 33 cracked images and 33 intact images" in sentence and "data.fold" in sentence


def test_groups_count_where_images_belong_together(good: RunReport) -> None:
    predictions = replace(good.test.predictions, groups=[str(index // 80) for index in range(400)])
    wrong = evaluate(predictions, 0.95, 50, 0, threshold=0.5)
    grouped = replace(wrong, intervals=wrong.intervals | {"recall_at_threshold": (0.5, 0.9)})
    sentence = doubts(replace(good, test=grouped))[0]
    # 5 groups, 40 points wide: 5 x 2^2 = 20.
    assert "200 cracked test images of 5 groups" in sentence and "about 20 groups with cracked images" in sentence


def test_unknown_groups_are_a_doubt_with_the_remedy_that_the_data_allows(good: RunReport) -> None:
    unknown = replace(good, groups_known=False)
    assert "photos of other walls" in one_doubt(unknown)
    named = replace(unknown, settings=[Setting("data.group_pattern", "null", "")])
    assert "data.group_pattern" in one_doubt(named)


@pytest.mark.parametrize(("walls", "named"), [(1, "one photo or wall only"), (3, "3 photos or walls only")])
def test_a_few_test_photos_are_a_doubt(good: RunReport, walls: int, named: str) -> None:
    sentence = one_doubt(replace(good, group_counts=dict(good.group_counts) | {"test": walls}))
    assert named in sentence and "-m data.fold=1/5" in sentence


def test_one_fold_is_told_to_be_read_with_the_others(good: RunReport) -> None:
    fold = replace(good, group_counts=dict(good.group_counts) | {"test": 3})
    sentence = one_doubt(replace(fold, settings=[Setting("data.fold", "1/5", "null")]))
    assert "read all folds together" in sentence and "-m data.fold" not in sentence


def test_six_photos_are_enough_not_to_be_a_doubt(good: RunReport) -> None:
    assert doubts(replace(good, group_counts=dict(good.group_counts) | {"test": 6})) == []


@pytest.mark.parametrize("split", ["test", "validation"])
def test_a_class_without_images_is_named(good: RunReport, split: str) -> None:
    counts = dict(good.class_counts) | {split: {"intact": 50}}
    assert f"No {split} image is of the class 'crack'" in one_doubt(replace(good, class_counts=counts))


def test_a_model_that_was_never_trained_is_said_to_be(good: RunReport) -> None:
    assert "not trained in this run" in one_doubt(replace(good, history=[]))


def test_scores_that_may_be_drawn_at_random_are_a_doubt(good: RunReport) -> None:
    chance = replace(good.test, intervals=dict(good.test.intervals) | {"auroc": (0.48, 0.61)})
    assert "AUROC 0.480 to 0.610; chance is 0.5" in one_doubt(replace(good, test=chance))


def test_a_threshold_without_a_promise_is_doubted_with_the_number_that_a_promise_takes(good: RunReport) -> None:
    aim = replace(good.point.aim, rule=MIN_RECALL)
    for sample, told in ((Sample(12, None), "59 cracked validation images"), (Sample(240, 4), "59 photos or walls")):
        line = one_doubt(replace(good, point=replace(good.point, aim=aim, sample=sample)))
        assert told in line and "(19 for a promise on average)" in line and f"there are {sample.independent}:" in line


def test_who_asks_for_an_estimate_with_images_enough_is_not_doubted(good: RunReport) -> None:
    asked = replace(good.point, aim=replace(good.point.aim, rule=MIN_RECALL))
    assert doubts(replace(good, point=asked)) == []


def test_more_false_alarms_than_a_coin_gives_are_doubted(good: RunReport) -> None:
    line = one_doubt(replace(good, point=replace(good.point, false_alarm_rate=0.531)))
    assert "53.1 % of the intact validation images are called cracked" in line
