"""Several runs from one command."""

import re
from pathlib import Path

from mlflow import MlflowClient

from crack_exp.tracking.environment import mlflow_environment
from tests.commands import crack_exp


def test_a_sweep_makes_one_run_for_each_setting_and_is_compared(tiny_head: list[str], home: Path) -> None:
    done = crack_exp("-m", *tiny_head, "optimizer=adam,sgd", "seed=1,2,3", cwd=home, timeout_s=280)
    assert done.returncode == 0, done.stderr
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        runs = client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id])
        curves = [client.get_metric_history(one.info.run_id, "epoch/val_loss") for one in runs]
    assert {one.data.params["optimizer"] for one in runs} == {"Adam", "SGD"}
    assert {one.info.run_name for one in runs} >= {"adam, seed=1", "sgd, seed=3"}
    assert [len(curve) for curve in curves] == [3] * 6
    (folder,) = home.glob("outputs/multirun/*/*")
    assert len(list(folder.glob("[0-5]/predictions.csv"))) == 6
    sweep = f"{folder.parent.name}/{folder.name}"
    assert {one.data.tags["sweep"] for one in runs} == {sweep}
    assert f"python -m crack_exp.compare sweep={sweep}" in done.stdout

    compared = crack_exp(f"sweep={sweep}", "bootstrap_resamples=100", cwd=home, verb="compare")
    assert compared.returncode == 0, compared.stderr
    assert "optimizer=adam" in compared.stdout and "optimizer=sgd" in compared.stdout
    assert "2 settings on" in compared.stdout and "model.weights" not in compared.stdout
    (page,) = home.glob("outputs/comparisons/*/*/comparison.html")
    assert ": SGD</td>" in page.read_text()
    assert "<th>model.keras (MB)</th>" in page.read_text()
    assert "<h2>Disagreements</h2>" in page.read_text() and "cannot be shown" not in page.read_text()

    mistyped = crack_exp(f"sweep={sweep[:-1]}", cwd=home, verb="compare")
    assert mistyped.returncode == 1 and "Traceback" not in mistyped.stderr
    assert f"did you mean {sweep}?" in mistyped.stderr


def test_a_failing_job_does_not_stop_the_others(tiny_head: list[str], home: Path) -> None:
    done = crack_exp("-m", *tiny_head, "model.image_size_px=8,32", cwd=home)
    assert done.returncode == 1
    assert "model.image_size_px=8" in done.stderr and "Traceback" not in done.stderr
    assert len(list(home.glob("outputs/multirun/*/*/1/predictions.csv"))) == 1
    assert "1 job finished, 1 failed" in done.stdout
    table = done.stdout.index("sweep 20")
    jobs = [line for line in done.stdout[:table].splitlines() if re.match(r"#\d \S+:", line)]
    assert [line.partition(":")[0] for line in jobs if " doubt:" not in line] == ["#0 failed", "#1 image_size_px=32"]
    assert "on validation AUROC 0." in jobs[-1] and "epoch" not in done.stdout[:table]
    assert done.stdout[table:].count("MLflow: ") == 1
    assert "failed: python -m crack_exp.run" in done.stdout and len(list(home.glob("outputs/**/sweep.html"))) == 1

    again = crack_exp("-m", *tiny_head, "model.image_size_px=8,32", cwd=home)
    assert again.returncode == 1 and "1 job finished, 1 failed" in again.stdout
    (first,) = home.glob("outputs/multirun/*/*/1/predictions.csv")
    assert f"done before, results in {first.parent}" in again.stdout

    anew = crack_exp("-m", *tiny_head, "model.image_size_px=32", "seed=1", "sweep.rerun=true", cwd=home)
    assert anew.returncode == 0 and "done before" not in anew.stdout
    assert len(list(home.glob("outputs/multirun/*/*/*/predictions.csv"))) == 2
