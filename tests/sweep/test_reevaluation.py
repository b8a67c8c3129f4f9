"""A job of which only the evaluation differs is evaluated anew, from kept predictions: nothing is trained twice."""

import csv
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from crack_exp.run_files.kept_training import kept_training
from crack_exp.run_files.predicted_run import PredictedRun, read_predicted_run
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.search import find_runs
from tests.commands import crack_exp

# Features of random weights are all alike: every threshold would be the same.
SWEEP = ["sweep.name=thresholds", "model.weights=painted", "optimizer.learning_rate=3e-3"]


def runs_in_order(home: Path) -> list[Run]:
    client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
    experiment = client.get_experiment_by_name("crack_exp")
    return list(client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"]))


def runs_in(home: Path) -> dict[str, Run]:
    """{min_recall: run}, the first of each."""
    return {run.data.params["evaluation.min_recall"]: run for run in reversed(runs_in_order(home))}


def folder_of(run: Run) -> Path:
    return Path(run.data.tags["run_folder"])


def figures_of(run: Run) -> dict[str, Any]:
    return json.loads((folder_of(run) / "evaluation.json").read_text())


def without_decision(run: Run) -> list[dict[str, str]]:
    """The rows of a run's predictions, without the decision at its threshold."""
    with (folder_of(run) / "predictions.csv").open(newline="") as file:
        return [{name: value for name, value in row.items() if name != "decision"} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def home(make_home: Any, tiny: list[str]) -> Path:
    """Two jobs that differ in the recall that their threshold must reach."""
    home = make_home()
    done = crack_exp("-m", *tiny, *SWEEP, "evaluation.min_recall=0.5,1.0", cwd=home)
    assert done.returncode == 0, done.stderr
    logs = "".join(log.read_text() for log in home.glob("outputs/multirun/*/*/*/run.log"))
    assert logs.count("fine_tune: epoch 6/6") == 1, "trained once"
    assert logs.count("its predictions are evaluated anew") == 1
    return home


def test_the_second_job_is_a_run_of_its_own_that_names_the_first(home: Path) -> None:
    first, second = (runs_in(home)[recall] for recall in ("0.5", "1.0"))
    assert second.info.status == "FINISHED" and folder_of(second) != folder_of(first)
    assert second.data.tags["trained_by"] == first.info.run_id and "trained_by" not in first.data.tags
    assert second.data.tags["identity"] == first.data.tags["identity"]


def test_its_figures_are_those_of_its_own_evaluation(home: Path) -> None:
    first, second = (figures_of(runs_in(home)[recall])["test"] for recall in ("0.5", "1.0"))
    assert second["threshold"] < first["threshold"]
    assert second["recall_at_threshold"] > first["recall_at_threshold"]
    assert (second["auroc"], second["loss"]) == (first["auroc"], first["loss"])


def test_everything_else_is_as_the_training_left_it(home: Path) -> None:
    first, second = (runs_in(home)[recall] for recall in ("0.5", "1.0"))
    assert without_decision(first) == without_decision(second)
    for file in ("validation_predictions.csv", "history.csv", "split.csv", "layers.csv"):
        assert (folder_of(first) / file).read_bytes() == (folder_of(second) / file).read_bytes(), file
    one, other = (keras.models.load_model(folder_of(run) / "model.keras") for run in (first, second))
    for old, new in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, rtol=1e-6)  # the head is divided by the temperature once more
    kept = ("epoch/", "validation_before/", "validation_head/", "validation_fine_tune/")
    epochs = [key for key in first.data.metrics if key.startswith(kept)]
    assert len(epochs) > 15
    assert {key: second.data.metrics[key] for key in epochs} == {key: first.data.metrics[key] for key in epochs}


def test_predictions_of_each_stage_are_kept(home: Path) -> None:
    path = folder_of(runs_in(home)["0.5"]) / "validation_predictions.csv"
    with path.open(newline="") as file:
        stages = [row["stage"] for row in csv.DictReader(file)]
    assert list(dict.fromkeys(stages)) == ["before", "head", "fine_tune", "calibrated"]
    assert len(set(map(stages.count, set(stages)))) == 1


def test_it_comes_to_what_training_again_comes_to(home: Path, tiny: list[str]) -> None:
    second = figures_of(runs_in(home)["1.0"])
    done = crack_exp("-m", *tiny, *SWEEP, "evaluation.min_recall=1.0", "sweep.rerun=true", cwd=home)
    assert done.returncode == 0, done.stderr
    again = runs_in_order(home)[-1]
    told = (folder_of(again) / "run.log").read_text()
    assert "fine_tune: epoch 6/6" in told and "evaluated anew" not in told
    assert figures_of(again) == second


def test_a_run_whose_model_is_gone_or_another_is_trained_again(home: Path) -> None:
    first = runs_in(home)["0.5"]
    found = read_predicted_run(find_runs(StoreAddress(None, home / "mlruns"), ids=[first.info.run_id])[0])
    assert isinstance(found, PredictedRun) and kept_training(found) is not None
    model = folder_of(first) / "model.keras"
    model.write_bytes(b"another one")
    assert kept_training(found) is None
    model.unlink()
    assert kept_training(found) is None
