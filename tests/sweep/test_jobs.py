"""What makes two jobs the same, and that one process at a time is at one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crack_exp.sweep import jobs
from crack_exp.sweep.jobs import code_sha256, job_lock, run_identity
from tests.commands import REPOSITORY
from tests.composing import settings


def identity(*overrides: str, images: str = "abc", precision: str = "float32") -> str:
    return run_identity(settings(*overrides), images, precision)


def test_what_changes_the_result_makes_another_job() -> None:
    others = [
        identity("seed=2"),
        identity("optimizer=sgd"),
        identity("training.epochs=3"),
        identity("data.split_seed=1"),
        identity(images="abd"),
        identity(precision="mixed_bfloat16"),
    ]
    assert identity() not in others and len(set(others)) == len(others)


@pytest.mark.parametrize(
    "override",
    ["run_name=mine", "tracking.experiment=bridge", "data.folder=/elsewhere", "sweep.name=a", "data.cache_gb=1"],
)
def test_what_does_not_is_the_same_job(override: str) -> None:
    assert identity(override) == identity()


def test_other_code_is_another_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "crack_exp"
    (package / "experiment").mkdir(parents=True)
    (file := package / "experiment" / "jobs.py").write_text("one = 1\n")
    monkeypatch.setattr(jobs, "__file__", str(file))
    before = code_sha256()
    file.write_text("one = 2\n")
    assert code_sha256() != before
    file.rename(file.with_name("renamed.py"))
    assert code_sha256() != before


WAITS = """
import sys
from crack_exp.sweep.jobs import job_lock
with job_lock("this"):
    print("at it", flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_is_at_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path))
    command = [sys.executable, "-c", WAITS]
    with job_lock("another"), job_lock("this"):
        other = subprocess.Popen(
            command, cwd=REPOSITORY, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(8)
    assert other.stdout is not None and other.stdout.readline() == "at it\n"
    other.kill()  # whoever dies is at nothing any more
    other.communicate()
    with job_lock("this"):
        pass
