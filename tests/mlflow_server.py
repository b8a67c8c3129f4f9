"""MLflow's server as a process of its own."""

import os
import shlex
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.commands import clean_environment

SECONDS_TO_START = 180

WITHOUT_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
"""Eight more processes would start, for jobs that this program has none of."""


@contextmanager
def served(
    command: str, home: Path, health: str, environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """What `command` starts, in `home`, as soon as it answers at `health`; a test may kill it."""
    log = home / "mlflow.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            shlex.split(command),
            cwd=home,
            env=clean_environment() | WITHOUT_JOBS | dict(environment or {}),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            wait_until_it_answers(health, server, log)
            yield server
        finally:
            stop(server)


def stop(server: "subprocess.Popen[bytes]") -> None:
    """End it and its workers."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    server.wait(timeout=30)


def wait_until_it_answers(health: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"MLflow does not respond:\n{log.read_text()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
