"""One process at a time is at a job."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

from crack_exp.run_files.names import IDENTITY, RUN_FOLDER
from crack_exp.sweep.jobs import finished_job, job_lock
from crack_exp.tracking.entries import Entry
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.fail_safe import Owed
from crack_exp.tracking.owed_file import OwedFile
from tests.commands import REPOSITORY
from tests.composing import settings

WAITS = """
import logging, sys, time
logging.basicConfig(format="%(message)s", level="INFO", stream=sys.stdout)
from crack_exp.sweep.jobs import job_lock
with job_lock("this"):
    print(time.monotonic(), flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_is_at_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path))
    command = [sys.executable, "-c", WAITS]
    with job_lock("another"), job_lock("this"):
        other = subprocess.Popen(
            command, cwd=REPOSITORY, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        assert other.stdout.readline().startswith("waiting: another process is running this job (")
        time.sleep(0.2)  # for one that would not wait
        released = time.monotonic()
    assert float(other.stdout.readline()) > released
    other.kill()  # whoever dies is at nothing any more
    other.communicate()
    with job_lock("this"):
        pass


def test_without_a_cache_a_job_is_done_without_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "cache"))
    with job_lock("this") as is_alone:
        assert not is_alone
    (message,) = caplog.messages
    assert message.startswith(f"sweep: another process may do this job as well, '{tmp_path}/cache/jobs': ")


def test_a_complete_run_that_mlflow_lacks_is_recorded_and_not_trained_again(empty_store: Path, tmp_path: Path) -> None:
    store, outputs = shutil.copy(empty_store, tmp_path), tmp_path / "outputs"
    outputs.mkdir()
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{store}")
        tags = {IDENTITY: "this", RUN_FOLDER: str(outputs)}
        run_id = client.create_run(client.create_experiment("crack_exp"), tags=tags).info.run_id
    end = Entry("the status FINISHED", "status", {"status": "FINISHED"})
    OwedFile(outputs).write(run_id, [Owed(end, "database is locked")])
    config = settings(f"tracking.folder={tmp_path}", "sweep.name=monday")
    assert finished_job(config, "this", is_alone=True) is None  # this one has no predictions to take over
    assert client.get_run(run_id).info.status == "FINISHED"
    assert not list(outputs.glob("not_in_mlflow*"))
