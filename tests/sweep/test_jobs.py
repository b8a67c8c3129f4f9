"""One process at a time is at a job."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crack_exp.sweep.jobs import job_lock
from tests.commands import REPOSITORY

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
        assert other.stdout.readline() == "waiting: another process is running this job\n"
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
