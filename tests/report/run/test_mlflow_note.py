from collections.abc import Callable
from dataclasses import replace

from crack_exp.report.painted import PAINTED_IMAGES
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.mlflow_note import run_note


def test_a_note_has_the_key_figures_and_the_command(make_report: Callable[..., RunReport]) -> None:
    note = run_note(make_report(["intact", "cracked"]))
    first, *_ = note.splitlines()
    assert first.startswith("- ") and first.endswith(") cracks found (recall)") and "95 % interval" in first
    assert "With an assurance of 95.0 %" in note and "Evaluated once, on 24 test images" in note
    assert note.endswith("    python -m crack_exp.run seed=2")


def test_a_note_on_paintings_begins_with_that(make_report: Callable[..., RunReport]) -> None:
    report = make_report(["intact", "cracked"])
    assert run_note(replace(report, is_painted=True)).startswith(f"**{PAINTED_IMAGES}**\n\n- ")
    assert "ainted" not in run_note(report)
