"""The end of a sweep: every job has its row, every error its command."""

from pathlib import Path

from crack_exp.report.sweep import Job, Sweep, sweep_text, write_sweep


def job(name: str, auroc: float) -> Job:
    figures = {"auroc": auroc, "auroc_low": auroc - 0.02, "auroc_high": auroc + 0.01, "accuracy": 0.9}
    return Job(name, figures, validation_auroc=auroc, seconds=1234.4, folder=f"/outputs/{name}")


SWEEP = Sweep(
    "2026-11-25/10-00-00",
    [job("optimizer=adam, seed=1", 0.95), job("optimizer=sgd, seed=1", 0.91)],
    [("python -m crack_exp.run optimizer=lion", "optimizer=lion: no such choice")],
    was_stopped=False,
)


def test_a_row_a_job_and_an_error_with_its_command() -> None:
    text = sweep_text(SWEEP)
    assert text.startswith("sweep 2026-11-25/10-00-00: 2 jobs finished, 1 failed")
    assert text.index("optimizer=adam") < text.index("optimizer=sgd")
    words = " ".join(text.split())
    assert "optimizer=adam, seed=1 0.9500 0.950 0.900 - 1,234" in words and "0.930 to 0.960" in words
    assert "failed: python -m crack_exp.run optimizer=lion optimizer=lion: no such choice" in words
    assert text.endswith("compare:  python -m crack_exp.compare sweep=2026-11-25/10-00-00")
    assert all(len(line) <= 80 for line in text.splitlines())


def test_where_all_failed_there_is_nothing_to_compare() -> None:
    text = sweep_text(Sweep("monday", [], SWEEP.errors, was_stopped=False))
    assert text.startswith("sweep monday: 0 jobs finished, 1 failed") and "compare" not in text


def test_a_sweep_that_was_stopped_says_that_there_is_more() -> None:
    text = sweep_text(Sweep("monday", SWEEP.jobs, [], was_stopped=True))
    assert text.startswith("sweep monday: 2 jobs finished; stopped before the last one: the same command does the rest")


def test_the_page_says_the_same(tmp_path: Path) -> None:
    write_sweep(SWEEP, tmp_path / "sweep" / "sweep.html")
    page = (tmp_path / "sweep" / "sweep.html").read_text()
    for said in ("2 jobs finished, 1 failed", "0.950 (0.930 to 0.960)", "no such choice", "/outputs/optimizer=sgd"):
        assert said in page, said
    assert page.count("python -m crack_exp.compare") == 1
