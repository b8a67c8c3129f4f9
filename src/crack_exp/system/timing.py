"""Measures the wall time of each part of a run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_imported = iter([time.monotonic()])

START_UP, OTHER = "start-up", "other"


def job_start() -> float:
    """Start time of the current job. The first job of a process starts with this import, later ones at the call."""
    return next(_imported, time.monotonic())


class Stopwatch:
    """Seconds by part since `began`; each second counts once, for the innermost active part."""

    def __init__(self, began: float) -> None:
        self._since = time.monotonic()
        self._active = [OTHER]
        self._seconds = {START_UP: self._since - began}

    def enter(self, part: str) -> None:
        self._add_elapsed()
        self._active.append(part)

    def leave(self) -> None:
        self._add_elapsed()
        self._active.pop()

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds so far by part, in the order in which the parts began; `other` comes last."""
        self._add_elapsed()
        return {part: self._seconds[part] for part in sorted(self._seconds, key=OTHER.__eq__)}

    def _add_elapsed(self) -> None:
        part, now = self._active[-1], time.monotonic()
        self._seconds[part] = self._seconds.get(part, 0.0) + now - self._since
        self._since = now


_current: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)


@contextmanager
def stopwatch(began: float) -> Iterator[Stopwatch]:
    """The stopwatch for all code inside that uses `timed`. began: `time.monotonic()` at the start."""
    token = _current.set(Stopwatch(began))
    try:
        yield current()
    finally:
        _current.reset(token)


def current() -> Stopwatch:
    """The stopwatch of the current run; outside of a run, a new one that is discarded."""
    return _current.get() or Stopwatch(time.monotonic())


@contextmanager
def timed(part: str) -> Iterator[None]:
    """Count the time inside for `part`, except for time that an inner `timed` counts for another part."""
    watch = current()
    watch.enter(part)
    try:
        yield
    finally:
        watch.leave()
