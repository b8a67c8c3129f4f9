"""A study in PostgreSQL: for searches on several machines.

Its locks are advisory locks, each of a connection of its own: the database releases them when the process at the other
end is gone, on whatever machine it was.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crack_exp.system.errors import UserError
from crack_exp.tracking.fail_safe import chain, reason

if TYPE_CHECKING:
    from psycopg import Connection

SCHEME = "postgresql"
DRIVER = "psycopg"
LOGIN = "user and password are given by PGUSER and PGPASSWORD, or by ~/.pgpass"

# A machine that lost its power closes no connection: its locks are free after two minutes of silence.
OF_CONNECTION = {
    "connect_timeout": 10,
    "options": "-c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=6",
}


@dataclass(frozen=True)
class StudyDatabase:
    """uri: postgresql://HOST/DATABASE, without user and password; study: its name there."""

    uri: str
    study: str

    @property
    def address(self) -> str:
        """For SQLAlchemy."""
        return self.uri.replace(SCHEME, f"{SCHEME}+{DRIVER}", 1)

    @property
    def engine(self) -> dict[str, object]:
        """Arguments of its engine: a connection for each transaction, so that none outlives a restart."""
        from sqlalchemy import NullPool

        return {"poolclass": NullPool, "connect_args": OF_CONNECTION}

    def opening(self) -> AbstractContextManager[None]:
        return self.asking()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around all that asks the database: where it refuses, a UserError says so in one sentence."""
        try:
            yield
        except Exception as error:
            if isinstance(error, UserError) or not _is_of_database(error):
                raise
            why = f"tune.storage={self.uri}: the study cannot be used ({reason(error)})"
            raise UserError(f"{why}; {_remedy(error)}, and give the same command again to go on") from error

    def check(self) -> None:
        """Raise what the driver raises where the database refuses: Optuna would wait for long."""
        with self._connection():
            pass

    def locked(self) -> AbstractContextManager[None]:
        """One process at a time, of all that share the study."""
        return self._holding("study")

    def reserving(self, trial: int) -> AbstractContextManager[None]:
        """The trial is this process's inside."""
        return self._holding(f"trial {trial}")

    def is_reserved(self, trial: int) -> bool:
        """Whether a living process has it."""
        high, low = divmod(self._key(f"trial {trial}") % 2**64, 2**32)
        held = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
            "AND classid = %s AND objid = %s AND database = (SELECT oid FROM pg_database WHERE datname = "
            "current_database())"
        )
        with self._connection() as connection:
            row = connection.execute(held, (high, low)).fetchone()
        return row is not None and row[0] > 0

    @contextmanager
    def _holding(self, what: str) -> Iterator[None]:
        with self._connection() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (self._key(what),))
            yield

    def _key(self, what: str) -> int:
        """Of a lock: a whole number of 64 bits, with sign."""
        digest = hashlib.sha256(f"{self.study}/{what}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)

    @contextmanager
    def _connection(self) -> Iterator["Connection[tuple[int, ...]]"]:
        import psycopg

        connection = psycopg.connect(self.uri, autocommit=True, **OF_CONNECTION)
        try:
            yield connection
        finally:
            connection.close()


def _is_of_database(error: BaseException) -> bool:
    """Whether the driver, SQLAlchemy or Optuna's storage raised it, or the driver is missing."""
    if isinstance(error, ModuleNotFoundError):
        return error.name == DRIVER
    places = {type(one).__module__.partition(".")[0] for one in chain(error)}
    return bool(places & {"psycopg", "sqlalchemy"})


def _remedy(error: BaseException) -> str:
    said = str(chain(error)[-1])
    if isinstance(error, ModuleNotFoundError):
        return "install its driver by pip install 'crack-exp[postgres]'"
    if "does not exist" in said and "database" in said:
        return "make that database first, e.g. by createdb"
    if "password" in said or "role" in said:
        return LOGIN
    return f"start that database ({LOGIN})"
