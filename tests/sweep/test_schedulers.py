"""A launcher that cannot work here, and a job of one that died, get one sentence."""

from pathlib import Path

import pytest

from crack_exp.sweep import schedulers
from crack_exp.sweep.schedulers import check_launcher, dead_jobs_told
from crack_exp.system.errors import UserError


def test_a_launcher_without_its_package_or_scheduler_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedulers, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"^hydra/launcher=submitit_local: .* pip install 'crack-exp\[slurm\]'$"):
        check_launcher(["seed=1,2", "hydra/launcher=submitit_local"])
    monkeypatch.setattr(schedulers, "find_spec", lambda name: name)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"^hydra/launcher=submitit_slurm: there is no Slurm .*sweep.worker=true"):
        check_launcher(["hydra/launcher=submitit_slurm"])
    (tmp_path / "sbatch").touch(mode=0o755)
    for setting in ("hydra/launcher=submitit_slurm", "hydra/launcher=submitit_local", "hydra/launcher=joblib"):
        check_launcher([setting])
    with pytest.raises(UserError, match="^hydra/launcher=ray: .*cloudpickle"):
        check_launcher(["hydra/launcher=ray"])


def test_a_job_that_died_is_told_in_one_sentence() -> None:
    uncompleted = type("UncompletedJobError", (RuntimeError,), {"__module__": "submitit.core.utils"})
    said = "Job 7 (task: 0) with path /a/7_0_result.pkl\nhas not produced any output\nError stream produced:\n---"
    told = r"process of a job died \(its last words are in '/a/7_0_log.err'\); start the same command again"
    with pytest.raises(UserError, match=told), dead_jobs_told():
        raise uncompleted(said)
    with pytest.raises(ZeroDivisionError), dead_jobs_told():
        raise ZeroDivisionError
