"""The command with real runs."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from crack_exp.config.trials import settings_of
from crack_exp.report.search.tables import FAILED, Search, TrialSummary
from crack_exp.run.workflow import run_experiment
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.open_run import RunStopped
from crack_exp.training.callbacks import RECORD
from crack_exp.tune import tune, workflow
from tests.commands import crack_exp
from tests.composing import composed

pytestmark = pytest.mark.usefixtures("without_plots")

SPACE = """# python -m crack_exp.tune tune=few
defaults: [_common]
fixed: [fine_tune=none]
space:
  optimizer: [adam, sgd]
  training.dropout: {low: 0.0, high: 0.5}
"""


def runs_in(home: Path) -> list[Run]:
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        return list(client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id]))


@pytest.fixture(scope="module")
def searched(tiny_head: list[str], make_home: Callable[[], Path]) -> Iterator[Path]:
    """A folder in which a study of two trials was run, in the user's own space."""
    home = make_home()
    (home / "my_conf" / "tune").mkdir(parents=True)
    (home / "my_conf" / "tune" / "few.yaml").write_text(SPACE)
    settings = [one for one in tiny_head if one != "fine_tune=none"]
    command = ["--config-dir", "my_conf", "tune=few", "tune.name=mine", "tune.trials=2", *settings]
    done = crack_exp(*command, cwd=home, verb="tune")
    assert done.returncode == 0, done.stderr
    assert "study mine: 2 trials: 2 finished" in done.stdout
    again = crack_exp(*command, cwd=home, verb="tune")
    assert again.returncode == 0 and "] trial" not in again.stdout and "2 trials: 2 finished" in again.stdout
    (home / "console.txt").write_text(done.stdout)
    yield home


def test_a_trial_has_one_line_on_the_console_and_no_figure_on_test(searched: Path) -> None:
    said = (searched / "console.txt").read_text()
    head, trials = said.partition("study mine: 2 trials: 2 finished")[0].splitlines(), runs_in(searched)[::-1]
    assert head[0] == "study mine: a line for each of 2 trials"
    lines = [line for line in head[1:] if not line.startswith(("painting: ", "audit: "))]
    for number, (line, run) in enumerate(zip(lines, trials, strict=True)):
        loss = run.data.metrics["validation_calibrated/loss"]
        begins = f"[{number + 1}/2] trial {number}, {run.info.run_name}: cross-entropy on validation {loss:.4f} ("
        assert line.startswith(begins)
    log = (searched / "outputs/studies/mine/tune.log").read_text()
    assert "head: epoch 1/3" in log
    for shown in (said, log):
        assert "crack recall" not in shown and "AUROC" not in shown
        assert not re.search(r"^ *test +[0-9]", shown, re.MULTILINE)


def test_mlflow_has_the_figures_on_test_after_the_search_and_not_before(
    tiny_head: list[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = [*(one for one in tiny_head if one != "fine_tune=none"), "tune.trials=1", "tune.name=one"]
    with monkeypatch.context() as patch:
        patch.setattr(workflow, "hand_in_test_figures", lambda *arguments: None)  # as while another trial runs
        tune(settings)
    (before,) = runs_in(home)
    assert before.info.status == "FINISHED" and "validation_calibrated/loss" in before.data.metrics
    assert not [name for name in before.data.metrics if name.startswith("test")]
    assert "mlflow.note.content" not in before.data.tags
    tune(settings)
    (after,) = runs_in(home)
    assert "test/auroc" in after.data.metrics and "cracks found" in after.data.tags["mlflow.note.content"]
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        (model,) = client.search_logged_models([after.info.experiment_id])
    assert "test/auroc" in {metric.key for metric in model.metrics}
    assert not list(home.rglob("held_back.jsonl")) and not list(home.rglob("not_in_mlflow.jsonl"))


def test_every_trial_is_a_run_with_the_tag_of_the_study(searched: Path) -> None:
    runs = runs_in(searched)
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED"]
    assert {run.data.tags["sweep"] for run in runs} == {"mine"}
    assert all(run.info.run_name.startswith(("adam, dropout=", "sgd, dropout=")) for run in runs)
    assert (searched / "outputs/studies/mine/trials/0/predictions.csv").is_file()
    assert (searched / "outputs/studies/mine/study.html").is_file()


def test_the_best_trial_is_an_experiment_for_runs(searched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(searched)
    runs = {run.data.params["training.dropout"]: run.data for run in runs_in(searched)}
    settings = composed("hydra.searchpath=[file://outputs/studies/mine]", "experiment=mine")
    best = runs[str(settings.training.dropout)]
    assert best.metrics["validation_calibrated/loss"] == min(
        run.metrics["validation_calibrated/loss"] for run in runs.values()
    )
    assert settings.optimizer._target_ == f"keras.optimizers.{best.params['optimizer']}"
    assert settings.fine_tune.stage is None and settings.data.images == 100
    done = crack_exp("--config-dir", "outputs/studies/mine", "experiment=mine", "seed=2", cwd=searched)
    assert done.returncode == 0, done.stderr
    (written,) = searched.glob("outputs/2*/*/config.yaml")
    (command, *_) = written.read_text().splitlines()
    assert command.startswith("# python -m crack_exp.run --config-dir ") and command.endswith("experiment=mine seed=2")
    assert "outputs/studies/mine" in command


def test_a_stopped_run_is_closed_and_cannot_be_resumed(
    tiny_head: list[str], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    epochs: list[int] = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            assert logs is not None
            epochs.append(logs[RECORD].epoch)
            if epochs[-1] == 2:
                raise RunStopped("hopeless")

    with caplog.at_level("INFO"), pytest.raises(RunStopped):
        run_experiment(settings_of(tiny_head), home / "trial", tiny_head, [Watch()])
    (run,) = runs_in(home)
    assert (run.info.status, run.data.tags["stopped"], epochs) == ("KILLED", "hopeless", [1, 2])
    assert not (home / "trial" / "checkpoint").exists() and "not finished" not in caplog.text


def test_it_can_be_called_from_python(tiny_head: list[str], home: Path) -> None:
    settings = [one for one in tiny_head if one != "fine_tune=none"]
    found = tune([*settings, "tune.trials=1", "tune.name=one"])
    assert isinstance(found, Search) and found.best is not None


def test_failed_trials_are_reported_at_the_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = TrialSummary(
        number=1,
        name="sgd",
        settings=["optimizer=sgd"],
        state=FAILED,
        value=None,
        accuracy=None,
        interval=None,
        epochs=0,
        training_seconds=None,
        report=None,
        why="data.path: no images",
    )
    search = Search("mine", "loss", 2, [failed, failed], {}, home, "", "", "", "")
    monkeypatch.setattr(workflow, "run_search", lambda *arguments: search)
    with pytest.raises(ValueError, match="^2 of 2 trials failed; trial 1: data.path: no images$"):
        tune([])


def test_a_sweep_of_searches_is_an_error(home: Path) -> None:
    done = crack_exp("-m", "tune.seed=1,2", cwd=home, verb="tune")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "not allowed, a search is a sweep itself; remove them" in done.stderr


def test_resume_is_an_error(home: Path) -> None:
    (home / "killed" / "checkpoint").mkdir(parents=True)
    (home / "killed" / "config.yaml").write_text("seed: 1\n")
    with pytest.raises(ValueError, match="^resume: is for runs; continue a study with tune.name=NAME"):
        tune(["resume=killed"])
