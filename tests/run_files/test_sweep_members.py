"""Which runs count for a sweep."""

import shutil
from pathlib import Path

import pytest

from crack_exp.run_files.names import SWEEP
from crack_exp.run_files.sweep_members import join, runs_of_sweep
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.search import NothingFound

EXPERIMENT = "walls"


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> StoreAddress:
    """Three runs, a and b of the sweep monday."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    with mlflow_environment():
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
        experiment = client.create_experiment(EXPERIMENT, artifact_location=(tmp_path / "artifacts").as_uri())
        for number, (name, tags) in enumerate({"a": {SWEEP: "monday"}, "b": {SWEEP: "monday"}, "c": {}}.items()):
            run = client.create_run(experiment, run_name=name, tags=tags, start_time=number + 1)
            client.log_param(run.info.run_id, "seed", str(number))
            client.set_terminated(run.info.run_id)
    return StoreAddress(None, tmp_path)


def names(found: list[FinishedRun]) -> list[str]:
    return [run.name for run in found]


def test_runs_of_a_sweep_are_picked_by_its_name_and_a_filter(store: StoreAddress) -> None:
    assert names(runs_of_sweep(store, "monday", EXPERIMENT)) == ["a", "b"]
    assert names(runs_of_sweep(store, "monday", EXPERIMENT, query='params.seed = "1"')) == ["b"]


def test_a_run_can_count_for_a_later_sweep_under_another_name(store: StoreAddress) -> None:
    first, _ = runs_of_sweep(store, "monday", EXPERIMENT)
    join(first, "tuesday (again)", name="sgd", overrides="optimizer=sgd seed=1")
    (again,) = runs_of_sweep(store, "tuesday (again)", EXPERIMENT)
    assert (again.run_id, again.name, again.tags["overrides"]) == (first.run_id, "sgd", "optimizer=sgd seed=1")
    assert names(runs_of_sweep(store, "monday", EXPERIMENT)) == ["a", "b"]


def test_an_unknown_sweep_is_told_with_the_nearest(store: StoreAddress) -> None:
    with pytest.raises(NothingFound, match="^sweep=mondy: no run of it in the store; did you mean monday"):
        runs_of_sweep(store, "mondy", EXPERIMENT)
