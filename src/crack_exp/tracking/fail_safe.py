"""Recording whose failures do not stop the run: what MLflow did not take is kept, and tried again."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from crack_exp.tracking.credentials import without_credentials
from crack_exp.tracking.entries import Entry
from crack_exp.tracking.environment import mlflow_environment

log = logging.getLogger(__name__)

# Each attempt may last until the timeout: a server that does not respond must not delay every epoch.
MAX_FAILURES_IN_A_ROW = 3
REASON_CHARACTERS = 200
OF_EPOCH = " of epoch "


@dataclass(frozen=True)
class Owed:
    """An entry that could not be recorded, and the reason."""

    entry: Entry
    reason: str


class FailSafe:
    """Records entries, keeps those that failed, and stops after MAX_FAILURES_IN_A_ROW.

    record: writes one entry to MLflow; keep: writes all that is owed into a file, after each change.
    """

    def __init__(
        self, record: Callable[[Entry], object], keep: Callable[[Sequence[Owed]], object], owed: Sequence[Owed] = ()
    ) -> None:
        self.owed = list(owed)
        self._record, self._keep = record, keep
        self._failures_in_a_row = 0
        self._warned = False

    def attempt(self, entry: Entry) -> None:
        """Record the entry; an exception makes it one that is owed."""
        if self._failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            return self._owe(entry, "not tried after several failures in a row")
        try:
            with mlflow_environment():
                self._record(entry)
            self._failures_in_a_row = 0
        except Exception as error:  # whatever the disk, sqlite, a database driver or HTTP may raise
            self._failures_in_a_row += 1
            self._owe(entry, reason(error))
            self._warn_once()

    def reset(self) -> None:
        """Try the next entries again."""
        self._failures_in_a_row = 0

    def retry(self) -> None:
        """Try what is owed once more: a server may be available again, or a lock released.

        Raises OSError where what is still owed cannot be written into its file.
        """
        owed, self.owed = self.owed, []
        self.reset()
        for one in owed:
            self.attempt(one.entry)
        self._keep(self.owed)

    def _owe(self, entry: Entry, why: str) -> None:
        self.owed.append(Owed(entry, why))
        with suppress(OSError):  # of a full disk: it may have room at the end, when `retry` writes the file again
            self._keep(self.owed)

    def _warn_once(self) -> None:
        if not self._warned:
            self._warned = True
            one = self.owed[-1]
            log.warning("MLflow did not record %s (%s); the run continues without it.", one.entry.what, one.reason)


def summary(owed: Iterable[Owed]) -> list[str]:
    """What is missing and why: a line for each kind, with all its epochs."""
    kinds: dict[str, list[Owed]] = {}
    for one in owed:
        kinds.setdefault(one.entry.what.partition(OF_EPOCH)[0], []).append(one)
    return [f"{_together(kind, some)} ({some[0].reason})" for kind, some in kinds.items()]


def _together(kind: str, some: list[Owed]) -> str:
    epochs = [one.entry.what.partition(OF_EPOCH)[2] for one in some]
    return kind + (OF_EPOCH + ", ".join(epochs) if any(epochs) else "")


def reason(error: BaseException) -> str:
    """The first line of the original error, without the errors that libraries wrap around it."""
    return first_line(chain(error)[-1])


def chain(error: BaseException) -> list[BaseException]:
    """The error and those that it was raised from, the original one last."""
    found = [error]
    while cause := found[-1].__cause__ or found[-1].__context__:
        found.append(cause)
    return found


def first_line(error: BaseException) -> str:
    """Type and first line of an error; a driver may name the whole address."""
    lines = without_credentials(str(error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:REASON_CHARACTERS]}" if lines else type(error).__name__
