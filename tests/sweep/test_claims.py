"""Workers share the jobs of a sweep: each is done by one, and what a killed one left is taken over."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from crack_exp.sweep import claims as claims_module
from crack_exp.sweep.claims import Claims, do_open_jobs
from crack_exp.system.locks import Held

WORKS = """
import os, sys, time
from pathlib import Path
from crack_exp.sweep import claims
claims.POLL_S = 0.05
folder, stops_at = Path(sys.argv[1]), int(sys.argv[2])
mine = claims.Claims(folder / "jobs")
def do(job, held):
    if job >= stops_at:
        print("at", job, flush=True)
        time.sleep(100)
    time.sleep(0.02)
    mine.end(job, held, folder, None)
    with (folder / "done").open("a") as file:
        file.write(f"{job} {os.getpid()}\\n")
claims.do_open_jobs(mine, range(12), do)
"""
NEVER = 100


def start(folder: Path, stops_at: int = NEVER) -> subprocess.Popen[str]:
    """A worker, which keeps the first job from this number on for ever."""
    command = [sys.executable, "-c", WORKS, str(folder), str(stops_at)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_three_workers_do_twelve_jobs_once_though_one_of_them_is_killed(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    with start(tmp_path, stops_at=2) as killed:
        assert killed.stdout is not None and killed.stdout.readline() == "at 2\n"
        workers = [start(tmp_path), start(tmp_path)]
        killed.send_signal(signal.SIGKILL)
    for worker in workers:
        assert worker.wait(timeout=60) == 0
        assert worker.stdout is not None
        worker.stdout.close()
    done = [line.split() for line in (tmp_path / "done").read_text().splitlines()]
    assert Counter(job for job, _ in done) == {str(job): 1 for job in range(12)}
    assert str(killed.pid) in {worker for _, worker in done}


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(claims_module, "POLL_S", 0.01)
    return tmp_path


def work(folder: Path, failing: Sequence[int] = ()) -> list[int]:
    """One worker after the other; returns which of three jobs it did."""
    claims, did = Claims(folder), list[int]()

    def do(job: int, held: Held) -> None:
        did.append(job)
        claims.end(job, held, folder, (f"job {job}", "a reason") if job in failing else None)

    do_open_jobs(claims, range(3), do)
    return did


def test_what_is_done_is_not_done_again_and_what_failed_is_tried_once_by_who_comes_later(jobs: Path) -> None:
    assert work(jobs, failing=[1]) == [0, 1, 2]
    assert Claims(jobs).errors() == [("job 1", "a reason")]
    assert work(jobs, failing=[1]) == [1]
    assert work(jobs) == [1]
    assert work(jobs) == [] and Claims(jobs).errors() == []


def test_a_job_that_failed_meanwhile_is_not_tried_by_those_who_were_there(jobs: Path) -> None:
    there = Claims(jobs)
    assert work(jobs, failing=[1]) == [0, 1, 2]
    assert there.next(range(3)) is None


def test_a_job_that_another_worker_took_over_is_not_ended_by_who_lost_it(
    jobs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    claims = Claims(jobs)

    def do(job: int, held: Held) -> None:
        (jobs / "0" / "2").touch()  # who took over
        claims.end(job, held, jobs, None)

    claimed = claims.next([0])
    assert claimed is not None
    with claims.claimed(claimed[1]):
        do(*claimed)
    assert not claims.has_ended(0)
    assert "another one has taken over; nothing more is written" in caplog.text


def test_an_error_gives_the_job_back(jobs: Path) -> None:
    claims = Claims(jobs)

    def interrupted(job: int, held: Held) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do_open_jobs(claims, range(3), interrupted)
    assert work(jobs) == [0, 1, 2]


def test_a_damaged_file_of_a_job_is_named(jobs: Path) -> None:
    work(jobs)
    (jobs / "1" / "ended.json").write_text("{}")
    with pytest.raises(ValueError, match=r"1/ended.json'.*; delete it, and the job is done again"):
        Claims(jobs)
