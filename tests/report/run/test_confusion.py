"""The confusion matrix."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from crack_exp.report.run.confusion import confusion_matrix
from crack_exp.report.run.content import RunReport


def cells(report: RunReport) -> list[str]:
    (axes,) = confusion_matrix(report).axes
    return [text.get_text() for text in axes.texts]


def test_each_cell_has_its_count_and_the_share_of_its_row(make_report: Callable[..., RunReport]) -> None:
    # 12 images of each class in turn; the first 4 images, two of each class, are predicted as the other one.
    assert cells(make_report(["intact", "crack"], images=24, errors=4)) == [
        "10\n83.3 %",
        "2\n16.7 %",
        "2\n16.7 %",
        "10\n83.3 %",
    ]


def test_a_class_without_images_has_no_shares(make_report: Callable[..., RunReport]) -> None:
    report = make_report(["intact", "crack"])
    empty_row = replace(report.test, confusion=np.array([[3, 1], [0, 0]]))
    assert cells(replace(report, test=empty_row)) == ["3\n75.0 %", "1\n25.0 %", "–", "–"]
