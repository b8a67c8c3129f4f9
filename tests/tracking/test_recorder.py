import json
import logging
import math
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from crack_exp.system.locks import LockLost, exclusive_lock
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.datasets import SplitRecord
from crack_exp.tracking.entries import Entry
from crack_exp.tracking.fail_safe import Owed
from crack_exp.tracking.open_run import hand_in, open_run
from crack_exp.tracking.owed_file import HELD_BACK, OWED, OwedFile
from crack_exp.tracking.recorder import Recorder

OpenRun = Callable[..., AbstractContextManager[Recorder]]


def recorded(mlruns: Path, run_id: str) -> Run:
    return MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db").get_run(run_id)


@contextmanager
def metrics_table_broken(mlruns: Path) -> Iterator[None]:
    """A part of the store is missing; the rest still works."""
    with closing(sqlite3.connect(mlruns / "mlflow.db")) as connection:
        connection.execute("ALTER TABLE metrics RENAME TO lost")
        yield
        connection.execute("ALTER TABLE lost RENAME TO metrics")


def test_settings_metrics_and_description_are_recorded(mlruns: Path, open_test_run: OpenRun) -> None:
    with open_test_run() as run:
        run.params({"seed": 1, "optimizer": {"_target_": "keras.optimizers.Adam", "learning_rate": 1e-4}})
        run.metrics({"val_loss": 0.7, "learning_rate": 1e-4}, step=1)
        run.metrics({"val_loss": 0.4, "learning_rate": 1e-4}, step=2)
        run.metrics({"test/accuracy": 0.97}, step=None)
        run.note("**0.97** on test")
    entry = recorded(mlruns, run.run_id)
    assert (entry.info.status, entry.info.run_name) == ("FINISHED", "adam seed 1")
    assert entry.data.params == {"seed": "1", "optimizer": "Adam", "optimizer.learning_rate": "0.0001"}
    assert entry.data.metrics == {"val_loss": 0.4, "learning_rate": 1e-4, "test/accuracy": 0.97}
    assert entry.data.tags["mlflow.note.content"] == "**0.97** on test"
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    history = client.get_metric_history(run.run_id, "val_loss")
    assert [(metric.step, metric.value) for metric in history] == [(1, 0.7), (2, 0.4)]
    assert run.failures == []


def test_more_settings_than_in_one_batch_are_recorded(mlruns: Path, open_test_run: OpenRun) -> None:
    settings = {f"setting_{number}": number for number in range(250)}
    with open_test_run() as run:
        run.params(settings)
    assert recorded(mlruns, run.run_id).data.params == {name: str(value) for name, value in settings.items()}


def test_an_infinite_loss_is_recorded_as_nan(mlruns: Path, open_test_run: OpenRun) -> None:
    with open_test_run() as run:
        run.metrics({"train_loss": math.inf, "val_loss": math.nan, "train_accuracy": 0.5}, step=1)
    metrics = recorded(mlruns, run.run_id).data.metrics
    assert math.isnan(metrics["train_loss"]) and math.isnan(metrics["val_loss"])
    assert metrics["train_accuracy"] == 0.5


def test_each_split_is_a_data_set_with_fingerprint_and_counts(mlruns: Path, open_test_run: OpenRun) -> None:
    counts = {"intact": 30, "structural": 12}
    fingerprints = {"train": "a" * 64, "validation": "b" * 64, "test": "c" * 64}
    with open_test_run() as run:
        run.datasets(
            SplitRecord(data="folder", split=split, sha256=sha256, source="/walls", class_counts=counts)
            for split, sha256 in fingerprints.items()
        )
    assert run.failures == []
    inputs = recorded(mlruns, run.run_id).inputs.dataset_inputs
    by_split = {entry.tags[0].value: entry.dataset for entry in inputs}
    assert sorted(by_split) == ["test", "train", "validation"]
    test = by_split["test"]
    assert (test.name, test.digest) == ("folder test", "c" * 10)
    assert json.loads(test.source) == {"uri": "/walls"}
    assert json.loads(test.profile) == {"images": 42, "class_counts": counts, "sha256": "c" * 64}


