"""The confusion matrix."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from crack_exp.report.run.confusion import confusion_matrix
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.decisions import decisions


def cells(report: RunReport) -> list[str]:
    figure = confusion_matrix(report)
    assert figure is not None
    (axes,) = figure.axes
    return [text.get_text() for text in axes.texts]


def test_each_cell_has_its_count_and_the_share_of_its_row(make_report: Callable[..., RunReport]) -> None:
    # 8 images of each class in turn; the first 3 images, one of each class, are predicted as the next one.
    found = cells(make_report(["intact", "fine", "wide"], images=24, errors=3))
    assert found[:3] == ["7\n87.5 %", "1\n12.5 %", "0\n0.0 %"]


def test_a_class_without_images_has_no_shares(make_report: Callable[..., RunReport]) -> None:
    report = make_report(["intact", "fine", "wide"])
    empty_row = replace(report.test, confusion=np.array([[3, 1, 0], [0, 0, 0], [0, 0, 1]]))
    assert cells(replace(report, test=empty_row))[3:6] == ["–", "–", "–"]


def test_two_classes_have_the_matrix_of_decisions_alone(make_report: Callable[..., RunReport]) -> None:
    report = make_report(["intact", "crack"], images=24, errors=4)
    assert confusion_matrix(report) is None
    # 12 images of each class in turn; the first 4 images, two of each class, are predicted as the other one.
    (axes,) = decisions(report).axes
    assert [text.get_text() for text in axes.texts] == [
        *("cracks found\n10\n83.3 %", "cracks missed\n2\n16.7 %"),
        *("false alarms\n2\n16.7 %", "no alarm\n10\n83.3 %"),
    ]
