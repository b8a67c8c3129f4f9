"""ROC and precision-recall."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crack_exp.report.ranking import roc_and_precision_recall
from crack_exp.report.run_report import RunReport


def test_the_chosen_threshold_stands_on_both_curves(make_report: Callable[..., RunReport]) -> None:
    # At a score of 0.5 the 12 cracks are found but for 2, and 2 of 12 intact images raise an alarm.
    roc, precision_recall = roc_and_precision_recall(make_report(["intact", "crack"])).axes
    false_alarms, recall = roc.lines[-1].get_xydata()[0]  # type: ignore[index]
    assert (false_alarms, recall) == (pytest.approx(2 / 12), pytest.approx(10 / 12))
    recall, precision = precision_recall.lines[-1].get_xydata()[0]  # type: ignore[index]
    assert (recall, precision) == (pytest.approx(10 / 12), pytest.approx(10 / 12))


def test_without_a_threshold_there_is_no_mark(make_report: Callable[..., RunReport]) -> None:
    roc, _ = roc_and_precision_recall(make_report(["intact", "crack"], threshold=None)).axes
    assert len(roc.lines) == 2


def test_only_cracks_leave_nothing_to_rank(make_report: Callable[..., RunReport]) -> None:
    report = make_report(["intact", "crack"])
    figure = roc_and_precision_recall(replace(report, test=replace(report.test, curves={})))
    assert figure.axes == [] and "no curve" in figure.texts[0].get_text()