def test_files_are_beside_the_store(mlruns: Path, tmp_path: Path, open_test_run: OpenRun) -> None:
    figures = tmp_path / "outputs" / "figures"
    figures.mkdir(parents=True)
    (figures / "roc.png").write_bytes(b"picture")
    (tmp_path / "outputs" / "split.csv").write_text("path,split\n")
    with open_test_run() as run:
        run.artifacts(figures, "figures")
        run.artifact(tmp_path / "outputs" / "split.csv", "data")
        run.artifact(tmp_path / "outputs" / "split.csv", None)
    assert run.failures == []
    folder = mlruns / "artifacts" / run.run_id / "artifacts"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {"figures/roc.png", "data/split.csv", "split.csv"}
    assert (folder / "split.csv").read_text() == "path,split\n"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("no *memory* left\n(a long story)"), "FAILED"),
        (KeyboardInterrupt(), "KILLED"),
        (SystemExit(143), "KILLED"),
    ],
)
def test_a_failed_run_is_closed_and_its_error_is_raised(
    mlruns: Path, open_test_run: OpenRun, error: BaseException, status: str
) -> None:
    with pytest.raises(type(error)) as caught, open_test_run() as run:
        run.metrics({"val_loss": 0.7}, step=1)
        raise error
    assert caught.value is error
    entry = recorded(mlruns, run.run_id)
    assert (entry.info.status, entry.data.metrics) == (status, {"val_loss": 0.7})
    assert entry.info.end_time is not None
    told = (entry.data.tags.get("error"), entry.data.tags.get("mlflow.note.content"))
    as_text, as_markdown = "RuntimeError: no *memory* left", r"RuntimeError\: no \*memory\* left"
    assert told == ((as_text, as_markdown) if status == "FAILED" else (None, None))


def test_a_process_that_lost_its_lock_leaves_the_run_to_who_took_over(
    mlruns: Path, tmp_path: Path, open_test_run: OpenRun
) -> None:
    with exclusive_lock(tmp_path / "lease"), pytest.raises(LockLost), open_test_run() as run:
        run.metrics({"val_loss": 0.7}, step=1)
        (tmp_path / "lease" / "2").touch()  # another one's
        run.metrics({"val_loss": 0.4}, step=2)
    entry = recorded(mlruns, run.run_id)
    assert entry.info.status == "RUNNING" and entry.data.metrics == {"val_loss": 0.7}


def test_after_a_failure_of_mlflow_the_run_continues_and_reports_what_is_missing(
    mlruns: Path, tmp_path: Path, open_test_run: OpenRun, caplog: pytest.LogCaptureFixture
) -> None:
    epochs = 0
    with caplog.at_level(logging.WARNING), open_test_run() as run:
        run.metrics({"val_loss": 1.0}, step=0)
        with closing(sqlite3.connect(mlruns / "mlflow.db")) as connection:
            connection.execute("ALTER TABLE metrics RENAME TO lost")
        for epoch in range(1, 6):
            run.metrics({"train_loss": 0.9, "val_loss": 0.8, "a": 0, "b": 0}, step=epoch)
            epochs += 1
        run.artifact(tmp_path / "nowhere.png", "figures")
    assert epochs == 5
    assert recorded_status(mlruns, run.run_id) == "FINISHED"
    names, why = "metrics train_loss, val_loss, a and 1 more", "OperationalError: no such table: metrics"
    metrics, file = run.failures
    assert metrics == f"{names} of epoch 1, 2, 3, 4, 5 ({why})"
    assert file.startswith(str(tmp_path / "nowhere.png"))
    assert caplog.messages == [
        f"MLflow did not record {names} of epoch 1 ({why}); the run continues without it.",
        f"missing in MLflow run {run.run_id}:\n  {metrics}\n  {file}\n"
        f"The rest is recorded by resume= and its folder, {tmp_path}",
    ]


def recorded_status(mlruns: Path, run_id: str) -> str:
    """Read without MLflow, which cannot read a broken store."""
    with closing(sqlite3.connect(mlruns / "mlflow.db")) as connection:
        return str(connection.execute("SELECT status FROM runs WHERE run_uuid = ?", (run_id,)).fetchone()[0])


def test_failed_calls_are_recorded_when_mlflow_works_again(
    mlruns: Path, open_test_run: OpenRun, caplog: pytest.LogCaptureFixture
) -> None:
    with open_test_run() as run:
        with metrics_table_broken(mlruns):
            for epoch in range(1, 6):
                run.metrics({"val_loss": 1 / epoch}, step=epoch)
        assert len(run.failures) == 1
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    history = client.get_metric_history(run.run_id, "val_loss")
    assert [(metric.step, metric.value) for metric in history] == [(n, 1 / n) for n in range(1, 6)]
    assert run.failures == []
    assert len(caplog.messages) == 1


