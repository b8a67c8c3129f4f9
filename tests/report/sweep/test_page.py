"""The results of a sweep: a row for each job, and a command for each error."""

from dataclasses import replace
from math import nan
from pathlib import Path

from crack_exp.report.sweep.page import Job, Sweep, Together, sweep_text, write_sweep


def job(name: str, auroc: float) -> Job:
    figures = {"auroc": auroc, "auroc_low": auroc - 0.02, "auroc_high": auroc + 0.01, "recall_at_threshold": 0.9}
    report = f"{name}/report.html"
    return Job(name, figures, validation_auroc=auroc, training_seconds=1234.4, other_seconds=20.0, report=report)


SWEEP = Sweep(
    "2026-11-25/10-00-00",
    [job("optimizer=adam, seed=1", 0.95), job("optimizer=sgd, seed=1", 0.91)],
    [("python -m crack_exp.run optimizer=lion", "optimizer=lion: no such choice")],
    was_stopped=False,
    compare_command="python -m crack_exp.compare sweep=2026-11-25/10-00-00",
)


def test_each_job_has_a_row_and_each_error_its_command() -> None:
    text = sweep_text(SWEEP)
    assert text.startswith("sweep 2026-11-25/10-00-00: 2 jobs finished, 1 failed")
    assert text.index("optimizer=adam") < text.index("optimizer=sgd")
    words = " ".join(text.split())
    assert "optimizer=adam, seed=1 0.950 90.0 % - 0.950 1,234.4" in words and "0.930 to 0.960" in words
    assert "failed: python -m crack_exp.run optimizer=lion optimizer=lion: no such choice" in words
    assert text.endswith("compare:  python -m crack_exp.compare sweep=2026-11-25/10-00-00")
    assert all(len(line) <= 80 for line in text.splitlines())


def test_what_jobs_share_is_told_once_for_all(tmp_path: Path) -> None:
    first, second = SWEEP.jobs
    shared = replace(SWEEP, jobs=[replace(first, other_seconds=40.0), replace(second, other_seconds=2.0)])
    write_sweep(shared, tmp_path / "sweep.html")
    for text in (sweep_text(shared), (tmp_path / "sweep.html").read_text()):
        assert "took 42 s of all jobs together" in " ".join(text.split())
    unknown = replace(first, training_seconds=nan, other_seconds=nan)
    words = sweep_text(replace(SWEEP, jobs=[unknown])).split()
    assert "nan" not in words and "together." not in words


def test_without_finished_jobs_there_is_no_command_to_compare() -> None:
    text = sweep_text(replace(SWEEP, jobs=[]))
    assert text.startswith("sweep 2026-11-25/10-00-00: 0 jobs finished, 1 failed") and "compare" not in text


def test_a_stopped_sweep_reports_how_to_continue() -> None:
    text = sweep_text(replace(SWEEP, errors=[], was_stopped=True))
    assert text.startswith(
        "sweep 2026-11-25/10-00-00: 2 jobs finished; stopped before the last one; repeat the command to run the others"
    )


def test_the_page_has_the_same_results(tmp_path: Path) -> None:
    write_sweep(SWEEP, tmp_path / "sweep" / "sweep.html")
    page = (tmp_path / "sweep" / "sweep.html").read_text()
    for text in (
        "2 jobs finished, 1 failed",
        "0.950 (0.930 to 0.960)",
        "no such choice",
        '<a href="optimizer%3Dsgd%2C%20seed%3D1/report.html">optimizer=sgd, seed=1</a>',
    ):
        assert text in page, text
    assert page.count("python -m crack_exp.compare") == 1


def test_all_folds_of_a_setting_stand_together_and_are_not_compared(tmp_path: Path) -> None:
    jobs = [job("fold=1/2", 0.95), job("fold=2/2", 0.91)]
    figures = {"auroc": 0.93, "auroc_low": 0.5, "auroc_high": 1.0}
    folds = replace(SWEEP, jobs=jobs, errors=[], together=[Together("", 2, figures)])
    text = sweep_text(folds)
    assert "all 2 folds - - 0.930" in " ".join(text.split()) and "0.500 to 1.000" in text
    assert "compare" not in text and all(len(line) <= 80 for line in text.splitlines())
    write_sweep(folds, tmp_path / "sweep.html")
    page = (tmp_path / "sweep.html").read_text()
    assert page.index("<td>all 2 folds</td>") < page.index("fold=1/2") and "0.930 (0.500 to 1.000)" in page
    two = replace(folds, jobs=[*jobs, *jobs], together=[Together("adam", 2, figures), Together("sgd", 2, figures)])
    assert "adam, all 2 folds" in " ".join(sweep_text(two).split()) and "compare:" in sweep_text(two)
