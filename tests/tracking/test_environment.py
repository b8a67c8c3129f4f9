import logging
import os
import subprocess
import sys

import pytest

from crack_exp.tracking.environment import VARIABLES, mlflow_environment


def test_variables_and_log_levels_are_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    before = {name: os.environ.get(name) for name in VARIABLES}
    with mlflow_environment():
        pass  # the first time imports MLflow, which sets its log levels
    level = logging.getLogger("mlflow").level
    with pytest.raises(RuntimeError), mlflow_environment():
        assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "77"  # the user's value is kept
        assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
        assert logging.getLogger("mlflow").level == logging.CRITICAL
        raise RuntimeError
    assert {name: os.environ.get(name) for name in VARIABLES} == before
    assert logging.getLogger("mlflow").level == level != logging.CRITICAL


def test_importing_this_part_imports_neither_mlflow_nor_tensorflow() -> None:
    code = (
        "import sys, crack_exp.tracking.lineage, crack_exp.tracking.open_run, crack_exp.tracking.store;"
        "print({'mlflow', 'tensorflow', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_telemetry_stays_off_in_a_run() -> None:
    code = (
        "from crack_exp.tracking.environment import mlflow_environment\n"
        "with mlflow_environment():\n"
        "    from mlflow.telemetry import get_telemetry_client\n"
        "print(get_telemetry_client())"
    )
    # Each of these alone would disable it.
    hidden = {"CI", "PYTEST_CURRENT_TEST", "MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "GITHUB_ACTIONS"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "None"
