"""Environment of MLflow calls: no log output, no telemetry, short timeouts."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from crack_exp.system.timing import timed

# MLflow's defaults (7 retries, 120 s each) would delay training by a quarter of an hour.
VARIABLES = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "PGCONNECT_TIMEOUT": "10",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
# Caused by MLflow's own imports; its callers cannot avoid them.
WARNINGS = (
    (".*Any type hint is inferred as AnyType", UserWarning),
    ("Operation with range is deprecated", DeprecationWarning),
    ("The ``noload`` loader strategy is deprecated", DeprecationWarning),
)


@contextmanager
def mlflow_environment() -> Iterator[None]:
    """Set the VARIABLES that the user has not set, disable MLflow's loggers and WARNINGS; restore all of it at the end.

    MLflow reads some variables when it is imported, so its first import must be inside this block.
    """
    added = {name: value for name, value in VARIABLES.items() if name not in os.environ}
    os.environ.update(added)
    try:
        with timed("MLflow"), warnings.catch_warnings():
            for message, category in WARNINGS:
                warnings.filterwarnings("ignore", message, category)
            import mlflow  # noqa: F401  (its import sets its loggers' levels: before they are set below)

            # Errors are raised as well, and this package reports them once, in one sentence.
            with _level("mlflow", logging.CRITICAL), _level("urllib3.connectionpool", logging.CRITICAL):
                yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def _level(logger_name: str, level: int) -> Iterator[None]:
    logger = logging.getLogger(logger_name)
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
