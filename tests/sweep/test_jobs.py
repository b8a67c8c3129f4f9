"""One process at a time is at a job."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crack_exp.sweep.jobs import job_lock
from tests.commands import REPOSITORY

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
