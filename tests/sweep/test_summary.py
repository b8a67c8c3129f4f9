"""The end of a sweep: only a sweep whose jobs opened no run has no runs."""

import logging
import shutil
import sqlite3
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from crack_exp.config.schema import TrackingConfig
from crack_exp.sweep.callbacks import RememberSweep, summary_at_end
from crack_exp.sweep.summary import summarize_sweep
from crack_exp.system.errors import UserError
from crack_exp.tracking import search


@pytest.fixture
def locked(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrackingConfig:
    """A store that another process keeps locked, and no patience."""
    monkeypatch.setattr(search, "SECONDS_TO_WAIT", 0.1)
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    other = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return TrackingConfig("crack_exp", None, str(tmp_path))


def test_a_sweep_without_a_store_has_no_finished_jobs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tracking = TrackingConfig("crack_exp", None, str(tmp_path / "none"))
    with caplog.at_level(logging.INFO):
        summarize_sweep("monday", [("a command", "why")], folder=tmp_path / "s", tracking=tracking, was_stopped=False)
    assert "0 jobs finished, 1 failed" in caplog.text and (tmp_path / "s" / "sweep.html").is_file()


def test_a_locked_store_is_no_sweep_without_jobs(locked: TrackingConfig, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="another process has locked the store .* for 0.1 s"):
        summarize_sweep("monday", [], folder=tmp_path / "s", tracking=locked, was_stopped=False)
    assert not (tmp_path / "s").exists()


def remember(tracking: TrackingConfig, folder: Path) -> None:
    """As Hydra tells of a sweep when it starts."""
    sweep = {"name": "monday", "worker": False}
    kept = {"sweep": sweep, "tracking": vars(tracking), "hydra": {"sweep": {"dir": str(folder)}}}
    RememberSweep.config = OmegaConf.create(kept)


def test_a_summary_that_cannot_be_made_ends_the_command(locked: TrackingConfig, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="^no summary of the sweep in '.*/s': tracking.folder=.* has locked"):
        with summary_at_end():
            remember(locked, tmp_path / "s")


def test_the_error_of_a_job_comes_out_before_that_of_the_summary(
    locked: TrackingConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ZeroDivisionError), summary_at_end():
        remember(locked, tmp_path / "s")
        raise ZeroDivisionError
    assert "no summary of the sweep" in caplog.text


def test_without_a_sweep_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with summary_at_end():
        pass
    assert list(tmp_path.iterdir()) == []
