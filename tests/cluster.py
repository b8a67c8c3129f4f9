"""`python -m tests.cluster`: twelve jobs, by three workers, and by Hydra's submitit launcher; one of each is killed.

In the end there must be twelve finished runs, none of them twice, and none that stands as RUNNING.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from crack_exp.system.locks import holder_of
from crack_exp.tracking.environment import mlflow_environment
from tests.commands import clean_environment
from tests.fork_server import Forked, stop_server
from tests.kills import NO_PLOTS, kinds, make_shared, new_home

PATIENCE_S = 1200
SEEDS = range(1, 7)
SWEPT = ["optimizer=adam,sgd", f"seed={','.join(map(str, SEEDS))}"]
WORKERS = 3
AT_ONCE = 3
"""Jobs that submitit starts before it waits for them."""


def head_only(shared: Path) -> list[str]:
    """The sweep of the other checks, with other values that are swept."""
    settings = kinds(shared)["sweep"].overrides
    return [*(setting for setting in settings if not setting.startswith("optimizer=")), *SWEPT]


def wait_until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.2)


def check_workers(shared: Path) -> str:
    """Three workers that are started by hand, of which the first is killed in its job."""
    home = new_home(shared)
    words = [*head_only(shared), "sweep.name=by hand", "sweep.worker=true"]
    program = f"{NO_PLOTS}\nimport sys\nfrom crack_exp import run\nsys.argv = ['run', *{words!r}]\nrun.main()\n"
    environment = clean_environment() | {"CRACK_EXP_CACHE": str(home / "cache")}
    workers = [Forked(["-c", program], home, environment) for _ in range(WORKERS)]
    first = workers[0]

    def in_training_of_first() -> str | None:
        """The number of its job."""
        claimed = {lock.name for lock in home.glob("outputs/sweeps/*/jobs/*") if _is_holder(first, lock)}
        begun = {folder.parent.name for folder in home.glob("outputs/multirun/*/*/*/checkpoint")}
        return next(iter(claimed & begun), None)

    wait_until(in_training_of_first, "the first worker trained")
    job = in_training_of_first()
    first.kill()
    assert first.wait(PATIENCE_S).returncode == -signal.SIGKILL, "the first worker was done before it was killed"
    for worker in workers[1:]:
        done = worker.wait(PATIENCE_S)
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr[-2000:]
        assert "12 jobs finished" in done.stdout, done.stdout[-2000:]
    return f"{WORKERS} workers, one killed in job {job}: {check_runs(home)}"


def _is_holder(process: Forked, lock: Path) -> bool:
    return (holder_of(lock) or "").endswith(f"process {process.pid}")


def check_submitit(shared: Path) -> str:
    """Hydra's launcher, of which one job is killed; then the same command once more."""
    home = new_home(shared)
    words = [*head_only(shared), "sweep.name=submitit", "hydra/launcher=submitit_local"]
    command = [sys.executable, "-m", "crack_exp.run", *words, f"hydra.sweeper.max_batch_size={AT_ONCE}"]
    environment = clean_environment() | {"CRACK_EXP_CACHE": str(home / "cache")}
    with (home / "log").open("w+") as log:
        sweep = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
        wait_until(lambda: list(home.glob("outputs/multirun/*/*/[0-9]*/checkpoint")) or sweep.poll(), "a job trained")
        controller = next(
            int(file.parent.name)
            for file in home.glob("outputs/multirun/*/*/.submitit/*/*_submitted.pkl")
            if not list(file.parent.glob("*_result.pkl"))
        )
        (job,) = Path(f"/proc/{controller}/task/{controller}/children").read_text().split()
        os.kill(int(job), signal.SIGKILL)
        code = sweep.wait(PATIENCE_S)
        said = (home / "log").read_text()
    assert code == 1 and "Traceback" not in said, said[-2000:]
    told = re.search(r"crack_exp: hydra/launcher: the process of a job died .*", said)
    assert told, said[-2000:]
    again = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    assert again.returncode == 0 and "Traceback" not in again.stderr, again.stderr[-2000:]
    assert "12 jobs finished" in again.stdout, again.stdout[-2000:]
    return f"submitit_local, one job killed, the command repeated: {check_runs(home)}\n  {told[0]}"


def check_runs(home: Path) -> str:
    """Assert that each job was finished once, that none stands as RUNNING, and that one computed features for all."""
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        runs: list[Run] = client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id])
    status = Counter(run.info.status for run in runs)
    logs = [file.read_text() for file in home.glob("outputs/multirun/*/*/*/run.log")]
    computed = sum(len(re.findall(r"^features of .*: computed in", log, re.MULTILINE)) for log in logs)
    assert computed == 1, f"features were computed {computed} times"
    finished = [run.data.params for run in runs if run.info.status == "FINISHED"]
    expected = {(name, str(seed)): 1 for name in ("Adam", "SGD") for seed in SEEDS}
    assert Counter((params["optimizer"], params["seed"]) for params in finished) == expected, status
    assert set(status) <= {"FINISHED", "KILLED"}, status
    return ", ".join(f"{count} {name}" for name, count in sorted(status.items()))


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shared = Path(folder, "shared")
        shared.mkdir()
        make_shared(shared)
        for check in (check_workers, check_submitit):
            began = time.monotonic()
            print(check(shared), f"({time.monotonic() - began:.0f} s)", flush=True)
    stop_server()


if __name__ == "__main__":
    main()
