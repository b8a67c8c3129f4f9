"""The jobs of a sweep that several workers share: each is claimed by one, and left behind done, failed or open."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex

from crack_exp.system.files import write_text
from crack_exp.system.locks import Held, LockLost, holder_of, try_lock
from crack_exp.system.machine import host_name
from crack_exp.system.own_files import reading_own_file

JOBS = "jobs"
"""The folder of the claims in the folder of a sweep."""

POLL_S = 1.0
ENDED = "ended.json"
"""Beside the number of who holds the lock: on NFS, who makes a file sees what others made in that folder before."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ended:
    """What became of a job. error: (command, sentence) of one that failed; folder: of its worker, by `host`.

    attempt: another one each time: what fails twice by the same error has failed twice.
    """

    host: str
    folder: str
    error: tuple[str, str] | None
    attempt: str


class Claims:
    """The jobs in `folder`, which all workers share: job 3 has the lock `3`, and `3/ended.json` in the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._failed_before = {file: file.read_bytes() for file in folder.glob(f"*/{ENDED}") if _read(file).error}

    def next(self, jobs: Sequence[int]) -> tuple[int, Held] | None:
        """The first of `jobs` that is open, claimed by this process; None where there is none, or no longer any."""
        told = set[int]()
        while waiting := [job for job in jobs if not self.has_ended(job)]:
            for job in waiting:
                if (held := try_lock(self._folder / str(job))) is None:
                    continue
                if not self.has_ended(job):
                    return job, held
                held.release()
            if new := [job for job in waiting if job not in told and not self.has_ended(job)]:
                told |= set(new)
                log.info("waiting for %s, to take over what is left behind", ", ".join(map(self._whose, new)))
            time.sleep(POLL_S)
        return None

    @contextmanager
    def claimed(self, held: Held) -> Iterator[None]:
        """Gives the claim back at the end. A claim that another worker took over meanwhile is told, and is no error."""
        try:
            held.check()
            yield
        except LockLost as lost:
            log.warning("%s", lost)
        finally:
            held.release()

    def end(self, job: int, held: Held, folder: Path, error: tuple[str, str] | None) -> None:
        """Leave the job behind as done, or as failed. Raises LockLost where it is another worker's by now."""
        held.check()
        write_text(self._file(job), json.dumps(asdict(Ended(host_name(), str(folder.resolve()), error, token_hex(4)))))

    def has_ended(self, job: int) -> bool:
        """Whether it is done, or has failed since this worker started: what failed before is tried again."""
        file = self._file(job)
        return file.exists() and file.read_bytes() != self._failed_before.get(file)

    def errors(self) -> list[tuple[str, str]]:
        """(command, sentence) of each job that failed."""
        files = sorted(self._folder.glob(f"*/{ENDED}"), key=lambda file: int(file.parent.name))
        return [ended.error for file in files if (ended := _read(file)).error]

    def _file(self, job: int) -> Path:
        return self._folder / str(job) / ENDED

    def _whose(self, job: int) -> str:
        return f"job {job} of {holder_of(self._folder / str(job)) or 'another worker'}"


def do_open_jobs(claims: Claims, jobs: Sequence[int], do: Callable[[int, Held], None]) -> None:
    """Claim and do one job after the other, until all of all workers have ended.

    do: does the job with this number, and says how it ended by `Claims.end`.
    """
    while claimed := claims.next(jobs):
        job, held = claimed
        with claims.claimed(held):
            do(job, held)


def _read(file: Path) -> Ended:
    with reading_own_file(file, "delete it, and the job is done again"):
        kept = json.loads(file.read_text())
        return Ended(kept["host"], kept["folder"], kept["error"] and tuple(kept["error"]), kept["attempt"])
