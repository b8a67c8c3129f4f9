"""What one more wall will show, in words."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.report.next_group import about_next_group
from crack_exp.report.run.content import RunReport
from crack_exp.report.summary import summary_text
from crack_exp.run_files.recorded_metrics import figures_of


def on_walls(make_report: Callable[..., RunReport], walls: int) -> Evaluation:
    """80 images, in turn intact and cracked, of `walls` walls; of the first wall, two of each are wrong."""
    test = make_report(["intact", "crack"], images=80, errors=4).test
    groups = [f"wall {index * walls // 80}" for index in range(80)]
    return replace(test, predictions=replace(test.predictions, groups=groups))


def test_enough_walls_bound_the_next_one(make_report: Callable[..., RunReport]) -> None:
    # The first of 20 walls has 4 images, all of them wrong.
    assert about_next_group(on_walls(make_report, 20)) == [
        "One more photo or wall like these will have a crack recall of at least 0.0 % and a false alarm rate of "
        "at most 100.0 %, each with 95 % confidence, from 20 groups."
    ]


@pytest.mark.parametrize(
    ("walls", "confidence", "recall", "alarms"), [(4, 80, "80.0", "20.0"), (8, 88, "60.0", "40.0")]
)
def test_few_walls_say_how_sure_they_can_be_and_how_many_it_takes(
    make_report: Callable[..., RunReport], walls: int, confidence: int, recall: str, alarms: str
) -> None:
    # Two cracks and two intact images of the first wall are wrong. 8 of 9 is less than 89 %.
    assert about_next_group(on_walls(make_report, walls)) == [
        f"One more photo or wall like these will have a crack recall of at least {recall} % and a false alarm "
        f"rate of at most {alarms} %, each with {confidence} % confidence, from {walls} groups, the most that so few "
        "can give (95 % takes 19)."
    ]


def test_cracks_on_fewer_walls_have_a_sentence_of_their_own(make_report: Callable[..., RunReport]) -> None:
    test = make_report(["intact", "crack"], images=80, errors=4).test
    groups = [f"wall {index // 20 if label else index // 10}" for index, label in enumerate(test.predictions.labels)]
    recall, alarms = about_next_group(replace(test, predictions=replace(test.predictions, groups=groups)))
    assert "recall of at least 80.0 %, with 80 % confidence, from 4 groups with cracks," in recall
    assert "at most 40.0 %, with 88 % confidence, from 8 groups with intact images," in alarms


def test_nothing_is_said_of_one_wall_or_of_single_images(make_report: Callable[..., RunReport]) -> None:
    assert about_next_group(on_walls(make_report, 1)) == []
    assert about_next_group(make_report(["intact", "crack"]).test) == []
    assert about_next_group(make_report(["intact", "crack"], threshold=None).test) == []


def test_it_stands_below_the_table_on_the_console_and_among_the_figures(make_report: Callable[..., RunReport]) -> None:
    test = on_walls(make_report, 4)
    printed = summary_text({"test": test})
    assert "recall of at least 80.0 %" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80
    figures = figures_of(test)
    assert figures["next_group_recall"] == 0.8 and figures["next_group_recall_confidence"] == 0.8
    assert figures["next_group_false_alarm_rate"] == 1 - 0.8
    assert "next_group_recall" not in figures_of(make_report(["intact", "crack"]).test)
