"""The console of many jobs: a line for each of them, and each warning once. Log files have everything."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

MARK = "is_on_console"
ON_CONSOLE = {MARK: True}
"""The `extra` of a message that consoles show inside `only_lines`, too."""


class OnlyLines(logging.Filter):
    """Lets through what is logged with ON_CONSOLE, and warnings with a text that is new."""

    def __init__(self) -> None:
        super().__init__()
        self._warnings = set[str]()

    def filter(self, record: logging.LogRecord) -> bool:
        known = vars(record)
        if MARK not in known:  # kept with the record, since another console asks again
            known[MARK] = record.levelno >= logging.WARNING and record.getMessage() not in self._warnings
            self._warnings.add(record.getMessage())
        return bool(known[MARK])


@contextmanager
def only_lines(lines: OnlyLines) -> Iterator[None]:
    """Inside the block, consoles show what `lines` lets through."""
    consoles = [one for one in logging.getLogger().handlers if not isinstance(one, logging.FileHandler)]
    for console in consoles:
        console.addFilter(lines)
    try:
        yield
    finally:
        for console in consoles:
            console.removeFilter(lines)
