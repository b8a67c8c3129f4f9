"""MLflow's client for a store, and its errors as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from crack_exp.system.errors import UserError
from crack_exp.tracking.address import StoreAddress, is_server, sqlite_file
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.fail_safe import reason
from crack_exp.tracking.remedy import remedy

if TYPE_CHECKING:
    from mlflow import MlflowClient

MAKING_TABLES = 0x6D6C666C6F77
"""The key of a lock in the database: "mlflow"."""


def connect(store: StoreAddress) -> "MlflowClient":
    """A client of the store and its registry. Call it inside `store_errors`."""
    from mlflow import MlflowClient

    is_database = not is_server(store.absolute) and sqlite_file(store.absolute) is None
    with _connected_alone(store.to_connect) if is_database else nullcontext():
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
        raise UserError(f"{why}; {remedy(store, error)}") from error


@contextmanager
def _connected_alone(database: str) -> Iterator[None]:
    """Raises at once what the database's driver raises: MLflow would try ten times, which takes 100 s.

    In PostgreSQL, one process at a time: the first one to come makes MLflow's tables, and a second one in the midst of
    it would fail.
    """
    from sqlalchemy import NullPool, create_engine, text

    with create_engine(database, poolclass=NullPool).connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MAKING_TABLES})
        yield
