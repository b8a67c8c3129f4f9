"""Calls to MLflow whose failures do not stop the run, and are reported at its end."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crack_exp.tracking.credentials import without_credentials
from crack_exp.tracking.environment import mlflow_environment

log = logging.getLogger(__name__)

# Each attempt may last until the timeout: a server that does not respond must not delay every epoch.
MAX_FAILURES_IN_A_ROW = 3
REASON_CHARACTERS = 200
OF_EPOCH = " of epoch "


@dataclass(frozen=True)
class FailedCall:
    """A failed call. what: it would have recorded; call: to try again; reason: of the failure."""

    what: str
    call: Callable[[], object]
    reason: str


class FailSafe:
    """Makes the calls, keeps those that failed, and stops after MAX_FAILURES_IN_A_ROW."""

    def __init__(self) -> None:
        self.failed_calls: list[FailedCall] = []
        self._failures_in_a_row = 0
        self._warned = False

    def attempt(self, what: str, call: Callable[[], object]) -> None:
        """Make `call`, which records `what`; an exception becomes an entry in `failed_calls`."""
        if self._failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            self.failed_calls.append(FailedCall(what, call, "not tried after several failures in a row"))
            return
        try:
            with mlflow_environment():
                call()
            self._failures_in_a_row = 0
        except Exception as error:  # whatever the disk, sqlite, a database driver or HTTP may raise
            self._failures_in_a_row += 1
            self.failed_calls.append(FailedCall(what, call, reason(error)))
            self._warn_once()

    def reset(self) -> None:
        """Try the next calls again."""
        self._failures_in_a_row = 0

    def retry_failed(self) -> None:
        """Try the failed calls once more: a server may be available again, or a lock released."""
        failed, self.failed_calls = self.failed_calls, []
        for one in failed:
            self.attempt(one.what, one.call)

    def _warn_once(self) -> None:
        if not self._warned:
            self._warned = True
            one = self.failed_calls[-1]
            log.warning("MLflow did not record %s (%s); the run continues without it.", one.what, one.reason)


def summary(failed_calls: Iterable[FailedCall]) -> list[str]:
    """What is missing and why: a line for each kind, with all its epochs."""
    kinds: dict[str, list[FailedCall]] = {}
    for one in failed_calls:
        kinds.setdefault(one.what.partition(OF_EPOCH)[0], []).append(one)
    return [f"{_together(kind, some)} ({some[0].reason})" for kind, some in kinds.items()]


def _together(kind: str, some: list[FailedCall]) -> str:
    epochs = [one.what.partition(OF_EPOCH)[2] for one in some]
    return kind + (OF_EPOCH + ", ".join(epochs) if any(epochs) else "")


def reason(error: BaseException) -> str:
    """The first line of the original error, without the errors that libraries wrap around it."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return first_line(error)


def first_line(error: BaseException) -> str:
    """Type and first line of an error; a driver may name the whole address."""
    lines = without_credentials(str(error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:REASON_CHARACTERS]}" if lines else type(error).__name__
