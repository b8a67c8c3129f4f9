"""MLflow's client for a store, and its errors as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crack_exp.system.errors import UserError
from crack_exp.tracking.address import StoreAddress, is_server, sqlite_file, upgrade_command
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.fail_safe import reason

if TYPE_CHECKING:
    from mlflow import MlflowClient


def connect(store: StoreAddress) -> "MlflowClient":
    """A client of the store and its registry. Call it inside `store_errors`."""
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=store.to_connect, registry_uri=store.to_connect)


@contextmanager
def store_errors(store: StoreAddress, doing: str) -> Iterator[None]:
    """MLflow may be called inside; what it raises becomes a UserError: "tracking.uri: cannot DOING 'ADDRESS' ..."."""
    try:
        with mlflow_environment():
            yield
    except UserError:
        raise
    except Exception as error:  # whatever the disk, sqlite, a database driver or HTTP may raise
        why = f"tracking.uri: cannot {doing} '{store.absolute}' ({reason(error)})"
        raise UserError(f"{why}; {_remedy(store, error)}") from error


def _remedy(store: StoreAddress, error: Exception) -> str:
    if isinstance(error, FileNotFoundError) or getattr(error, "error_code", None) == "RESOURCE_DOES_NOT_EXIST":
        return "name the store that has it, e.g. by tracking.uri=sqlite:////home/me/mlflow.db"
    if "out-of-date database schema" in str(error):
        return (
            "the store is of another version of MLflow: install that one, or, where it is an older one, keep a copy of "
            f"the store and bring it up to date by `{upgrade_command(store.absolute)}`"
        )
    if is_server(store.absolute):
        return (
            "start that server; a user and password, if it asks for them, are given by MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD"
        )
    if sqlite_file(store.absolute) is None:
        return "start that database; its user and password, which are kept nowhere, are given by MLFLOW_TRACKING_URI"
    return "name a sqlite file that can be written, e.g. tracking.uri=sqlite:////home/me/mlflow.db"
