"""Memory that is free, and the sentence for what needs more: otherwise the system would kill the process."""

from pathlib import Path

from crack_exp.system.errors import UserError

SYSTEM, CONTAINER = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def check_memory(needed_bytes: float, setting: str, what: str, remedy: str) -> None:
    """Raise UserError where `what` needs more memory than is free; `setting`: as typed, `remedy`: what to change."""
    free = free_bytes()
    if free is not None and needed_bytes > free:
        raise UserError(
            f"{setting}: {what} need {needed_bytes / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; {remedy}"
        )


def free_bytes() -> int | None:
    """Memory of this machine, or of its container, that a process can still get; None where it is not known."""
    known = [free for free in (_of_system(), _of_container()) if free is not None]
    return min(known, default=None)


def _of_system() -> int | None:
    available = _value(SYSTEM, "MemAvailable:")
    return None if available is None else available * 1024


def _of_container() -> int | None:
    """By its limit; files that the system keeps in memory do not count, since it can drop them."""
    limit, used = _value(CONTAINER / "memory.max"), _value(CONTAINER / "memory.stat", "anon")
    return None if limit is None or used is None else max(limit - used, 0)


def _value(file: Path, name: str = "") -> int | None:
    """The number behind `name` at the beginning of a line; without a name, the number that the file is."""
    try:
        lines = [line.split() for line in file.read_text().splitlines()]
    except OSError:
        return None
    found = [words[1] if name else words[0] for words in lines if words and (not name or words[0] == name)]
    return int(found[0]) if found and found[0].isdigit() else None
