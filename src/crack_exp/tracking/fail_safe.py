"""Calls to the tracker whose failures never stop the work, and are never forgotten."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crack_exp.tracking.address import without_password
from crack_exp.tracking.environment import mlflow_environment

log = logging.getLogger(__name__)

# Each try may last as long as the tracker's timeout: a server that is gone must not slow down every epoch.
FAILURES_BEFORE_SILENCE = 3
REASON_CHARACTERS = 200
OF_EPOCH = " of epoch "


@dataclass(frozen=True)
class Missed:
    """A call that did not get through: what it would have recorded, how to try again, and why it failed."""

    what: str
    call: Callable[[], object]
    reason: str


class FailSafe:
    """Makes the calls, remembers those that failed, and stops trying after several failures in a row."""

    def __init__(self) -> None:
        self.missed: list[Missed] = []
        self._failures_in_a_row = 0
        self._warned = False

    def attempt(self, what: str, call: Callable[[], object]) -> None:
        """Make `call`, which records `what`; an exception becomes an entry in `missed`."""
        if self._failures_in_a_row >= FAILURES_BEFORE_SILENCE:
            self.missed.append(Missed(what, call, "not tried, the tracker had failed several times in a row"))
            return
        try:
            with mlflow_environment():
                call()
            self._failures_in_a_row = 0
        except Exception as error:  # whatever the disk, sqlite, a database driver or HTTP may raise
            self._failures_in_a_row += 1
            self.missed.append(Missed(what, call, reason(error)))
            self._warn_once()

    def listen_again(self) -> None:
        """End the silence: the next calls are tried."""
        self._failures_in_a_row = 0

    def retry_missed(self) -> None:
        """Try once more what failed: a server may be back, a lock released."""
        missed, self.missed = self.missed, []
        for one in missed:
            self.attempt(one.what, one.call)

    def _warn_once(self) -> None:
        if not self._warned:
            self._warned = True
            one = self.missed[-1]
            log.warning("MLflow did not record %s (%s); the run goes on without it.", one.what, one.reason)


def summary(missed: Iterable[Missed]) -> list[str]:
    """What is missing and why: a line for each kind, the epochs of one kind together."""
    kinds: dict[str, list[Missed]] = {}
    for one in missed:
        kinds.setdefault(one.what.partition(OF_EPOCH)[0], []).append(one)
    return [f"{_together(kind, some)} ({some[0].reason})" for kind, some in kinds.items()]


def _together(kind: str, some: list[Missed]) -> str:
    epochs = [one.what.partition(OF_EPOCH)[2] for one in some]
    return kind + (OF_EPOCH + ", ".join(epochs) if any(epochs) else "")


def reason(error: BaseException) -> str:
    """One line that says what went wrong in the first place, below what libraries wrap around it."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return first_line(error)


def first_line(error: BaseException) -> str:
    """Kind and first line of an error, without passwords."""
    lines = without_password(str(error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:REASON_CHARACTERS]}" if lines else type(error).__name__
