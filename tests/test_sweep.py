"""Several runs from one command."""

from pathlib import Path

from mlflow import MlflowClient

from crack_exp.tracking.environment import mlflow_environment
from tests.commands import crack_exp


def test_a_sweep_makes_one_run_for_each_setting(tiny_head: list[str], home: Path) -> None:
    done = crack_exp("-m", *tiny_head, "optimizer=adam,rmsprop,sgd", cwd=home, timeout_s=280)
    assert done.returncode == 0, done.stderr
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        runs = client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id])
        curves = [client.get_metric_history(one.info.run_id, "epoch/val_loss") for one in runs]
    assert {one.data.params["optimizer._target_"] for one in runs} == {
        *("keras.optimizers.Adam", "keras.optimizers.RMSprop", "keras.optimizers.SGD"),
    }
    assert [len(curve) for curve in curves] == [3, 3, 3]
    assert len(list(home.glob("outputs/multirun/*/*/[012]/predictions.csv"))) == 3


def test_a_failing_job_does_not_stop_the_others(tiny_head: list[str], home: Path) -> None:
    done = crack_exp("-m", *tiny_head, "model.image_size_px=8,32", cwd=home)
    assert done.returncode == 1
    assert "model.image_size_px=8" in done.stderr and "Traceback" not in done.stderr
    assert len(list(home.glob("outputs/multirun/*/*/1/predictions.csv"))) == 1
