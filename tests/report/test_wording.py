"""Numbers as text."""

from collections.abc import Callable
from dataclasses import replace

from crack_exp.evaluation.evaluate import evaluate
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import shortened, wrapped
from crack_exp.report.wording import about_intervals, sample, stated


def test_a_value_has_its_interval(make_report: Callable[..., RunReport]) -> None:
    test = make_report(["intact", "crack"]).test
    # 20 of 24: Wilson's interval is 64.1 to 93.3 %.
    assert stated(test, "accuracy") == "83.3 % (95 % interval 64.1 to 93.3 %)"
    assert stated(replace(test, intervals={}), "accuracy") == "83.3 %"
    assert stated(replace(test, intervals={"auroc": (0.8, 0.95)}), "auroc").endswith(" (95 % interval 0.800 to 0.950)")


def test_groups_of_several_images_are_counted(make_report: Callable[..., RunReport]) -> None:
    test = make_report(["intact", "crack"]).test
    assert sample(test, "test") == "24 test images"
    grouped = replace(test, predictions=replace(test.predictions, groups=["north", "south"] * 12))
    assert sample(grouped, "test") == "24 test images from 2 groups"


def test_a_single_group_of_images_has_no_intervals(make_report: Callable[..., RunReport]) -> None:
    test = make_report(["intact", "crack"]).test
    assert about_intervals(test) == "95 % intervals, which account for groups of images"
    one_wall = replace(test, predictions=replace(test.predictions, groups=["north"] * 24))
    assert "all these images are of one group" in about_intervals(one_wall)


def test_that_some_figures_have_no_interval_is_said(make_report: Callable[..., RunReport]) -> None:
    test = make_report(["intact", "crack"]).test
    predictions = test.predictions
    # All cracks are of one wall: nothing tells how much recall differs between walls.
    groups = [f"wall {1 + number % 3 if label == 0 else 0}" for number, label in enumerate(predictions.labels)]
    walls = evaluate(replace(predictions, groups=groups), 0.95, resamples=50, seed=0, threshold=0.5)
    assert "recall_at_threshold" not in walls.intervals and "accuracy" in walls.intervals
    assert about_intervals(walls).endswith("groups of images; shares of images of one group have none")


def test_long_names_are_cut_at_the_end() -> None:
    assert wrapped("spalling_and_exposed_reinforcement_bars", 16) == "spalling and\nexposed …"
    assert shortened("spalling_and_exposed_bars", 12) == "spalling an…"
    assert shortened("hairline", 12) == "hairline"
