"""A run that was killed before anything knew its id."""

from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from crack_exp.run_files.begun import precision_of, read_begun
from crack_exp.run_files.folder import write_config
from crack_exp.run_files.resume import resumable_run
from crack_exp.tracking.environment import mlflow_environment
from tests.composing import settings


def test_a_run_that_was_killed_as_it_began_does_not_stay_running(home: Path) -> None:
    """MLflow had it already, and the folder not yet."""
    config, folder = settings(), home / "outputs" / "mine"
    folder.mkdir(parents=True)
    write_config(config, folder, "run", [])
    (folder / "checkpoint").mkdir()
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        experiment_id = client.create_experiment(config.tracking.experiment)
        killed = client.create_run(experiment_id, tags={"run_folder": str(folder.resolve())}).info.run_id
        other = client.create_run(experiment_id, tags={"run_folder": str(home)}).info.run_id
    known: dict[str, Any] = {"precision": "mixed_bfloat16", "images_sha256": "0", "first_tags": {"identity": "1"}}
    assert precision_of(folder, "auto") == "auto"
    with resumable_run(config, folder, "run", name="mine", **known) as (new, _):
        assert precision_of(folder, "auto") == "mixed_bfloat16"  # also where it would be measured otherwise now
        begun = read_begun(folder)
        assert begun is not None and begun.run_id == new.run_id
        with mlflow_environment():
            assert client.get_run(new.run_id).data.tags["identity"] == "1"
    with mlflow_environment():
        states = {one: client.get_run(one).info.status for one in (killed, other, new.run_id)}
    assert states == {killed: "KILLED", other: "RUNNING", new.run_id: "FINISHED"}
    assert not (folder / "checkpoint").exists()