def test_a_continued_run_records_changed_settings(mlruns: Path, open_test_run: OpenRun) -> None:
    with pytest.raises(KeyboardInterrupt), open_test_run() as first:
        first.params({"seed": 1, "resume": None})
        first.metrics({"val_loss": 0.7}, step=1)
        raise KeyboardInterrupt
    with open_test_run(run_id=first.run_id) as second:
        assert recorded(mlruns, first.run_id).info.status == "RUNNING"
        second.params({"seed": 1, "resume": "outputs/1", "training": {"epochs": 9}})
        second.metrics({"val_loss": 0.6}, step=2)
    assert second.failures == []
    entry = recorded(mlruns, first.run_id)
    assert second.run_id == first.run_id
    assert entry.info.status == "FINISHED"
    assert entry.data.params == {"seed": "1", "resume": "None", "training.epochs": "9"}
    assert entry.data.tags["resumed.resume"] == "outputs/1"
    assert entry.data.metrics == {"val_loss": 0.6}


def test_an_unknown_run_cannot_be_continued(mlruns: Path, open_test_run: OpenRun) -> None:
    with pytest.raises(ValueError, match=r"^tracking.uri: cannot continue run 0123abc in .*not found"):
        with open_test_run(run_id="0123abc"):
            pass


def test_two_runs_in_one_process_are_independent_of_mlflows_active_run(mlruns: Path, open_test_run: OpenRun) -> None:
    with open_test_run() as one, open_test_run() as two:
        one.metrics({"val_loss": 1.0}, step=1)
        two.metrics({"val_loss": 2.0}, step=1)
        assert mlflow.active_run() is None
    assert one.run_id != two.run_id
    assert recorded(mlruns, one.run_id).data.metrics == {"val_loss": 1.0}
    assert recorded(mlruns, two.run_id).data.metrics == {"val_loss": 2.0}


def test_an_unusable_store_is_an_error_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^tracking.uri: "):
        with open_run(
            StoreAddress("file:./mlruns", tmp_path),
            "cracks",
            output_folder=tmp_path,
            run_name=None,
            run_id=None,
            first_tags={},
        ):
            pytest.fail("the block must not run")


@contextmanager
def full_disk(mlruns: Path) -> Iterator[None]:
    """The store takes nothing, as where its disk is full."""
    tables = ("metrics", "latest_metrics", "params", "tags", "runs", "datasets", "inputs")
    changes = [(table, change) for table in tables for change in ("INSERT", "UPDATE")]
    with closing(sqlite3.connect(mlruns / "mlflow.db")) as connection:
        for table, change in changes:
            refuse = "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            connection.execute(f"CREATE TRIGGER full_{table}_{change} BEFORE {change} ON {table} {refuse}")
        yield
        for table, change in changes:
            connection.execute(f"DROP TRIGGER full_{table}_{change}")


def test_what_mlflow_never_took_is_handed_in_later(mlruns: Path, tmp_path: Path, open_test_run: OpenRun) -> None:
    """Every kind of entry but the model, each once, also from a folder that was moved."""
    outputs = tmp_path / "outputs"
    (outputs / "plots").mkdir(parents=True)
    (outputs / "plots" / "roc.png").write_bytes(b"picture")
    (outputs / "split.csv").write_text("path,split\n")
    with ExitStack() as fault, open_test_run(folder=outputs) as run:
        fault.enter_context(full_disk(mlruns))
        run.params({"seed": 1})
        run.metrics({"val_loss": math.nan}, step=1)
        run.metrics({"val_loss": 0.5}, step=2)
        run.tags({"data.sha256": "abc"})  # the fourth is not tried: MLflow itself tries tags for half a minute
        run.datasets([SplitRecord("folder", "test", "c" * 64, "/walls", {"intact": 3})])
        run.artifact(outputs / "split.csv", None)
        run.artifacts(outputs / "plots", "plots")
    assert recorded(mlruns, run.run_id).info.status == "RUNNING"
    outputs.rename(tmp_path / "moved")
    assert hand_in(StoreAddress(None, mlruns), "cracks", tmp_path / "moved") == run.run_id
    assert not (tmp_path / "moved" / OWED).exists()
    entry = recorded(mlruns, run.run_id)
    assert (entry.info.status, entry.data.params) == ("FINISHED", {"seed": "1"})
    assert entry.data.tags["data.sha256"] == "abc" and entry.inputs.dataset_inputs[0].dataset.name == "folder test"
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    first, second = client.get_metric_history(run.run_id, "val_loss")
    assert first.step == 1 and math.isnan(first.value) and (second.step, second.value) == (2, 0.5)
    artifacts = mlruns / "artifacts" / run.run_id / "artifacts"
    assert (artifacts / "plots" / "roc.png").read_bytes() == b"picture" and (artifacts / "split.csv").is_file()


