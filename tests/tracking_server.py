"""The tracking server of deploy/compose.yaml without containers: PostgreSQL of this machine, and the same command."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.commands import REPOSITORY
from tests.mlflow_server import free_port, served
from tests.postgres import PASSWORD as DATABASE_PASSWORD
from tests.postgres import Postgres

DEPLOY = REPOSITORY / "deploy"
ADMIN_PASSWORD = "tr0ub4dor-and-3"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
"""`${NAME:?what to do}` and `${NAME:-value}` in compose.yaml."""


@dataclass(frozen=True)
class TrackingServer:
    """home: has its files; port: at 127.0.0.1; database: of MLflow."""

    home: Path
    port: int
    database: Postgres

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def login(self) -> dict[str, str]:
        """The variables that a client sets."""
        return {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": ADMIN_PASSWORD}

    @contextmanager
    def up(self, workers: int = 1) -> Iterator["subprocess.Popen[bytes]"]:
        """It runs inside the block, unless it is killed. workers: in place of those of compose.yaml."""
        service = compose(self.port)["services"]["mlflow"]
        command = str(service["command"]).replace("--port 5000", f"--port {self.port}")
        command = command.replace("0.0.0.0", "127.0.0.1").replace("/artifacts", str(self.home / "artifacts"))
        command = re.sub(r"--workers \d+", f"--workers {workers}", command)
        environment = {name: str(value) for name, value in service["environment"].items()}
        environment |= {"MLFLOW_AUTH_CONFIG_PATH": str(DEPLOY / "auth.ini"), **self.database.environment}
        folder = Path(sys.executable).parent
        with served(f"{folder}/{command}", self.home, f"{self.address}/health", environment) as process:
            yield process


def tracking_server(home: Path, database: Postgres) -> TrackingServer:
    """A server at a free port, not started yet."""
    return TrackingServer(home, free_port(), database)


def compose(port: int) -> Any:
    """deploy/compose.yaml, its variables filled in."""
    known = {
        "DATABASE_PASSWORD": DATABASE_PASSWORD,
        "ADMIN_PASSWORD": ADMIN_PASSWORD,
        "SECRET_KEY": os.urandom(16).hex(),
        "ALLOWED_HOSTS": f"127.0.0.1:{port}",
    }
    return yaml.safe_load(filled_in((DEPLOY / "compose.yaml").read_text(), known))


def filled_in(text: str, known: Mapping[str, str]) -> str:
    """As docker compose does it. Raises KeyError for a variable that must be set, and is not."""

    def value(match: "re.Match[str]") -> str:
        name, kind, other = match.groups()
        return known.get(name) or other if kind == "-" else known[name]

    return VARIABLE.sub(value, text)
