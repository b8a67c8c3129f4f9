"""Whether the process that holds a lock still lives, by the file that it changes; see locks.

On the machine of the holder the system tells, by its `flock`. On another one, a file that has not changed for a minute
says so, by the clock of who looks.
"""

import fcntl
import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from crack_exp.system.machine import boot_id

SILENCE_S = 60.0
"""A holder whose file has not changed for so long has lost the lock."""

MIN_LOOKS = 3
"""So many times that is seen at least: who waits may have been stopped itself."""

FREE = b"free\n"


@dataclass
class _Seen:
    """What a lock's file held, when it was looked at last, and for how long, and in how many looks, it stayed so.

    has_changed: while this process looked, so that its holder lived.
    """

    content: bytes
    looked: float
    has_changed: bool
    silent_s: float = 0.0
    looks: int = 0


_seen = dict[Path, _Seen]()


def look_anew(file: Path) -> None:
    """Forget what was seen of this file."""
    _seen.pop(file, None)


def is_held(file: Path) -> bool:
    """Whether a living process holds the lock by this file; of another machine's it is known after some looks."""
    try:
        with _opened(file) as lock:
            content = lock.read()
            return content != FREE and not _died_here(lock, content) and not _is_silent(file, content)
    except FileNotFoundError:  # there is a higher number by now
        return False


def _died_here(lock: IO[bytes], content: bytes) -> bool:
    """Whether the holder ran on this machine, and does no longer."""
    if _machine_in(content) != machine_of(lock.fileno()):
        return False
    with suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back as the file is closed
        return True
    return False


def is_known_to_live(file: Path) -> bool:
    """Whether the holder runs on this machine, or its file has changed while this process looked."""
    with suppress(FileNotFoundError), _opened(file) as lock:
        is_here = _machine_in(lock.read()) == machine_of(lock.fileno())
        return is_here or (file in _seen and _seen[file].has_changed)
    return False


def machine_of(descriptor: int) -> str:
    """The same for processes between which a `flock` on this file holds: of one kernel, by one mount of the disk."""
    return f"{boot_id()} {os.fstat(descriptor).st_dev}"


def _machine_in(content: bytes) -> str | None:
    """The machine of the holder; None while the file is being written."""
    try:
        machine: Any = json.loads(content)["machine"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(machine)


def _is_silent(file: Path, content: bytes) -> bool:
    """Whether the file has not changed for so long that its holder counts as dead."""
    now, seen = time.monotonic(), _seen.get(file)
    if seen is None or seen.content != content:
        _seen[file] = _Seen(content, now, has_changed=seen is not None)
        return False
    # Not more for one look: in a longer pause this process may have been stopped, and the other one with it.
    seen.silent_s += min(now - seen.looked, SILENCE_S / MIN_LOOKS)
    seen.looked, seen.looks = now, seen.looks + 1
    return seen.silent_s >= SILENCE_S and seen.looks >= MIN_LOOKS


def _opened(file: Path) -> IO[bytes]:
    """For writing, which network file systems ask for; a file of another user may be open for reading alone."""
    try:
        return file.open("r+b")
    except PermissionError:
        return file.open("rb")
