"""Exclusive locks between processes, on one machine or on several that share a folder; each ends with its holder.

A lock is a folder with one file, whose name is a number. Who takes the lock creates the file of the next number, which
only one process can (O_EXCL, on NFS too), and deletes the one before: the highest number holds. The holder changes its
file every few seconds. On its own machine the system says at once that a holder is dead, as its `flock` is gone.
On another one it counts as dead when its file has not changed for a minute by the clock of who waits: clocks of two
machines are never compared. A holder that was only stopped finds a higher number, and must write no more.
"""

import errno
import fcntl
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from crack_exp.system import lock_holders
from crack_exp.system.errors import UserError
from crack_exp.system.files import atomic_file
from crack_exp.system.lock_holders import FREE, is_held, is_known_to_live, look_anew, machine_of
from crack_exp.system.machine import host_name
from crack_exp.system.permissions import follow_folder, make_folder

BEAT_S = 5.0
"""A holder changes its file so often."""

FIRST_POLL_S, LONGEST_POLL_S = 0.02, 1.0

log = logging.getLogger(__name__)


class LockLost(UserError):
    """Another process has taken over: nothing more may be written."""


class Held:
    """A lock that this process holds; its file, open."""

    def __init__(self, file: Path, descriptor: int, machine: str) -> None:
        """machine: on which a `flock` on the file tells whether this process lives; "" where there is none."""
        self._file, self._descriptor, self._machine = file, descriptor, machine
        self._beats, self._closing = 0, threading.Lock()
        self.beat()

    def beat(self) -> None:
        """Change the file. Raises OSError."""
        with self._closing:
            if self._descriptor >= 0:
                self._beats += 1
                holder = {"machine": self._machine, "host": host_name(), "process": os.getpid(), "beat": self._beats}
                self._write(f"{json.dumps(holder)}\n".encode())
                if self._beats > 1:  # for other machines; the first one has as long as any other
                    os.fsync(self._descriptor)

    def is_lost(self) -> bool:
        """Whether another process has taken it."""
        try:
            is_deleted = os.fstat(self._descriptor).st_nlink == 0
        except OSError as error:
            return error.errno == errno.ESTALE  # NFS, of a file that another machine has deleted
        return is_deleted or self._file.with_name(str(int(self._file.name) + 1)).exists()

    def check(self) -> None:
        """Raise LockLost where another process has taken it."""
        if self.is_lost():
            what = f"this process was silent for more than {lock_holders.SILENCE_S:g} s"
            raise LockLost(f"'{self._file.parent}': {what}, and another one has taken over; nothing more is written")

    def release(self) -> None:
        _held.pop(self._file, None)
        with self._closing, suppress(OSError):  # what cannot be written any more is not held any more
            self._write(FREE)
        self.close()

    def close(self) -> None:
        with self._closing:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, content: bytes) -> None:
        os.pwrite(self._descriptor, content, 0)
        os.ftruncate(self._descriptor, len(content))


_held = dict[Path, Held]()
_beating: list[threading.Thread] = []


@contextmanager
def exclusive_lock(folder: Path, waiting: str = "") -> Iterator[Held]:
    """Hold the lock `folder` among all processes that see this folder; log `waiting` if it has to wait for it.

    Raises OSError if there can be no such folder.
    """
    poll_s, held = FIRST_POLL_S, try_lock(folder)
    if waiting and held is None:
        log.info("%s (%s)", waiting, holder_of(folder) or "just ended")
    while held is None:
        time.sleep(poll_s)
        poll_s = min(2 * poll_s, LONGEST_POLL_S)
        held = try_lock(folder)
    try:
        yield held
    finally:
        held.release()


@contextmanager
def sole_lock(folder: Path, refusal: str) -> Iterator[Held]:
    """Hold the lock `folder`, which is deleted at the end.

    Raises UserError with the sentence `refusal` where another process holds it. One on another machine is watched
    first, until it shows that it lives.
    """
    look_anew(folder / str(_highest(folder)))  # it may have died since this process looked last
    held = try_lock(folder)
    if held is None:
        log.info("looking whether %s still works there", holder_of(folder) or "another process")
    while held is None:
        if is_known_to_live(folder / str(_highest(folder))):
            raise UserError(refusal)
        time.sleep(LONGEST_POLL_S)
        held = try_lock(folder)
    try:
        yield held
    finally:
        is_own = not held.is_lost()
        held.release()
        if is_own:
            shutil.rmtree(folder, ignore_errors=True)


def try_lock(folder: Path) -> Held | None:
    """The lock, None where another process holds it; to be released. Raises OSError if there can be no such folder."""
    make_folder(folder)
    last = _highest(folder)
    file = folder / str(last + 1)
    if last and is_held(folder / str(last)):
        return None
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except (FileExistsError, FileNotFoundError):  # another one was faster, or has just deleted the folder
        return None
    follow_folder(file)
    try:
        held = Held(file, descriptor, machine_of(descriptor) if _is_flocked(descriptor) else "")
    except OSError:  # a full disk
        os.close(descriptor)
        file.unlink(missing_ok=True)
        raise
    if _highest(folder) > last + 1:  # what was read above was old
        held.close()
        file.unlink(missing_ok=True)
        return None
    _delete_below(folder, last + 1)
    _held[file] = held
    _start_beating()
    return held


def _is_flocked(descriptor: int) -> bool:
    """Whether the system tells when this process ends; on a disk without locks the heartbeat alone does."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_locked(folder: Path) -> bool:
    """Whether any process, including this one, holds the lock; of another machine's it is known after some looks."""
    last = _highest(folder) if folder.is_dir() else 0
    return bool(last) and is_held(folder / str(last))


def holder_of(folder: Path) -> str | None:
    """'host-a, process 4711': who holds the lock, None where that is not known."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        holder = json.loads((folder / str(_highest(folder))).read_text())
        return f"{holder['host']}, process {holder['process']}"
    return None


def folder_id(folder: Path) -> str:
    """A name of the folder that is the same on all machines that share it, and no other folder's. Raises OSError."""
    file = folder / "id"
    with exclusive_lock(folder / "id.lease"):
        if not file.exists():
            with atomic_file(file) as new:
                new.write(token_hex(8).encode())
            follow_folder(file)
        return file.read_text()


def raise_if_lost() -> None:
    """Raise LockLost where another process took over what this one works on. Call it before something is written."""
    for held in list(_held.values()):
        held.check()


def _highest(folder: Path) -> int:
    """The highest number in the folder, 0 where there is none."""
    with suppress(FileNotFoundError):
        return max((int(name) for name in os.listdir(folder) if name.isdecimal()), default=0)
    return 0


def _delete_below(folder: Path, number: int) -> None:
    for name in os.listdir(folder):
        if name.isdecimal() and int(name) < number:
            look_anew(folder / name)
            (folder / name).unlink(missing_ok=True)


def _start_beating() -> None:
    if not _beating:
        _beating.append(threading.Thread(target=_beat, daemon=True, name="locks"))
        _beating[0].start()


def _beat() -> None:
    while True:
        time.sleep(BEAT_S)
        for held in list(_held.values()):
            with suppress(OSError):  # tried again at the next one; where it lasts, another process takes over
                held.beat()


def _forget() -> None:
    """In a forked process, which holds nothing of what its parent holds."""
    _held.clear()
    _beating.clear()


os.register_at_fork(after_in_child=_forget)
