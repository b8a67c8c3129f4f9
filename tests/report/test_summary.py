"""The table at the end of a run, as text."""

from collections.abc import Callable

from crack_exp.report.run.content import RunReport
from crack_exp.report.summary import summary_text


def test_the_table_fits_80_columns(
    make_report: Callable[..., RunReport],
) -> None:
    before = make_report(["intact", "crack"], errors=20, threshold=None).test
    after = make_report(["intact", "crack"], errors=4).test
    printed = summary_text({"before training": before, "after fine-tuning": after, "test": after})
    lines = printed.splitlines()
    assert max(map(len, lines)) <= 80 and "…" not in printed and "\x1b" not in printed
    rows = {line.split("  ")[0].strip(): line.split() for line in lines if "0." in line}
    assert rows["before training"][2:4] == ["-", "-"]
    assert rows["test"][1:5] == ["83.3", "%", "16.7", "%"]
    assert "95 % interval" in printed and "crack score of 0.5" in printed and "most probable class" in printed
