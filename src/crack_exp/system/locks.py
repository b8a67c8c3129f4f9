"""Who is at work: locks that the operating system opens when their holder dies, however it dies."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)


@contextmanager
def exclusive_lock(file: Path, waiting: str = "") -> Iterator[None]:
    """No other process of this machine is inside with this file; one that is makes this one wait, and say so."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                log.info(waiting)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_locked(file: Path) -> bool:
    """Whether a process, this one too, is inside `exclusive_lock` this file."""
    if not file.exists():
        return False
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
