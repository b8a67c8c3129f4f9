from collections.abc import Callable

from crack_exp.report.run.content import RunReport
from crack_exp.report.run.mlflow_note import run_note


def test_a_note_has_the_key_figures_and_the_command(make_report: Callable[..., RunReport]) -> None:
    note = run_note(make_report(["intact", "cracked"]))
    first, *_ = note.splitlines()
    assert first.startswith("- ") and first.endswith(") cracks found (recall)") and "95 % interval" in first
    assert "With an assurance of 95.0 %" in note and "Evaluated once, on 24 test images" in note
    assert note.endswith("    python -m crack_exp.run seed=2")
