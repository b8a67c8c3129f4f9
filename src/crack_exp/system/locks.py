"""Exclusive locks between processes; the operating system releases them when their process ends for any reason."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)


@contextmanager
def exclusive_lock(file: Path, waiting: str = "") -> Iterator[None]:
    """Hold an exclusive lock on `file` among the processes of this machine; log `waiting` if it has to wait for it."""
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
    """Whether any process, including this one, holds the `exclusive_lock` on this file."""
    if not file.exists():
        return False
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
