"""Where the wall time of a run goes, part by part."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_imported = iter([time.monotonic()])

START_UP, OTHER = "start-up", "other"


def job_start() -> float:
    """When the job at hand began: the first of a process with the process, but for Python's own start; others now."""
    return next(_imported, time.monotonic())


class Stopwatch:
    """Seconds by part since `began`; each second counts once, for the innermost part that is at work."""

    def __init__(self, began: float) -> None:
        self._since = time.monotonic()
        self._at_work = [OTHER]
        self._seconds = {START_UP: self._since - began}

    def enter(self, part: str) -> None:
        self._settle()
        self._at_work.append(part)

    def leave(self) -> None:
        self._settle()
        self._at_work.pop()

    @property
    def seconds(self) -> dict[str, float]:
        """So far, by part, in the order in which each began; `other` comes last."""
        self._settle()
        return {part: self._seconds[part] for part in sorted(self._seconds, key=OTHER.__eq__)}

    def _settle(self) -> None:
        part, now = self._at_work[-1], time.monotonic()
        self._seconds[part] = self._seconds.get(part, 0.0) + now - self._since
        self._since = now


_current: ContextVar[Stopwatch | None] = ContextVar("timetable", default=None)


@contextmanager
def stopwatch(began: float) -> Iterator[Stopwatch]:
    """A timetable, for whatever is `timed` something inside. began: what `time.monotonic` gave at its start."""
    token = _current.set(Stopwatch(began))
    try:
        yield current()
    finally:
        _current.reset(token)


def current() -> Stopwatch:
    """That of the run at hand, or one that nobody reads."""
    return _current.get() or Stopwatch(time.monotonic())


@contextmanager
def timed(part: str) -> Iterator[None]:
    """Count the time inside for `part`, but for what is counted for another part within."""
    table = current()
    table.enter(part)
    try:
        yield
    finally:
        table.leave()
