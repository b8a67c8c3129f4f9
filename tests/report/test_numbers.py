"""One rule for numbers."""

import pytest

from crack_exp.report.numbers import (
    decimal,
    difference_between,
    difference_text,
    figure_text,
    in_full,
    p_text,
    percent,
    seconds_text,
    threshold_text,
    typed_in_full,
    with_interval,
)


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.5, "50.0"),
        (0.9903, "99.0"),
        (0.0306, "3.1"),
        (1.0, "100.0"),
        (0.0, "0.0"),
        (0.9996, ">99.9"),
        (0.0004, "<0.1"),
    ],
)
def test_all_percents_have_one_decimal_and_only_exact_ones_are_0_and_100(share: float, written: str) -> None:
    assert percent(share) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.976, "0.976"), (1.3863, "1.386"), (1.0, "1.000"), (0.0, "0.000"), (0.99996, ">0.999"), (0.00004, "<0.001")],
)
def test_all_other_figures_have_three_decimals(value: float, written: str) -> None:
    assert decimal(value) == written


def test_a_metric_has_its_unit_everywhere() -> None:
    assert figure_text("accuracy", 0.9762) == figure_text("recall/crack > 2 mm", 0.9762) == "97.6 %"
    assert figure_text("auroc", 0.9762) == figure_text("f1/crack", 0.9762) == "0.976"
    assert figure_text("loss", 0.03124) == "0.0312" and figure_text("loss", 1e-5) == "<0.0001"
    assert figure_text("loss", 0.99999) == ">0.9999"
    assert with_interval("recall_at_threshold", 0.951, (0.9, 0.98)) == "95.1 % (90.0 to 98.0 %)"
    assert with_interval("auroc", 0.951, None) == "0.951"


def test_differences_have_a_sign_and_one_digit_more() -> None:
    assert difference_text("accuracy", -0.0123) == "-1.23 points" and difference_text("auroc", 0.0123) == "+0.0123"
    assert difference_between("accuracy", (-0.0031, 0.0277)) == "-0.31 to +2.77 points"
    assert difference_between("auroc", (-0.00001, 0.02)) == ">-0.0001 to +0.0200"


def test_p_values_end_at_a_thousandth() -> None:
    assert p_text(0.0341) == "0.034" and p_text(0.0004) == "<0.001" and p_text(1.0) == "1.000"


@pytest.mark.parametrize(
    ("threshold", "written"),
    [(0.5, "0.5"), (0.03124, "0.0312"), (0.00003124, "0.0000312"), (0.999968, "0.999968"), (0.0, "0")],
)
def test_a_threshold_is_told_from_0_and_1(threshold: float, written: str) -> None:
    assert threshold_text(threshold) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1e-05, "0.00001"),
        (0.0001, "0.0001"),
        (2.5e-06, "0.0000025"),
        (3.0, "3"),
        (1e-12, "1e-12"),
        (1e20, "1e20"),
        (0.1, "0.1"),
    ],
)
def test_settings_are_written_in_full_and_mean_the_same(number: float, written: str) -> None:
    assert in_full(number) == written and float(written) == number


def test_only_numbers_with_an_exponent_are_rewritten() -> None:
    assert typed_in_full("1e-05") == "0.00001" and typed_in_full("0.0001") == "0.0001"
    for text in ("walls/1e", "true", "", "inf", "nan", "64", "1.0"):
        assert typed_in_full(text) == text


def test_seconds_have_their_unit() -> None:
    assert [seconds_text(value) for value in (0.42, 36.4, 1204.0)] == ["0.4 s", "36 s", "1,204 s"]
