"""Runs that are recorded in PostgreSQL: many at once, and while it refuses, stops and comes back."""

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from mlflow import MlflowClient

from crack_exp.system.errors import UserError
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.credentials import credentials_apart
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.open_run import hand_in, open_run
from crack_exp.tracking.owed_file import OWED
from crack_exp.tracking.recorder import Recorder
from crack_exp.tracking.store import check_store
from tests.commands import clean_environment
from tests.postgres import PASSWORD, Postgres, is_installed, postgres

pytestmark = pytest.mark.skipif(not is_installed(), reason="PostgreSQL is not installed here")

RECORDERS, EPOCHS = 3, 40


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    """Empty at first, and the variables by which clients find it."""
    with postgres(["mlflow"]) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        with mlflow_environment():  # this import warns of what tests cannot change
            importlib.import_module("mlflow.store.tracking.sqlalchemy_store")
        yield server


@pytest.fixture
def store(database: Postgres, tmp_path: Path) -> StoreAddress:
    return store_of(database, tmp_path)


def store_of(database: Postgres, folder: Path) -> StoreAddress:
    return StoreAddress(database.address("mlflow"), folder)


def opened(store: StoreAddress, folder: Path) -> AbstractContextManager[Recorder]:
    folder.mkdir(exist_ok=True)
    return open_run(store, "cracks", output_folder=folder, run_name="one", run_id=None, first_tags={})


def record_epochs(recorder: Recorder, first: int, last: int) -> None:
    for epoch in range(first, last + 1):
        recorder.metrics({"val_loss": 1 / epoch, "val_accuracy": 1 - 1 / epoch}, step=epoch)


def epochs_in(store: StoreAddress, run_id: str) -> list[int]:
    return [metric.step for metric in MlflowClient(store.absolute).get_metric_history(run_id, "val_loss")]


RECORD = """
import sys
from pathlib import Path
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.open_run import open_run
from tests.tracking.test_postgres import EPOCHS, record_epochs
folder = Path(sys.argv[2])
store = StoreAddress(sys.argv[1], folder)
with mlflow_environment():
    import mlflow.store.tracking.sqlalchemy_store
print("ready", flush=True)
sys.stdin.readline()
with open_run(store, "cracks", output_folder=folder, run_name=folder.name, run_id=None, first_tags={}) as recorder:
    recorder.params({"seed": 1})
    record_epochs(recorder, 1, EPOCHS)
    recorder.artifact(folder / "file.txt", None)
print(recorder.run_id, len(recorder.failures))
"""


def test_processes_that_begin_on_an_empty_database_and_record_at_once_lose_nothing(
    store: StoreAddress, tmp_path: Path
) -> None:
    processes = [start_recording(store, tmp_path / f"recorder-{number}") for number in range(RECORDERS)]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=240)[0].split() for process in processes]
    assert [failures for _, failures in said] == ["0"] * RECORDERS
    client = MlflowClient(store.absolute)
    for run_id, _ in said:
        run = client.get_run(run_id)
        assert run.info.status == "FINISHED" and run.data.params == {"seed": "1"}
        assert epochs_in(store, run_id) == list(range(1, EPOCHS + 1))
        assert [file.path for file in client.list_artifacts(run_id)] == ["file.txt"]


def start_recording(store: StoreAddress, folder: Path) -> "subprocess.Popen[str]":
    folder.mkdir()
    (folder / "file.txt").write_text(folder.name)
    words, environment = [sys.executable, "-c", RECORD, store.absolute, str(folder)], clean_environment()
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def test_a_database_that_is_killed_in_mid_run_gets_the_rest_when_it_is_back(
    database: Postgres, store: StoreAddress, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "run"
    with opened(store, folder) as recorder:
        record_epochs(recorder, 1, 3)
        database.stop(signal.SIGKILL)
        try:
            record_epochs(recorder, 4, 12)
            refused = caplog.text
            with pytest.raises(UserError, match="start that database"):
                check_store(store, "cracks", None)
        finally:
            database.start()
        record_epochs(recorder, 13, 14)
    assert refused.count("MLflow did not record") == 1 and PASSWORD not in caplog.text
    assert not (folder / OWED).exists() and recorder.failures == []
    assert sorted(epochs_in(store, recorder.run_id)) == list(range(1, 15))


def test_what_a_stopped_database_did_not_take_is_handed_in_later(
    database: Postgres, store: StoreAddress, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    try:
        with opened(store, folder) as recorder:
            record_epochs(recorder, 1, 2)
            database.stop()
            record_epochs(recorder, 3, 4)
        assert (folder / OWED).is_file() and PASSWORD not in (folder / OWED).read_text()
    finally:
        database.start()
    assert MlflowClient(store.absolute).get_run(recorder.run_id).info.status == "RUNNING"
    assert hand_in(store, "cracks", folder) == recorder.run_id
    assert not (folder / OWED).exists()
    assert epochs_in(store, recorder.run_id) == [1, 2, 3, 4]
    assert MlflowClient(store.absolute).get_run(recorder.run_id).info.status == "FINISHED"


@pytest.mark.parametrize(
    ("user", "name", "remedy"),
    [
        ("mlflow:wr0ng@", "mlflow", "check them: user and password, .* PGUSER and PGPASSWORD"),
        ("nobody:wr0ng@", "mlflow", "check them"),
        ("", "elsewhere", "make that database first, e.g. by createdb"),
    ],
)
def test_a_database_that_refuses_says_so_at_once_and_without_the_password(
    database: Postgres, tmp_path: Path, user: str, name: str, remedy: str
) -> None:
    address = database.address(name).replace("//", f"//{user}")
    with credentials_apart([f"tracking.uri={address}"]) as (override,):
        store = StoreAddress(override.partition("=")[2], tmp_path)
        with pytest.raises(UserError, match=remedy) as caught:
            check_store(store, "cracks", None)
    assert "wr0ng" not in str(caught.value) and PASSWORD not in str(caught.value)
