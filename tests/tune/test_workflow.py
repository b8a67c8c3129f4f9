"""A search with simulated runs: trials, pruning, continuation and results."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crack_exp.config import Config, TuneConfig
from crack_exp.config.tune_schema import Choices, Dimension, Range
from crack_exp.evaluation.evaluate import evaluate
from crack_exp.evaluation.predictions import Predictions
from crack_exp.report.search.tables import Search
from crack_exp.run.outcome import RunResult
from crack_exp.run_files.not_recorded import NotRecorded
from crack_exp.system.errors import UserError
from crack_exp.tracking.entries import Entry
from crack_exp.tracking.fail_safe import Owed
from crack_exp.tracking.owed_file import HELD_BACK, OwedFile
from crack_exp.training.callbacks import RECORD
from crack_exp.training.divergence import Diverged
from crack_exp.training.history import EpochRecord
from crack_exp.tune import trial_run, workflow
from crack_exp.tune.results import fresh_seeds
from crack_exp.tune.study import Study, suggest
from crack_exp.tune.workflow import check_trials_recorded, run_search
from tests.composing import settings
from tests.config.test_tune_schema import tuning as composed

EPOCHS = 5
FIXED = ["fine_tune=none"]
PREDICTIONS = Predictions(
    ["a", "b"], ["a", "b"], np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), ["intact", "crack"], frozenset([0])
)


class Runs:
    """Simulated runs: the loss of each is its dropout in every epoch."""

    def __init__(self) -> None:
        self.made: list[Config] = []
        self.images = "a fingerprint"
        self.fails: Callable[[Config], BaseException | None] = lambda config: None

    def __call__(
        self, config: Config, folder: Path, overrides: Sequence[str], callbacks: Sequence[Any], *, is_trial: bool
    ) -> RunResult:
        assert is_trial
        self.made.append(config)
        logging.getLogger("crack_exp.run").info("details of a run")
        logging.getLogger("crack_exp.run").warning("a doubt about the images")
        if (error := self.fails(config)) is not None:
            raise error
        loss = config.training.dropout
        for epoch in range(1, EPOCHS + 1):
            record = EpochRecord(epoch, "head", loss, loss, 1 - loss, 1 - loss, 1e-3, 0.1)
            callbacks[0].on_epoch_end(epoch, {RECORD: record})
        figures = {"loss": loss, "loss_low": loss / 2, "loss_high": 2 * loss, "accuracy": 1 - loss}
        return RunResult(figures, evaluate(PREDICTIONS, 0.95, 10, 0, None), self.images)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    runs = Runs()
    monkeypatch.setattr(trial_run, "run_experiment", runs)
    yield runs


def config(**changed: Any) -> TuneConfig:
    space = {"training.dropout": {"low": 0.1, "high": 0.9}, "optimizer": ["adam", "sgd"]}
    made = composed("tune.name=mine", "tune.trials=10", "tune.pruning.curve=none")
    made.space = space
    for key, value in changed.items():
        setattr(made, key, value)
    return made


def search(folder: Path, **changed: Any) -> Search:
    return run_search(config(**changed), FIXED, folder, "python -m crack_exp.tune")


def test_a_search_does_not_go_on_with_other_images(runs: Runs, tmp_path: Path) -> None:
    search(tmp_path, trials=1)
    runs.images = "another one"
    with pytest.raises(UserError, match=r"^tune\.name=mine: the images have changed since .*; use another name$"):
        search(tmp_path, trials=3)
    assert len(runs.made) == 2
    runs.images = "a fingerprint"
    assert len(search(tmp_path, trials=2).trials) == 2


def test_a_search_of_splits_has_other_images_in_each_trial(runs: Runs, tmp_path: Path) -> None:
    def another(config: Config) -> None:
        runs.images = str(config.data.split_seed)

    runs.fails = another
    found = search(tmp_path, trials=2, space={"data.split_seed": {"low": 0, "high": 1000}})
    assert len(found.trials) == 2


def test_the_number_of_trials_and_the_best_one(runs: Runs, tmp_path: Path) -> None:
    found = search(tmp_path)
    assert len(runs.made) == len(found.trials) == 10
    assert len({run.training.dropout for run in runs.made}) == 10
    assert found.best is not None
    assert found.best.value == min(run.training.dropout for run in runs.made) < 0.3
    assert {run.sweep.name for run in runs.made} == {"mine"}
    first = runs.made[0]
    optimizer = "adam" if "optimizer=adam" in found.trials[0].settings else "sgd"
    assert first.run_name == f"dropout={first.training.dropout}, {optimizer}"
    assert all(run.fine_tune.stage is None for run in runs.made)
    assert found.importances["training.dropout"] > 0.8 > found.importances["optimizer"]


def test_accuracy_is_maximized_and_few_trials_have_no_importances(runs: Runs, tmp_path: Path) -> None:
    found = search(tmp_path, metric="accuracy", trials=4)
    assert found.best is not None and found.best.value == max(1 - run.training.dropout for run in runs.made)
    assert found.importances == {}


def test_a_search_is_continued(runs: Runs, tmp_path: Path) -> None:
    first = search(tmp_path, trials=3)
    again = search(tmp_path, trials=3)
    assert len(runs.made) == 3 and again.trials == first.trials
    more = search(tmp_path, trials=5)
    assert more.trials[:3] == first.trials and len(runs.made) == len(more.trials) == 5
    assert len({run.training.dropout for run in runs.made}) == 5


def test_another_space_under_the_same_name_is_an_error(runs: Runs, tmp_path: Path) -> None:
    search(tmp_path, trials=1)
    with pytest.raises(ValueError, match='^tune.name=mine: the study of that name has metric "loss"; use another'):
        search(tmp_path, trials=2, metric="accuracy")
    with pytest.raises(ValueError, match="^tune.name=mine: the study of that name has space "):
        search(tmp_path, trials=2, space={"training.dropout": {"low": 0.1, "high": 0.2}})
    assert len(runs.made) == 1


CURVES = [("loss", "val_loss"), ("accuracy", "val_loss"), ("loss", "val_accuracy")]


@pytest.mark.parametrize(("metric", "curve"), CURVES)
def test_trials_among_the_worst_are_pruned(runs: Runs, tmp_path: Path, metric: str, curve: str) -> None:
    made = config(metric=metric, trials=8)
    made.pruning.curve, made.pruning.after_trials, made.pruning.after_epochs, made.pruning.worst = curve, 4, 2, 0.5
    found = run_search(made, FIXED, tmp_path, "")
    pruned = [one for one in found.trials if one.state == "pruned"]
    assert pruned and {one.epochs for one in pruned} == {2}
    assert not any(one.number < 4 for one in pruned)
    dropouts = [run.training.dropout for run in runs.made]
    median = float(np.median(dropouts[:4]))
    assert all(dropouts[one.number] >= median for one in pruned if one.number == 4)
    assert found.best is not None and found.best.number not in {one.number for one in pruned}
    assert all(one.training_seconds is not None for one in pruned)


def test_a_killed_trial_is_repeated(runs: Runs, tmp_path: Path) -> None:
    runs.fails = lambda config: KeyboardInterrupt() if len(runs.made) == 2 else None
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, trials=4)
    runs.fails = lambda config: None
    found = search(tmp_path, trials=4)
    assert [one.number for one in found.trials] == [0, 2, 3, 4] and len(found.ranked) == 4


def user_error(config: Config) -> ValueError:
    try:
        composed("tune.trials=0")
    except ValueError as error:
        return error
    raise AssertionError


def test_a_trial_that_fails_does_not_stop_the_others(runs: Runs, tmp_path: Path) -> None:
    runs.fails = lambda config: user_error(config) if len(runs.made) == 2 else None
    found = search(tmp_path, trials=4)
    assert [one.state for one in found.trials] == ["finished", "failed", "finished", "finished"]
    assert found.failed[0].why == "tune.trials=0: must be from 1 to 1000000"


def test_a_failure_of_the_first_trial_ends_the_search(runs: Runs, tmp_path: Path) -> None:
    runs.fails = user_error
    with pytest.raises(ValueError, match="must be from 1 to "):
        search(tmp_path, trials=4)
    runs.fails = lambda config: None
    assert len(search(tmp_path, trials=4).ranked) == 4


def test_a_bug_ends_the_search(runs: Runs, tmp_path: Path) -> None:
    runs.fails = lambda config: ZeroDivisionError("a bug") if len(runs.made) == 2 else None
    with pytest.raises(ZeroDivisionError):
        search(tmp_path, trials=4)
    assert len(runs.made) == 2


def test_an_invalid_space_is_an_error_before_anything_is_written(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="^tune.space: training.dropuot: no such setting"):
        search(tmp_path / "study", space={"training.dropuot": [0.1, 0.2]})
    assert not runs.made and not (tmp_path / "study").exists()


def test_the_results_are_printed_and_written(runs: Runs, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        found = search(tmp_path, trials=3)
    assert found.best is not None
    lines = caplog.messages[: caplog.messages.index(next(one for one in caplog.messages if "3 finished" in one))]
    assert [line.partition(": ")[0] for line in lines if line.startswith("[")] == [
        f"[{number + 1}/3] trial {number}, {run.run_name}" for number, run in enumerate(runs.made)
    ]
    assert len(lines) == 5 and lines.count("a doubt about the images") == 1
    assert f"cross-entropy on validation {runs.made[0].training.dropout:.4f} (" in lines[2]
    written = (tmp_path / "experiment" / "mine.yaml").read_text()
    assert f"python -m crack_exp.run --config-dir {tmp_path} experiment=mine" in written
    assert f"dropout: {runs.made[found.best.number].training.dropout}" in written
    assert "override /fine_tune: none" in written
    assert "3 trials: 3 finished" in (tmp_path / "study.html").read_text()


def test_fresh_seeds_exclude_the_seed_of_the_search() -> None:
    assert [fresh_seeds(seed) for seed in (1, 3, 7)] == [[2, 3, 4], [1, 2, 4], [1, 2, 3]]


def test_several_processes_do_not_exceed_the_number_of_trials(tmp_path: Path) -> None:
    """Two studies at the same time represent two processes."""
    one, other = (Study(tmp_path, config(trials=3), {"a": 1}) for _ in range(2))
    with one.next_trial() as first, other.next_trial() as second, one.next_trial() as third, other.next_trial() as last:
        assert first and second and third and last is None
        assert [first.number, second.number, third.number] == [0, 1, 2]
        space: dict[str, Dimension] = {"x": Range(0.0, 1.0), "n": Range(1, 1000), "c": Choices(["a", None])}
        suggested = [suggest(trial, space) for trial in (first, second, third)]
        assert len({json.dumps(values) for values in suggested}) == 3
        assert all(isinstance(values["n"], int) for values in suggested)


def test_a_study_lies_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """An address would read these: Optuna the braces, sqlite the question mark and the percent sign."""
    folder = tmp_path / "{bridge} 7?a=1 %41 'b' \"c\""
    folder.mkdir()
    for number in range(2):
        with Study(folder, config(), {}).next_trial() as trial:
            assert trial is not None and trial.number == number
    assert (folder / "study.db").is_file()


def test_test_figures_are_handed_in_once_no_trial_is_left(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_in: list[str] = []
    monkeypatch.setattr(workflow, "hand_in", lambda store, name, folder, held_back: handed_in.append(folder.name))
    for number in range(3):  # as two finished trials and a killed one leave it
        (tmp_path / "trials" / str(number)).mkdir(parents=True)
        (tmp_path / "trials" / str(number) / HELD_BACK).write_text("{}")
    runs.fails = lambda config: KeyboardInterrupt() if len(runs.made) == 3 else None
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, trials=4)
    assert handed_in == []
    beside = Study(tmp_path, config(trials=5), {"metric": "loss", "fixed": FIXED, "space": config().space})
    with beside.next_trial():  # of another process
        search(tmp_path, trials=3)
        assert handed_in == []
    search(tmp_path, trials=2)
    assert sorted(handed_in) == ["0", "1"]


def test_numbers_are_short_and_stay_in_their_range(tmp_path: Path) -> None:
    study = Study(tmp_path, config(trials=40), {})
    low, high = 0.0123456, 0.0124567
    for _ in range(40):
        with study.next_trial() as trial:
            assert trial is not None
            value = suggest(trial, {"x": Range(low, high, log=True)})["x"]
            assert isinstance(value, float) and low <= value <= high
            assert value in (low, high) or len(str(value)) <= len("0.0124")
            study.finish(trial, 0.0)


def test_a_trial_that_diverges_fails_and_the_search_goes_on(runs: Runs, tmp_path: Path) -> None:
    """The first one as well: it says nothing of other learning rates."""
    sentence = "optimizer.learning_rate=9: loss is nan in epoch 1 (head); start again with a lower one"
    runs.fails = lambda config: Diverged(sentence) if len(runs.made) in (1, 3) else None
    found = search(tmp_path, trials=4)
    assert [one.state for one in found.trials] == ["failed", "finished", "failed", "finished"]
    assert {one.why for one in found.failed} == {sentence}
    assert found.best is not None


def test_the_runs_of_killed_trials_are_closed_when_the_search_goes_on(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(workflow, "close_killed_runs", lambda store, key, value: closed.append(f"{key} {value}"))
    study = Study(tmp_path, config(), {"metric": "loss", "fixed": FIXED, "space": config().space})
    with study.next_trial():
        assert study.killed == []
    assert study.killed == [0]  # as after a kill: its lock is free, and it is not ended
    search(tmp_path, trials=1)
    assert closed == [f"run_folder {tmp_path.resolve()}/trials/0"]


def test_trials_that_mlflow_lacks_are_told_at_the_end(tmp_path: Path) -> None:
    config = settings()
    for number in ("2", "10"):
        (tmp_path / "trials" / number).mkdir(parents=True)
    check_trials_recorded(tmp_path, config)
    for number in ("2", "10"):
        OwedFile(tmp_path / "trials" / number).write("id", [Owed(Entry("the model", "model", {}), "gone")])
    with pytest.raises(NotRecorded, match=r"^MLflow lacks a part of 2 trials: 10, 2; record each.*trials/10$"):
        check_trials_recorded(tmp_path, config)
