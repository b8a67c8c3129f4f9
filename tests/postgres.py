"""PostgreSQL as a process of its own, in a temporary folder and at a free port."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.mlflow_server import free_port

USER, PASSWORD = "mlflow", "c0rrect-h0rse"
UNPRIVILEGED = ("postgres", "nobody")
"""Users that it runs as where the tests run as root, as which it refuses to."""

SECONDS_TO_START = 60


def is_installed() -> bool:
    """Whether there is a PostgreSQL here, and a driver for it."""
    with suppress(ImportError):
        import psycopg  # noqa: F401

        return bool(shutil.which("initdb") and shutil.which("postgres"))
    return False


@dataclass
class Postgres:
    """A server that can be stopped, killed and started again. folder: its data; port: at 127.0.0.1."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which each client of PostgreSQL finds it."""
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": USER, "PGPASSWORD": PASSWORD}

    def address(self, database: str) -> str:
        """Without user and password."""
        return f"postgresql://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        words = ["postgres", "-D", str(self.folder), "-p", str(self.port), "-h", "127.0.0.1", "-k", ""]
        with (self.folder.parent / "postgres.log").open("a") as log:
            self.process = subprocess.Popen(unprivileged(words), stdout=log, stderr=log, start_new_session=True)
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: by SIGINT as an administrator does, breaking off what is open, by SIGKILL as a power cut does."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            if how == signal.SIGKILL:
                os.killpg(self.process.pid, how)
            else:
                self.process.send_signal(how)
        self.process.wait(timeout=30)
        self.process = None

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """The rows that a statement gives."""
        import psycopg

        address = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _wait(self) -> None:
        import psycopg

        until = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                assert self.process is not None
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.1)


@contextmanager
def postgres(databases: Sequence[str]) -> Iterator[Postgres]:
    """A new server with these empty databases; it runs inside the block, and its files are deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="crack_exp_postgres_", ignore_cleanup_errors=True) as place:
        folder, password = Path(place, "data"), Path(place, "password")
        folder.mkdir(mode=0o700)
        password.write_text(PASSWORD)
        if (user := other_user()) is not None:
            os.chown(place, user.pw_uid, user.pw_gid)
            os.chown(folder, user.pw_uid, user.pw_gid)
            os.chown(password, user.pw_uid, user.pw_gid)
        words = ["initdb", "-D", str(folder), "-U", USER, f"--pwfile={password}", "--auth=scram-sha-256", "-E", "UTF8"]
        subprocess.run(unprivileged([*words, "--no-sync", "--locale=C"]), check=True, capture_output=True)
        server = Postgres(folder, free_port())
        try:
            server.start()
            for name in databases:
                server.execute(f"CREATE DATABASE {name}")
            yield server
        finally:
            server.stop(signal.SIGINT)


def other_user() -> "pwd.struct_passwd | None":
    """Whom it runs as; None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError(f"PostgreSQL refuses to run as root, and there is no user {' or '.join(UNPRIVILEGED)}")


def unprivileged(words: list[str]) -> list[str]:
    """The command, as `other_user`."""
    if (user := other_user()) is None:
        return words
    ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["setpriv", *ids, "--", *words]
