import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient

from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.saved_view import VIEW_TAG, Columns
from crack_exp.tracking.store import check_store, prepare_store

COLUMNS = Columns(metrics=["test/auroc"], params=["seed"])

# Forked after the import of MLflow, so that all six open the store at the same time.
SIX_RUNS = """
import os, sys, traceback
from pathlib import Path
import mlflow.store.tracking.sqlalchemy_store
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.open_run import open_run

def one_run(name):
    folder = Path(sys.argv[1])
    with open_run(StoreAddress(None, folder), "cracks", output_folder=folder,
                  run_name=name, run_id=None, first_tags={}) as run:
        run.metrics({"val_loss": 0.5}, step=1)
    assert run.failures == [], run.failures

children = []
for number in range(6):
    child = os.fork()
    if child == 0:
        try:
            one_run(f"run {number}")
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    children.append(child)
print([os.waitpid(child, 0)[1] for child in children])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_six_processes_can_create_a_store_at_the_same_time(tmp_path: Path) -> None:
    mlruns = tmp_path / "mlruns"
    command = [sys.executable, "-c", SIX_RUNS, str(mlruns)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[0, 0, 0, 0, 0, 0]", done.stderr
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    runs = client.search_runs([client.get_experiment_by_name("cracks").experiment_id])
    assert sorted(run.info.run_name for run in runs) == [f"run {number}" for number in range(6)]
    assert {(run.info.status, run.data.metrics["val_loss"]) for run in runs} == {("FINISHED", 0.5)}
    assert sorted(path.name for path in mlruns.iterdir()) == ["mlflow.db", "mlflow.db.lock"]


def test_the_experiment_has_its_kind_and_its_files_beside_the_store(mlruns: Path) -> None:
    prepare_store(StoreAddress(None, mlruns), "cracks")
    address = f"sqlite:///{mlruns}/mlflow.db"
    experiment = MlflowClient(tracking_uri=address).get_experiment_by_name("cracks")
    assert experiment.artifact_location == (mlruns / "artifacts").as_uri()
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    prepare_store(StoreAddress(address, mlruns / "unused"), "cracks")
    assert not (mlruns / "unused").exists()


def test_every_experiment_has_the_view_unless_its_user_changed_it(mlruns: Path) -> None:
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    older = client.create_experiment("cracks")
    prepare_store(StoreAddress(None, mlruns), "cracks", COLUMNS)
    saved = json.loads(client.get_experiment(older).tags[VIEW_TAG])
    assert saved["name"] == "results and settings"
    assert "metrics.`test/auroc`" in json.loads(saved["state"])["selectedColumns"]
    for mine in ("mine", json.dumps(saved | {"createdAt": 1_795_000_000_000})):
        client.set_experiment_tag(older, VIEW_TAG, mine)
        prepare_store(StoreAddress(None, mlruns), "cracks", COLUMNS)
        assert client.get_experiment(older).tags[VIEW_TAG] == mine


def test_a_view_of_an_earlier_version_gets_the_columns_of_this_one(mlruns: Path) -> None:
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    prepare_store(StoreAddress(None, mlruns), "cracks", Columns(metrics=["test/auroc_low"], params=[]))
    prepare_store(StoreAddress(None, mlruns), "cracks", COLUMNS)
    saved = client.get_experiment_by_name("cracks").tags[VIEW_TAG]
    assert "test/auroc_low`" not in saved and "test/auroc`" in saved


def test_an_interrupted_creation_leaves_no_incomplete_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:8192])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("shutil.copyfile", interrupted)
        prepare_store(StoreAddress(None, tmp_path), "cracks")
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db.lock"]
    prepare_store(StoreAddress(None, tmp_path), "cracks")
    assert MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db").get_experiment_by_name("cracks") is not None


def test_a_file_that_is_not_a_database_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("my notes, which are longer than the header of a database file " * 20)
    before = (tmp_path / "mlflow.db").read_bytes()
    with pytest.raises(ValueError, match=r"^tracking.uri: .*mlflow.db' \(DatabaseError: file is not"):
        prepare_store(StoreAddress(f"sqlite:///{tmp_path}/mlflow.db", tmp_path), "cracks")
    assert (tmp_path / "mlflow.db").read_bytes() == before


def test_a_read_only_store_is_an_error(mlruns: Path) -> None:
    # The write version in sqlite's file header: above 2 it is read-only, even for root.
    with (mlruns / "mlflow.db").open("r+b") as file:
        file.seek(18)
        file.write(b"\x03")
    with pytest.raises(ValueError, match=r"^tracking.uri: cannot use .*readonly"):
        prepare_store(StoreAddress(None, mlruns), "cracks")


def test_a_store_below_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "mlruns").write_text("a file")
    with pytest.raises(ValueError, match=r"^tracking.uri: cannot use .*mlruns/mlflow.db'"):
        prepare_store(StoreAddress(None, tmp_path / "mlruns"), "cracks")


def test_a_server_that_does_not_respond_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^tracking.uri: .*127.0.0.1:9.*; start that server"):
        prepare_store(StoreAddress("http://127.0.0.1:9", tmp_path), "cracks")


def test_an_unknown_kind_of_store_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^tracking.uri: cannot use the store 'htp://tracker'"):
        prepare_store(StoreAddress("htp://tracker", tmp_path), "cracks")


def test_a_deleted_experiment_is_an_error_with_the_command_to_restore_it(mlruns: Path) -> None:
    prepare_store(StoreAddress(None, mlruns), "cracks")
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    client.delete_experiment(client.get_experiment_by_name("cracks").experiment_id)
    with pytest.raises(ValueError, match=r"^tracking.experiment: 'cracks' was deleted.* restore "):
        prepare_store(StoreAddress(None, mlruns), "cracks")


def test_a_store_that_another_process_prepares_is_waited_for(mlruns: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = sqlite3.connect(mlruns / "mlflow.db.lock", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr("crack_exp.tracking.store.SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS", 0.1)
    with pytest.raises(ValueError, match=r"^tracking.uri: .*database is locked"):
        prepare_store(StoreAddress(None, mlruns), "cracks")
    holder.close()
    prepare_store(StoreAddress(None, mlruns), "cracks")


def refused(mlruns: Path, run_id: str | None = None) -> str:
    """What is said before any work, without a change of the store."""
    file = mlruns / "mlflow.db"
    before = file.read_bytes() if file.is_file() else None
    with pytest.raises(ValueError) as raised:
        check_store(StoreAddress(None, mlruns), "cracks", run_id)
    assert (file.read_bytes() if file.is_file() else None) == before
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_new_store_and_a_new_experiment_are_no_error_and_are_not_made_early(mlruns: Path, tmp_path: Path) -> None:
    check_store(StoreAddress(None, mlruns), "cracks", None)
    assert client_of(mlruns).get_experiment_by_name("cracks") is None
    check_store(StoreAddress(None, tmp_path / "new" / "mlruns"), "cracks", None)
    assert not (tmp_path / "new").exists()


def test_a_store_that_cannot_be_used_is_noticed_early(
    mlruns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crack_exp.tracking.store.SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS", 0.1)
    (tmp_path / "file").write_text("a file")
    assert f"NotADirectoryError: '{tmp_path}/file' is a file" in refused(tmp_path / "file" / "mlruns")
    with closing(sqlite3.connect(mlruns / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "database is locked" in refused(mlruns)
    whole = (mlruns / "mlflow.db").read_bytes()
    (mlruns / "mlflow.db").write_bytes(whole[:5000])  # as a full disk, or a copy that was broken off, leaves it
    assert "tracking.uri: cannot use the store" in refused(mlruns)
    (mlruns / "mlflow.db").write_bytes(b"no database" * 99)
    assert "file is not a database" in refused(mlruns)


def test_a_store_of_another_version_of_mlflow_says_how_to_bring_it_up_to_date(mlruns: Path) -> None:
    with closing(sqlite3.connect(mlruns / "mlflow.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'abcdef123456'")
        connection.commit()
    said = refused(mlruns)
    assert "another version of MLflow" in said and f" db upgrade sqlite:///{mlruns}/mlflow.db`" in said


def test_a_run_that_the_store_does_not_have_cannot_be_continued(mlruns: Path) -> None:
    assert "cannot continue run 0123 in" in (said := refused(mlruns, run_id="0123"))
    assert said.endswith("name the store that has it, e.g. by tracking.uri=sqlite:////home/me/mlflow.db")
    (mlruns / "mlflow.db").unlink()
    assert "cannot continue run 0123 in" in refused(mlruns, run_id="0123")


def client_of(mlruns: Path) -> MlflowClient:
    return MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")


def paste(said: str, folder: Path) -> None:
    """Do what a sentence says between backticks, as its reader does: by a shell, wherever that stands."""
    (command,) = re.findall("`(.+)`", said)
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == [], "MLflow made a store of its own"


def test_the_command_that_restores_a_deleted_experiment_works_when_pasted(mlruns: Path) -> None:
    prepare_store(StoreAddress(None, mlruns), "cracks")
    client = client_of(mlruns)
    client.delete_experiment(client.get_experiment_by_name("cracks").experiment_id)
    said = refused(mlruns)
    assert said.startswith("tracking.experiment: 'cracks' was deleted from")
    paste(said, Path.cwd())
    check_store(StoreAddress(None, mlruns), "cracks", None)


def test_the_command_that_restores_a_deleted_run_works_when_pasted(mlruns: Path) -> None:
    prepare_store(StoreAddress(None, mlruns), "cracks")
    client = client_of(mlruns)
    run_id = client.create_run(client.get_experiment_by_name("cracks").experiment_id).info.run_id
    client.delete_run(run_id)
    said = refused(mlruns, run_id)
    assert said.startswith(f"resume: run {run_id} was deleted from")
    paste(said, Path.cwd())
    check_store(StoreAddress(None, mlruns), "cracks", run_id)
