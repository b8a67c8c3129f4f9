"""A sweep that is started again goes on with the job in which it was killed."""

import csv
from pathlib import Path

from mlflow import MlflowClient

from crack_exp.tracking.environment import mlflow_environment
from tests.commands import crack_exp, killed_after


def test_a_killed_job_is_gone_on_with_by_the_next_sweep(tiny_head: list[str], home: Path) -> None:
    sweep = ["-m", *tiny_head, "seed=1", "sweep.name=walls"]
    killed_after(2, *sweep, cwd=home)
    (killed,) = home.glob("outputs/multirun/*/*/0")
    assert (killed / "checkpoint" / "training.npz").exists()
    done = crack_exp(*sweep, cwd=home)
    assert done.returncode == 0 and "1 job finished" in done.stdout, done.stderr
    (folder,) = {*home.glob("outputs/multirun/*/*/0")} - {killed}
    log = (folder / "run.log").read_text()
    assert f"goes on where a run of this job was killed, in {killed}" in log
    assert "epoch 1/3" not in log and "epoch 3/3" in log
    assert not (killed / "checkpoint").exists() and not (folder / "checkpoint").exists()
    with (folder / "history.csv").open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        (run,) = client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id])
    assert run.info.status == "FINISHED" and run.data.tags["run_folder"] == str(folder)