def test_a_run_that_goes_on_records_what_was_missing_but_not_that_it_was_stopped(
    mlruns: Path, tmp_path: Path, open_test_run: OpenRun
) -> None:
    with ExitStack() as fault, pytest.raises(KeyboardInterrupt), open_test_run() as first:
        fault.enter_context(full_disk(mlruns))
        first.metrics({"val_loss": 0.7}, step=1)
        raise KeyboardInterrupt
    _, owed = OwedFile(tmp_path).read()
    assert [one.entry.what for one in owed] == ["metrics val_loss of epoch 1", "the status KILLED"]
    with open_test_run(run_id=first.run_id) as second:
        second.metrics({"val_loss": 0.6}, step=2)
    assert second.failures == [] and not (tmp_path / OWED).exists()
    assert recorded(mlruns, first.run_id).info.status == "FINISHED"
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    assert {metric.step for metric in client.get_metric_history(first.run_id, "val_loss")} == {1, 2}


def test_what_is_held_back_reaches_mlflow_when_it_is_handed_in_and_not_before(
    mlruns: Path, tmp_path: Path, open_test_run: OpenRun
) -> None:
    with open_test_run() as run:
        run.metrics({"validation/loss": 0.5}, step=None)
        with run.holding_back():
            run.metrics({"test/loss": 0.6}, step=None)
        with run.holding_back():
            run.note("**0.6** on test")
    assert run.failures == []
    before = recorded(mlruns, run.run_id)
    assert before.data.metrics == {"validation/loss": 0.5} and "mlflow.note.content" not in before.data.tags
    assert not (tmp_path / OWED).exists()  # nothing failed, and `resume=` has nothing to do
    store = StoreAddress(None, mlruns)
    with metrics_table_broken(mlruns):
        hand_in(store, "cracks", tmp_path, held_back=True)
    assert [one.entry.what for one in OwedFile(tmp_path).read()[1]] == ["metrics test/loss"]
    assert not (tmp_path / HELD_BACK).exists()
    hand_in(store, "cracks", tmp_path)
    after = recorded(mlruns, run.run_id)
    assert after.data.metrics == {"validation/loss": 0.5, "test/loss": 0.6}
    assert after.data.tags["mlflow.note.content"] == "**0.6** on test"
    assert not (tmp_path / OWED).exists()


def test_no_file_outside_of_the_runs_folder_is_handed_in(mlruns: Path, tmp_path: Path, open_test_run: OpenRun) -> None:
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "outputs").mkdir()
    with open_test_run(folder=tmp_path / "outputs") as run:
        pass
    for name in ("../secret", str(tmp_path / "secret")):
        owed = [Owed(Entry("a file", "file", {"path": name, "to": None}), "")]
        OwedFile(tmp_path / "outputs").write(run.run_id, owed)
        hand_in(StoreAddress(None, mlruns), "cracks", tmp_path / "outputs")
        assert "is not in the folder of the run" in OwedFile(tmp_path / "outputs").read()[1][0].reason
    assert not list((mlruns / "artifacts").rglob("secret"))


def test_a_damaged_file_of_what_is_missing_is_an_error(mlruns: Path, tmp_path: Path, open_test_run: OpenRun) -> None:
    for content in ("{", "[]", '{"run_id": 1}', "", "\xff"):
        (tmp_path / OWED).write_text(content, encoding="latin-1")
        with pytest.raises(ValueError, match=f"{OWED}': cannot be read .*; delete it"):
            hand_in(StoreAddress(None, mlruns), "cracks", tmp_path)
