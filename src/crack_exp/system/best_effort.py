"""Pages and pictures, on which no result depends: where one cannot be made, this is told and nothing else is lost."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from crack_exp.system.errors import UserError

REASON_CHARACTERS = 150

log = logging.getLogger(__name__)


class BestEffort:
    """Work on the file `what`. left_out: {part: why it could not be made}; the part "" is all of it."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.left_out: dict[str, str] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """An exception inside leaves out this part alone. Its traceback is in the log of the run."""
        try:
            yield
        except Exception as error:  # images that are gone, a full disk, a bug in a drawing
            self.left_out[name] = _reason(error)
            log.debug("%s: %s", self.what, name, exc_info=True)

    @property
    def sentence(self) -> str:
        """What is missing and why, "" where nothing is."""
        if not self.left_out:
            return ""
        if "" in self.left_out:
            return f"{self.what}: not written ({self.left_out['']}); all results are kept"
        first = next(iter(self.left_out.values()))
        return f"{self.what}: without {', '.join(self.left_out)} ({first}); all results are kept"


@contextmanager
def best_effort(what: str) -> Iterator[BestEffort]:
    """Inside, the file `what` is made. What could not be made is told at the end, in one sentence."""
    effort = BestEffort(what)
    with effort.part(""):
        yield effort
    if effort.sentence:
        log.warning("%s", effort.sentence)


def _reason(error: Exception) -> str:
    """The error of a user or the disk; for a bug also its place."""
    words = " ".join(str(error).split())[:REASON_CHARACTERS]
    if isinstance(error, UserError | OSError):
        return words
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {words}, in {Path(place.filename).name}, line {place.lineno}"
