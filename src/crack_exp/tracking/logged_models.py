"""The files of logged and registered models."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from crack_exp.system.errors import UserError
from crack_exp.tracking.address import StoreAddress, sqlite_file
from crack_exp.tracking.client import connect
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.fail_safe import reason

if TYPE_CHECKING:
    from mlflow import MlflowClient

REGISTERED = "models:/"
ALIAS = "@"
LOGGED = "models:/m-"
"""How the address of a logged model begins that is registered."""


def file_of_run(store: StoreAddress, run_id: str, path: str) -> Path:
    """A file of the model that a run logged; downloaded where it is on another machine. Raises UserError."""
    return _file(store, lambda client: _place_of_run(client, run_id), path, named=run_id)


def file_of_registered(store: StoreAddress, name: str, path: str) -> Path:
    """A file of the registered model `models:/NAME@ALIAS` or `models:/NAME/VERSION`. Raises UserError."""
    return _file(store, lambda client: _place_of_registered(client, name), path, named=name)


def _file(store: StoreAddress, place: Callable[["MlflowClient"], str], path: str, named: str) -> Path:
    # The place of the files is looked up here: MLflow would look up runs:/ and models:/ in the store of the process.
    database = sqlite_file(store.absolute)
    if database is not None and not database.is_file():  # MLflow would make one
        raise UserError(
            f"model={named}: {store.setting}: there is no store '{database}'; name the store of crack_exp.run"
        )
    try:
        with mlflow_environment():
            import mlflow.artifacts

            files = place(connect(store)).rstrip("/")
            return Path(mlflow.artifacts.download_artifacts(f"{files}/{path}", tracking_uri=store.to_connect))
    except Exception as error:  # whatever MLflow, a disk or HTTP may raise
        raise UserError(
            f"model={named}: {store.absolute} has no such model of crack_exp ({reason(error)}); "
            "check name and tracking.uri, or give the path of its .keras file"
        ) from error


def _place_of_run(client: "MlflowClient", run_id: str) -> str:
    logged = client.get_run(run_id).outputs.model_outputs
    if not logged:
        raise UserError("the run logged no model")
    return str(client.get_logged_model(logged[-1].model_id).artifact_location)


def _place_of_registered(client: "MlflowClient", uri: str) -> str:
    name, _, alias = uri.removeprefix(REGISTERED).partition(ALIAS)
    if alias:
        version = client.get_model_version_by_alias(name, alias).version
    else:
        name, _, version = name.partition("/")
    place = str(client.get_model_version_download_uri(name, version))
    if place.startswith(LOGGED):
        place = str(client.get_logged_model(place.removeprefix(REGISTERED)).artifact_location)
    return place
