"""What one more wall will show, in words."""

from collections.abc import Callable
from dataclasses import replace

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
        "On one more group like these, crack recall will be at least 0.0 % (95 % confidence, from 20 groups with "
        "cracks).",
        "On one more group like these, the false alarm rate will be at most 100.0 % (95 % confidence, from 20 groups "
        "with intact images).",
    ]


def test_few_walls_say_how_sure_they_can_be_and_how_many_it_takes(make_report: Callable[..., RunReport]) -> None:
    # The first of 4 walls has 10 cracks, of which 2 were missed.
    recall, alarms = about_next_group(on_walls(make_report, 4))
    assert recall == (
        "On one more group like these, crack recall will be at least 80.0 % (80 % confidence, the most that 4 groups "
        "with cracks can give; 95 % takes 19)."
    )
    assert "at most 20.0 % (80 % confidence" in alarms


def test_nothing_is_said_of_one_wall_or_of_single_images(make_report: Callable[..., RunReport]) -> None:
    assert about_next_group(on_walls(make_report, 1)) == []
    assert about_next_group(make_report(["intact", "crack"]).test) == []
    assert about_next_group(make_report(["intact", "crack"], threshold=None).test) == []


def test_it_stands_below_the_table_on_the_console_and_among_the_figures(make_report: Callable[..., RunReport]) -> None:
    test = on_walls(make_report, 4)
    printed = summary_text({"test": test})
    assert "recall will be at least 80.0 %" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80
    figures = figures_of(test)
    assert figures["next_group_recall"] == 0.8 and figures["next_group_recall_confidence"] == 0.8
    assert figures["next_group_false_alarm_rate"] == 1 - 0.8
    assert "next_group_recall" not in figures_of(make_report(["intact", "crack"]).test)
