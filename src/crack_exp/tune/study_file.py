"""A study in a file of its folder: for searches on one machine, or on a disk that several share."""

import sqlite3
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

from crack_exp.system.locks import exclusive_lock, is_locked
from crack_exp.system.own_files import must_be, reading_own_file

FILE, TRIALS = "study.db", "trials"
SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS = 60


@dataclass(frozen=True)
class StudyFile:
    """The file in `folder`, and locks beside it, which the operating system releases when their process ends."""

    folder: Path

    @property
    def address(self) -> str:
        """For SQLAlchemy."""
        return "sqlite://"

    @property
    def engine(self) -> dict[str, object]:
        """Arguments of its engine: a connection of our own, since in an address braces and `?` would be read."""
        return {"creator": self._connect}

    def opening(self) -> AbstractContextManager[None]:
        """Around all that opens the study: what is wrong with the file becomes a UserError."""
        return reading_own_file(self.folder / FILE, "choose another tune.name, or delete that file to begin anew")

    def asking(self) -> AbstractContextManager[None]:
        """Around a search: a file of this machine fails no more once it is open."""
        return nullcontext()

    def check(self) -> None:
        """Raise an exception where an existing file is damaged, or has lost its trials."""
        file = self.folder / FILE
        if not file.exists():
            return
        must_be(file.stat().st_size > 0 or not (self.folder / TRIALS).exists(), "the study whose trials are beside it")
        with closing(self._connect()) as database:
            must_be(database.execute("PRAGMA quick_check").fetchone() == ("ok",), "a whole database")

    def locked(self) -> AbstractContextManager[object]:
        """One process at a time, of all that share the study."""
        return exclusive_lock(self.folder / "study.lease")

    def reserving(self, trial: int) -> AbstractContextManager[object]:
        """The trial is this process's inside."""
        return exclusive_lock(self._lock(trial))

    def is_reserved(self, trial: int) -> bool:
        """Whether a living process has it."""
        return is_locked(self._lock(trial))

    def _lock(self, trial: int) -> Path:
        return self.folder / TRIALS / f"{trial}.lease"

    def _connect(self) -> sqlite3.Connection:
        file, wait_s = self.folder / FILE, SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS
        return sqlite3.connect(file, timeout=wait_s, check_same_thread=False)
