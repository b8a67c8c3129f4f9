"""Runs side by side: jobs of a parallel sweep, killed or not, and processes that know nothing of each other."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from crack_exp.tracking.environment import mlflow_environment
from tests.commands import clean_environment, crack_exp, only_folder, start_crack_exp

PARALLEL = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
SECONDS_UNTIL_KILLED = (3.0, 18.0)
PATIENCE_S = 240
SEEDS = range(1, 5)
RANDOM = random.SystemRandom()
"""Another one in each run of the suite."""


def kill(sweep: subprocess.Popen[bytes]) -> None:
    os.kill(sweep.pid, signal.SIGKILL)


def kill_all(sweep: subprocess.Popen[bytes]) -> None:
    os.killpg(sweep.pid, signal.SIGKILL)


def interrupt(sweep: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does."""
    os.killpg(sweep.pid, signal.SIGINT)


def accept_ctrl_c() -> None:
    """A suite that runs in the background ignores it, and so would what it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def start(*overrides: str, cwd: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "crack_exp.run", *overrides]
    with (cwd / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=clean_environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=accept_ctrl_c,
        )


def runs_in(home: Path) -> list[Run]:
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        return list(client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id]))


def nobody_left(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.thorough
def test_a_parallel_sweep_that_is_killed_and_repeated_does_each_job_once(tiny_head: list[str], home: Path) -> None:
    sweep = ["-m", *tiny_head, "optimizer=adam,sgd", "seed=1,2", *PARALLEL]
    for end in RANDOM.sample([kill, kill_all, interrupt], 3):
        process = start(*sweep, cwd=home)
        seconds = RANDOM.uniform(*SECONDS_UNTIL_KILLED)
        print(f"{end.__name__} after {seconds:.1f} s")  # pytest shows it where something goes wrong
        time.sleep(seconds)
        end(process)
        process.wait(timeout=PATIENCE_S)
        wait_until(partial(nobody_left, process.pid))

    done = crack_exp(*sweep, cwd=home, timeout_s=280)
    assert done.returncode == 0, done.stderr
    assert "4 jobs finished" in done.stdout
    runs = runs_in(home)
    print(Counter(run.info.status for run in runs))
    finished = [run for run in runs if run.info.status == "FINISHED"]
    assert Counter((run.data.params["optimizer"], run.data.params["seed"]) for run in finished) == {
        (name, seed): 1 for name in ("Adam", "SGD") for seed in "12"
    }
    assert {run.info.status for run in runs} <= {"FINISHED", "KILLED"}
    with closing(sqlite3.connect(home / "mlruns/mlflow.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_job_gives_the_figures_that_the_same_command_gives_alone(
    tiny: list[str], make_home: Callable[[], Path]
) -> None:
    parallel, alone = make_home(), make_home()
    done = crack_exp("-m", *tiny, "seed=1,2", *PARALLEL, cwd=parallel)
    assert done.returncode == 0, done.stderr
    done = crack_exp(*tiny, "seed=2", cwd=alone)
    assert done.returncode == 0, done.stderr
    for file in ("predictions.csv", "split.csv"):
        expected = (only_folder(alone) / file).read_text()
        assert [path.read_text() for path in parallel.glob(f"outputs/multirun/*/*/1/{file}")] == [expected]
    losses = [run.data.metrics["epoch/train_loss"] for home in (parallel, alone) for run in runs_in(home)]
    assert len(losses) == 3 and len(set(losses)) == 2


def test_many_processes_start_at_once_on_a_fresh_store(tiny_head: list[str], tmp_path: Path) -> None:
    started = [start_crack_exp(*tiny_head, f"seed={seed}", cwd=tmp_path) for seed in SEEDS]
    for done in [process.wait(500) for process in started]:
        assert done.returncode == 0, done.stderr
    runs = runs_in(tmp_path)
    assert [run.info.status for run in runs] == ["FINISHED"] * len(SEEDS)
    assert {run.data.params["seed"] for run in runs} == set(map(str, SEEDS))
