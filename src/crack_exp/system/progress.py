"""Progress of long tasks: a live bar with the remaining time on a terminal, a few plain lines in a log.

A terminal shows one bar at a time, always as its last line: what else is written stands above it (`above_the_bar`), and
where the program ends, even by Ctrl-C, the bar goes first (`remove_bar`).
"""

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, TextIO, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

Item = TypeVar("Item")
SECONDS_UNTIL_LINE = 10.0
"""Before the first line in a log; each later one waits twice as long, up to:"""
MOST_SECONDS_UNTIL_LINE = 320.0

_lock = RLock()  # lines are logged from several threads
_bar: "Progress | None" = None


def track(items: Iterable[Item], what: str, total: int) -> Iterator[Item]:
    """Yield `items` and show the progress; `what` is the name of the task ("audit", "painting")."""
    task = Task(what, total)
    try:
        for done, item in enumerate(items, 1):
            yield item
            task.show(done)
    finally:
        task.close()


def awaited(items: Iterable[Item], what: str) -> Iterator[Item]:
    """Yield `items`, each of which may have to be waited for; `what` is done meanwhile, in another process."""
    waiting = iter(items)
    while True:
        with doing(what):
            item = next(waiting, None)
        if item is None:
            return
        yield item


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Show on a terminal that `what` is done inside: work of several seconds without steps that could be counted."""
    task = Task(what, None)
    try:
        yield
    finally:
        task.close()


class Task:
    """A long task, shown from here until `close`, or until another one begins.

    total: its steps, None where their number is not known.
    """

    def __init__(self, what: str, total: int | None) -> None:
        self.what, self.total = what, total
        self._began = self._last = time.monotonic()
        self._wait = SECONDS_UNTIL_LINE
        self._bar = _begin_bar(what, total) if sys.stdout.isatty() else None

    def show(self, done: int) -> None:
        """Show that so many steps are done."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done)
        elif not sys.stdout.isatty() and time.monotonic() - self._last >= self._wait and done != self.total:
            self._last, self._wait = time.monotonic(), min(2 * self._wait, MOST_SECONDS_UNTIL_LINE)
            print(self._line(done), flush=True)

    def close(self) -> None:
        if self._bar is not None and self._bar is _bar:
            remove_bar()

    def _line(self, done: int) -> str:
        if not self.total:
            return f"{self.what}: {done}"
        left = (self._last - self._began) / done * (self.total - done)
        return f"{self.what}: {done} of {self.total}, {left:.0f} s left"


def remove_bar() -> None:
    """Take the bar off the terminal, if there is one: the cursor then stands at the beginning of a blank line."""
    global _bar
    with _lock:
        if _bar is not None:
            _bar.stop()
            _bar = None


def begin_line() -> None:
    """After Ctrl-C, of which a terminal writes `^C`: what follows begins a line. A bar is removed with its line."""
    if _bar is None and sys.stderr.isatty():
        sys.stderr.write("\n")


@contextmanager
def above_the_bar() -> Iterator[None]:
    """What is written inside stands on lines of its own, above the bar."""
    with _lock:
        shown = _bar
        if shown is not None:
            shown.stop()
        try:
            yield
        finally:
            if shown is not None:
                shown.start()


class AboveTheBar(logging.StreamHandler[TextIO]):
    """Log messages on the console."""

    def emit(self, record: logging.LogRecord) -> None:
        with above_the_bar():
            super().emit(record)


def _begin_bar(what: str, total: int | None) -> "Progress":
    """A bar on the terminal, in place of the one that was there."""
    from rich import progress  # late: --help needs no bar

    global _bar
    steps = (progress.MofNCompleteColumn(), progress.TimeRemainingColumn())
    columns = (progress.TextColumn("{task.description}", markup=False), progress.BarColumn())
    with _lock:
        remove_bar()
        _bar = progress.Progress(*columns, *(steps if total else (progress.TimeElapsedColumn(),)), transient=True)
        _bar.add_task(what, total=total)
        _bar.start()
        return _bar
