"""Runs are found again by id, sweep or filter; whoever mistypes one is told the nearest."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.finished import SWEEP, FinishedRun, find_runs

EXPERIMENT = "walls"


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> dict[str, str]:
    """Three runs, two of them of one sweep: {name: id}."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    with mlflow_environment():
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
        experiment = client.create_experiment(EXPERIMENT, artifact_location=(tmp_path / "artifacts").as_uri())
        ids = {}
        for number, (name, tags) in enumerate({"a": {SWEEP: "monday"}, "b": {SWEEP: "monday"}, "c": {}}.items()):
            run = client.create_run(experiment, run_name=name, tags=tags, start_time=number + 1)
            client.log_param(run.info.run_id, "seed", str(number))
            client.log_metric(run.info.run_id, "test/auroc", 0.9 + number / 100)
            client.log_text(run.info.run_id, "name,label\n1.jpg,crack\n", "predictions.csv")
            client.set_terminated(run.info.run_id)
            ids[name] = run.info.run_id
    return ids


def find(folder: Path, **changed: Any) -> list[FinishedRun]:
    asked: dict[str, Any] = {"uri": None, "ids": [], "sweep": None, "experiment": EXPERIMENT, "query": None}
    return find_runs(folder=folder, **(asked | changed))


def names(found: list[FinishedRun]) -> list[str]:
    return [run.name for run in found]


def test_all_runs_of_an_experiment_come_oldest_first(store: dict[str, str], tmp_path: Path) -> None:
    found = find(tmp_path)
    assert names(found) == ["a", "b", "c"]
    assert (found[1].status, found[1].sweep, found[2].sweep) == ("FINISHED", "monday", None)
    assert (found[1].params["seed"], found[1].metrics["test/auroc"]) == ("1", 0.91)


def test_they_are_picked_by_sweep_by_filter_and_by_id(store: dict[str, str], tmp_path: Path) -> None:
    assert names(find(tmp_path, sweep="monday")) == ["a", "b"]
    assert names(find(tmp_path, query='metrics."test/auroc" > 0.905')) == ["b", "c"]
    assert names(find(tmp_path, sweep="monday", query='params.seed = "1"')) == ["b"]
    assert names(find(tmp_path, ids=[store["c"], store["a"]])) == ["a", "c"]


def test_their_files_are_read(store: dict[str, str], tmp_path: Path) -> None:
    first, *_ = find(tmp_path)
    assert first.store.rows("predictions.csv") == [{"name": "1.jpg", "label": "crack"}]
    assert first.store.rows("history.csv") is None


def test_an_unknown_name_is_told_with_the_nearest(store: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sweep=mondya: no run of it in the store; did you mean monday"):
        find(tmp_path, sweep="mondya")
    with pytest.raises(ValueError, match=r"tracking.experiment=wals: not in the store; did you mean walls"):
        find(tmp_path, experiment="wals")
    wrong = store["a"][:-1] + ("0" if store["a"][-1] != "0" else "1")
    with pytest.raises(ValueError, match=f"runs: no run {wrong} in the store; did you mean {store['a']}"):
        find(tmp_path, ids=[wrong])


def test_an_empty_selection_says_so(store: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"filter=params.seed = \"7\": no run of tracking.experiment=walls passes"):
        find(tmp_path, query='params.seed = "7"')


def test_a_filter_that_mlflow_cannot_read_says_so(store: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="filter=test/auroc > : MLflow cannot read it"):
        find(tmp_path, query="test/auroc > ")


def test_without_a_store_nothing_is_created(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"tracking.folder={tmp_path}/none: there is no store"):
        find(tmp_path / "none")
    assert not (tmp_path / "none").exists()
