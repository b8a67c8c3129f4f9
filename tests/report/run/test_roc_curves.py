"""ROC and precision-recall curves."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes

from crack_exp.report.run.content import RunReport
from crack_exp.report.run.roc_curves import roc_and_precision_recall


def point_of(axes: Axes) -> list[float]:
    """x and y of what was drawn last."""
    line = axes.lines[-1]
    return [float(np.asarray(line.get_xdata()).item()), float(np.asarray(line.get_ydata()).item())]


def test_the_chosen_threshold_is_on_both_curves(make_report: Callable[..., RunReport]) -> None:
    # At a score of 0.5, 10 of 12 cracks are found, and 2 of 12 intact images are false alarms.
    roc, precision_recall = roc_and_precision_recall(make_report(["intact", "crack"])).axes
    false_alarm_rate, recall, precision = 2 / 12, 10 / 12, 10 / 12
    assert point_of(roc) == pytest.approx([false_alarm_rate, recall])
    assert point_of(precision_recall) == pytest.approx([recall, precision])


def test_without_intact_images_there_is_no_curve(make_report: Callable[..., RunReport]) -> None:
    report = make_report(["intact", "crack"])
    figure = roc_and_precision_recall(replace(report, test=replace(report.test, curves={})))
    assert figure.axes == [] and "no curve" in figure.texts[0].get_text()
