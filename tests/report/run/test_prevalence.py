"""The section on walls where cracks are rare, and its line on the console."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crack_exp.report.run.content import RunReport
from crack_exp.report.run.sections.prevalence import prevalence, prevalence_line, share_text
from crack_exp.report.section import Link, Table

MakeReport = Callable[..., RunReport]


def tables_of(report: RunReport) -> list[list[list[str | Link]]]:
    """The rows of the model, and of doing without."""
    section = prevalence(report)
    assert section is not None
    return [[list(row) for row in part.rows] for part in section.parts if isinstance(part, Table)]


def walls(make_report: MakeReport) -> RunReport:
    """96.1 % of the cracks found, with 53.1 % false alarms."""
    report = make_report(["intact", "crack"])
    scalars = report.test.scalars | {"recall_at_threshold": 0.961, "false_alarm_rate_at_threshold": 0.531}
    intervals = {"recall_at_threshold": (0.93, 0.98), "false_alarm_rate_at_threshold": (0.49, 0.57)}
    return replace(report, test=replace(report.test, scalars=scalars, intervals=intervals))


def test_the_usual_shares_stand_beside_doing_without_a_model(make_report: MakeReport) -> None:
    model, without = tables_of(walls(make_report))
    assert [row[0] for row in model] == [row[0] for row in without] == ["1 %", "5 %", "20 %"]
    # 0.961 + 99 x 0.531 = 53.5; 99 x 0.531 = 52.6; 100 x 0.01 x 0.039 = 0.039; 0.961 / 53.53 = 1.8 %; 53.53 / 0.961
    assert model[0][1:] == [
        *("53.5", "52.6 (48.5 to 56.4)", "<0.1 (<0.1 to 0.1)", "1.8 (1.6 to 2.0)", "55.7 (50.5 to 61.7)")
    ]
    assert without[0][1:] == ["99.0", "100.0", "1.0"] and without[2][1:] == ["80.0", "5.0", "20.0"]


def test_a_stated_share_comes_first_and_on_the_console(make_report: MakeReport) -> None:
    stated = replace(walls(make_report), prevalence=0.23)
    model, without = tables_of(stated)
    assert model[0][0] == without[0][0] == "23 %, as stated" and len(model) == len(without) == 4
    # 23 x 0.961 + 77 x 0.531 = 63.0; 77 x 0.531 = 40.9; 22.1 / 63.0 = 35.1 %
    line = prevalence_line(stated)
    assert line.startswith(
        "With 23 % cracks, 63.0 of 100 images are called cracked, 40.9 of them by false alarm; 35.1 ("
    )
    assert prevalence_line(walls(make_report)) == ""


def test_a_stated_share_that_is_usual_stands_once(make_report: MakeReport) -> None:
    assert len(tables_of(replace(walls(make_report), prevalence=0.05))[0]) == 3


def test_without_a_threshold_there_is_no_section(make_report: MakeReport) -> None:
    undecided = replace(make_report(["intact", "crack"], threshold=None), prevalence=0.01)
    assert prevalence(undecided) is None and prevalence_line(undecided) == ""


@pytest.mark.parametrize(("share", "written"), [(0.01, "1 %"), (0.025, "2.5 %"), (0.07, "7 %"), (0.0001, "0.01 %")])
def test_a_share_is_written_as_it_was_meant(share: float, written: str) -> None:
    assert share_text(share) == written
