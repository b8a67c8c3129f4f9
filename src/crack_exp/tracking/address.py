"""Addresses of tracking stores, always absolute: a relative one would depend on the working directory."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from crack_exp.system.errors import UserError
from crack_exp.system.printed import shell_command
from crack_exp.tracking.credentials import with_credentials
from crack_exp.tracking.saved_view import VIEW


@dataclass(frozen=True)
class StoreAddress:
    """The tracking store from the settings. uri: None for the file `mlflow.db` in `folder`; without credentials."""

    uri: str | None
    folder: Path

    @property
    def absolute(self) -> str:
        """The absolute address of the store, as it may be shown. Raises UserError, see `absolute_uri`."""
        if self.uri is not None:
            return absolute_uri(self.uri)
        check_folder_name(self.folder, "tracking.folder")
        return sqlite_uri(self.folder / "mlflow.db")

    @property
    def to_connect(self) -> str:
        """The same with the user and password that it was given with: for MLflow alone."""
        return with_credentials(self.absolute)

    @property
    def reminder(self) -> str:
        """A comment behind a command that resumes a run, where the store asks for a password."""
        if self.to_connect == self.absolute:
            return ""
        return "  # user and password of the store are not kept: give MLFLOW_TRACKING_URI, or tracking.uri=, with them"

    @property
    def setting(self) -> str:
        """The setting that selects the store, as it was typed."""
        return f"tracking.folder={self.folder}" if self.uri is None else f"tracking.uri={self.uri}"


def check_folder_name(folder: Path, setting: str) -> None:
    """Raise UserError for names that MLflow reads as something else in an address, or cannot store."""
    path = folder.resolve().as_posix()
    if "?" in path or unquote(path) != path or ("'" in path and '"' in path):
        raise UserError(
            f"{setting}: '{path}' holds a question mark, a % with two digits or both kinds of quotes, which MLflow "
            "cannot take in the name of a folder; rename it, or choose another one"
        )


def absolute_uri(uri: str) -> str:
    """The absolute address of the store.

    Raises UserError for stores that MLflow no longer supports, and for stores in memory.
    """
    if uri.startswith("file:") or "://" not in uri:
        raise UserError(
            f"tracking.uri: '{uri}' is a folder of files, which MLflow 3 no longer writes; name a sqlite "
            "file, e.g. sqlite:////home/me/mlflow.db, or a server, e.g. http://localhost:5000"
        )
    if uri in ("sqlite://", "sqlite:///", "sqlite:///:memory:"):
        raise UserError(
            f"tracking.uri: '{uri}' is in memory and would be lost after the run; name a file, "
            "e.g. sqlite:////home/me/mlflow.db"
        )
    database = sqlite_file(uri)
    return uri if database is None else sqlite_uri(database)


def sqlite_uri(database: Path) -> str:
    """The address of a sqlite file."""
    return f"sqlite:///{database.resolve().as_posix()}"


def sqlite_file(uri: str) -> Path | None:
    """The file behind a sqlite address, None for any other store."""
    return Path(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else None


def artifact_location(uri: str, folder: Path) -> str | None:
    """Where a new experiment keeps its files: beside a sqlite file, in `folder` for other databases.

    None for a server, which has its own location. Explicit for the others, because MLflow's default depends on the
    working directory of the first run.
    """
    if is_server(uri):
        return None
    database = sqlite_file(uri)
    return ((folder if database is None else database.parent) / "artifacts").resolve().as_uri()


def is_server(uri: str) -> bool:
    """Whether the address is an MLflow server rather than a database."""
    return uri.startswith(("http://", "https://"))


def runs_page(uri: str, experiment_id: str) -> str:
    """The web page with an experiment's runs and curves; for a database, the one that `ui_command` serves.

    `workflowType` is necessary: by default MLflow opens the pages for traces of language models.
    """
    server = uri.rstrip("/") if is_server(uri) else "http://127.0.0.1:5000"
    shows = f"workflowType=machine_learning&compareRunsMode=CHART&viewStateShareKey={VIEW}"
    return f"{server}/#/experiments/{experiment_id}/runs?{shows}"


def how_to_open(uri: str, experiment_id: str) -> str:
    """Two lines for the console: the command, and the page."""
    return f"MLflow:   {ui_command(uri)}\n          then open {runs_page(uri, experiment_id)}"


def ui_command(uri: str) -> str:
    """The shell command that shows a store's runs in a browser."""
    if is_server(uri):
        return shell_command(["python", "-m", "webbrowser", uri])
    return _noted(shell_command([_mlflow(), "ui", "--backend-store-uri", uri]), uri)


def mlflow_command(uri: str, *words: str) -> str:
    """A shell command of MLflow for this store. Without the address it would make a file in the working directory."""
    return _noted(f"MLFLOW_TRACKING_URI={shell_command([uri])} {shell_command([_mlflow(), *words])}", uri)


def upgrade_command(uri: str) -> str:
    """The shell command that brings a store up to the version of MLflow that is installed."""
    return _noted(shell_command([_mlflow(), "db", "upgrade", uri]), uri)


def _noted(command: str, uri: str) -> str:
    """With a comment where the store asks for a password, which is not shown."""
    return command if with_credentials(uri) == uri else f"{command}  # with user and password in the address"


def _mlflow() -> str:
    """`mlflow`, with its folder where it is not on the PATH: in a .venv that is not activated."""
    if shutil.which("mlflow"):
        return "mlflow"
    return os.path.relpath(Path(sys.executable).parent / "mlflow")
