"""The files of logged and registered models."""

from pathlib import Path
from typing import TYPE_CHECKING

from crack_exp.system.errors import UserError
from crack_exp.tracking.address import StoreAddress, sqlite_file, without_password
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.fail_safe import reason
from crack_exp.tracking.log_model import MODEL_NAME

if TYPE_CHECKING:
    from mlflow import MlflowClient

REGISTERED = "models:/"
ALIAS = "@"


def file_of_run(store: StoreAddress, run_id: str, path: str) -> Path:
    """A file of the model that a run logged; downloaded where it is on another machine. Raises UserError."""
    return _file(store, f"runs:/{run_id}/{MODEL_NAME}", path, named=run_id)


def file_of_registered(store: StoreAddress, name: str, path: str) -> Path:
    """A file of the registered model `models:/NAME@ALIAS` or `models:/NAME/VERSION`. Raises UserError."""
    return _file(store, name, path, named=name)


def _file(store: StoreAddress, uri: str, path: str, named: str) -> Path:
    database = sqlite_file(store.absolute)
    if database is not None and not database.is_file():  # MLflow would make one
        raise UserError(
            f"model={named}: {store.setting}: there is no store '{database}'; name the store of crack_exp.run"
        )
    try:
        with mlflow_environment():
            import mlflow.artifacts
            from mlflow import MlflowClient

            client = MlflowClient(store.absolute, registry_uri=store.absolute)
            folder = _download_uri(client, uri) if uri.startswith(REGISTERED) else uri
            return Path(mlflow.artifacts.download_artifacts(f"{folder}/{path}", tracking_uri=store.absolute))
    except Exception as error:  # whatever MLflow, a disk or HTTP may raise
        raise UserError(
            f"model={named}: {without_password(store.absolute)} has no such model of crack_exp ({reason(error)}); "
            "check name and tracking.uri, or give the path of its .keras file"
        ) from error


def _download_uri(client: "MlflowClient", uri: str) -> str:
    """Where the files of a registered model are."""
    name, _, alias = uri.removeprefix(REGISTERED).partition(ALIAS)
    if alias:
        version = client.get_model_version_by_alias(name, alias).version
    else:
        name, _, version = name.partition("/")
    return str(client.get_model_version_download_uri(name, version)).rstrip("/")
