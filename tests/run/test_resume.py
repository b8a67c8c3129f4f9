"""A run that was killed goes on, and ends where the unbroken one ends."""

import csv
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from crack_exp.tracking.environment import mlflow_environment
from tests.commands import crack_exp, killed_after, only_folder


@pytest.fixture(scope="module")
def unbroken(tiny: list[str], make_home: Callable[[], Path]) -> Path:
    home = make_home()
    done = crack_exp(*tiny, cwd=home)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def resumed(tiny: list[str], make_home: Callable[[], Path]) -> Path:
    """Killed in the head phase, resumed, killed while fine-tuning, resumed to the end by a Python of its own.

    By the command that it printed at its start, in a folder whose name is more than a name to Hydra and to a shell.
    """
    home = make_home()
    home = home.rename(home.with_name(f"{home.name} (copy), v=2 it's"))
    printed = killed_after(2, *tiny, cwd=home)
    command = printed.partition("if it is killed, resume with: ")[2].partition("\n")[0]
    (resume,) = shlex.split(command)[3:]
    killed_after(5, resume, cwd=home)
    done = crack_exp(resume, cwd=home, own_python=True)
    assert done.returncode == 0, done.stderr
    return home


def probabilities(home: Path) -> np.ndarray:
    rows = csv.DictReader((only_folder(home) / "predictions.csv").read_text().splitlines())
    return np.array([[float(row[name]) for name in row if name.startswith("probability ")] for row in rows])


def losses(home: Path) -> list[tuple[str, str, float]]:
    rows = csv.DictReader((only_folder(home) / "history.csv").read_text().splitlines())
    return [(row["epoch"], row["phase"], float(row["train_loss"])) for row in rows]


def test_a_twice_killed_run_ends_where_the_unbroken_one_ends(unbroken: Path, resumed: Path) -> None:
    np.testing.assert_allclose(probabilities(resumed), probabilities(unbroken), atol=1e-5)
    expected, actual = losses(unbroken), losses(resumed)
    assert [row[:2] for row in actual] == [row[:2] for row in expected]
    assert len(actual) == 6
    np.testing.assert_allclose([row[2] for row in actual], [row[2] for row in expected], atol=1e-5)


def test_it_stays_one_run_in_mlflow(resumed: Path, tiny: list[str]) -> None:
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{resumed}/mlruns/mlflow.db")
        experiment = client.get_experiment_by_name("crack_exp")
        (recorded,) = client.search_runs([experiment.experiment_id])
        steps = {point.step for point in client.get_metric_history(recorded.info.run_id, "epoch/train_loss")}
    assert recorded.info.status == "FINISHED"
    assert steps == {1, 2, 3, 4, 5, 6}
    assert recorded.data.tags["overrides"] == shlex.join(tiny)  # by which it is compared with others


def test_the_same_command_in_a_fresh_process_predicts_the_same_bits(
    unbroken: Path, tiny: list[str], home: Path
) -> None:
    assert crack_exp(*tiny, cwd=home, own_python=True).returncode == 0
    first, second = (only_folder(place) / "predictions.csv" for place in (unbroken, home))
    assert first.read_bytes() == second.read_bytes()


def test_a_complete_run_is_not_resumed(unbroken: Path) -> None:
    refused = crack_exp(f"resume={only_folder(unbroken)}", cwd=unbroken)
    assert refused.returncode == 1
    assert "that run is complete" in refused.stderr and "Traceback" not in refused.stderr


def test_resume_takes_no_other_setting(resumed: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "config.yaml").write_text((only_folder(resumed) / "config.yaml").read_text())
    refused = crack_exp(f"resume={tmp_path}", "training.epochs=9", cwd=tmp_path)
    assert refused.returncode == 1
    assert "leave out training.epochs=9" in refused.stderr
