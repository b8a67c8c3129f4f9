"""Numbers as text."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crack_exp.report.run.content import RunReport
from crack_exp.report.style import shortened, wrapped
from crack_exp.report.wording import about_intervals, as_decimal, as_percent, percent, sample


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.5, "50.0"), (0.98999, "99.0"), (0.9998, "99.98"), (0.0002, "0.02"), (1.0, "100.0"), (0.0, "0.0")],
)
def test_values_near_0_and_1_keep_more_digits(share: float, written: str) -> None:
    assert percent(share) == written


def test_only_exact_values_are_written_as_0_and_100() -> None:
    assert percent(1 / 40_000) == "<0.01" and percent(39_999 / 40_000) == ">99.99"


def test_a_value_has_its_interval(make_report: Callable[..., RunReport]) -> None:
    test = make_report(["intact", "crack"]).test
    # 20 of 24: Wilson's interval is 64.1 to 93.3 %.
    assert as_percent(test, "accuracy") == "83.3 % (95 % interval 64.1 to 93.3 %)"
    assert as_decimal(test, "accuracy") == "0.833 (0.641 to 0.933)"
    assert as_decimal(replace(test, intervals={}), "accuracy") == "0.833"


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


def test_long_names_are_cut_at_the_end() -> None:
    assert wrapped("spalling_and_exposed_reinforcement_bars", 16) == "spalling and\nexposed …"
    assert shortened("spalling_and_exposed_bars", 12) == "spalling an…"
    assert shortened("hairline", 12) == "hairline"
