"""Exclusive locks between processes; the operating system releases them when their process ends for any reason."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from crack_exp.system.errors import UserError
from crack_exp.system.permissions import follow_folder, make_folder

log = logging.getLogger(__name__)


@contextmanager
def exclusive_lock(file: Path, waiting: str = "") -> Iterator[None]:
    """Hold an exclusive lock on `file` among the processes of this machine; log `waiting` if it has to wait for it.

    Raises OSError if there can be no such file.
    """
    make_folder(file.parent)
    with _made_or_opened(file) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                log.info(waiting)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def sole_lock(file: Path, refusal: str) -> Iterator[None]:
    """Hold an exclusive lock on `file`, which is deleted at the end.

    Raises UserError with the sentence `refusal` where another process holds it.
    """
    make_folder(file.parent)
    with _made_or_opened(file) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(refusal) from None
        except OSError:  # a disk without locks: there, nobody can be told apart
            pass
        if not _is_open_file(lock.fileno(), file):  # its holder has just deleted it
            raise UserError(refusal)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def _is_open_file(descriptor: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        return False


def is_locked(file: Path) -> bool:
    """Whether any process, including this one, holds the `exclusive_lock` on this file."""
    if not file.exists():
        return False
    with _opened(file) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _made_or_opened(file: Path) -> IO[bytes]:
    try:
        made = file.open("xb")
    except FileExistsError:
        with suppress(FileNotFoundError):
            return _opened(file)
        made = file.open("ab")  # its holder has just deleted it
    follow_folder(file)
    return made


def _opened(file: Path) -> IO[bytes]:
    """For writing, which network file systems ask for; a file of another user may be open for reading alone."""
    try:
        return file.open("r+b")
    except PermissionError:
        return file.open("rb")
