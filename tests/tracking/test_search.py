"""Search for runs by id, sweep or filter, with suggestions for unknown names."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crack_exp.run_files.names import SWEEP
from crack_exp.tracking import search, typed_names
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.datasets import SplitRecord, dataset_input
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.search import find_runs

EXPERIMENT = "walls"


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> dict[str, str]:
    """Three runs, two of them of one sweep: {name: id}."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    with mlflow_environment():
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
        experiment = client.create_experiment(EXPERIMENT, artifact_location=(tmp_path / "artifacts").as_uri())
        ids = {}
        for number, (name, tags) in enumerate({"a": {SWEEP: "monday"}, "b": {SWEEP: "monday"}, "c": {}}.items()):
            run = client.create_run(experiment, run_name=name, tags=tags, start_time=number + 1)
            client.log_param(run.info.run_id, "seed", str(number))
            client.log_metric(run.info.run_id, "test/auroc", 0.9 + number / 100)
            client.log_text(run.info.run_id, "name,label\n1.jpg,crack\n", "predictions.csv")
            client.set_terminated(run.info.run_id)
            ids[name] = run.info.run_id
    return ids


def find(folder: Path, *, uri: str | None = None, experiment: str = EXPERIMENT, **selected: Any) -> list[FinishedRun]:
    return find_runs(StoreAddress(uri, folder), experiment=experiment, **selected)


def names(found: list[FinishedRun]) -> list[str]:
    return [run.name for run in found]


def test_all_runs_of_an_experiment_are_found_oldest_first(store: dict[str, str], tmp_path: Path) -> None:
    found = find(tmp_path)
    assert names(found) == ["a", "b", "c"]
    assert (found[1].status, found[1].tags[SWEEP]) == ("FINISHED", "monday") and SWEEP not in found[2].tags
    assert (found[1].params["seed"], found[1].metrics["test/auroc"]) == ("1", 0.91)


def test_runs_are_selected_by_filter_or_id(store: dict[str, str], tmp_path: Path) -> None:
    assert names(find(tmp_path, query='metrics."test/auroc" > 0.905')) == ["b", "c"]
    assert names(find(tmp_path, ids=[store["c"], store["a"]])) == ["a", "c"]


def test_a_unique_prefix_of_an_id_is_enough(
    store: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(find(tmp_path, ids=[store["c"][:8], store["c"]])) == ["c"]
    with pytest.raises(ValueError, match="runs=: no such run in the store; the latest there: "):
        find(tmp_path, ids=[""])
    monkeypatch.setattr(typed_names, "MIN_PREFIX", 0)
    with pytest.raises(ValueError, match="runs=: more than one such run in the store; did you mean "):
        find(tmp_path, ids=[""])


def test_all_pages_of_results_are_read(store: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "RUNS_AT_ONCE", 2)
    assert names(find(tmp_path)) == ["a", "b", "c"]


def test_files_of_a_run_are_read(store: dict[str, str], tmp_path: Path) -> None:
    first, *_ = find(tmp_path)
    assert first.rows("predictions.csv") == [{"name": "1.jpg", "label": "crack"}]
    assert first.rows("history.csv") is None


def test_an_unknown_experiment_has_a_suggestion(store: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"tracking.experiment=wals: not in the store; did you mean walls"):
        find(tmp_path, experiment="wals")


def error_of(folder: Path, **changed: Any) -> str:
    with pytest.raises(ValueError) as raised:
        find(folder, **changed)
    return str(raised.value)


def test_an_id_with_a_typo_has_a_suggestion(store: dict[str, str], tmp_path: Path) -> None:
    wrong = store["a"][:-1] + ("0" if store["a"][-1] != "0" else "1")
    message = (
        f"runs={wrong}: no such run in the store; did you mean {store['a']} ('a') or the latest, {store['c']} ('c')?"
    )
    assert error_of(tmp_path, ids=[wrong]) == message


def test_a_name_instead_of_an_id_has_a_suggestion(store: dict[str, str], tmp_path: Path) -> None:
    assert error_of(tmp_path, ids=["b"]).endswith(f"did you mean {store['b']} ('b') or the latest, {store['c']} ('c')?")


def test_an_unknown_id_is_reported_with_the_latest_runs(store: dict[str, str], tmp_path: Path) -> None:
    latest = ", ".join(f"{store[name]} ('{name}')" for name in "cba")
    assert error_of(tmp_path, ids=["x" * 32]).endswith(f"in the store; the latest there: {latest}")


def test_a_filter_without_matches_is_an_error(store: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"filter=params.seed = \"7\": no run of tracking.experiment=walls matches"):
        find(tmp_path, query='params.seed = "7"')


def test_an_invalid_filter_is_an_error(store: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="filter=test/auroc > : MLflow cannot read it"):
        find(tmp_path, query="test/auroc > ")


def test_without_a_store_nothing_is_created(tmp_path: Path) -> None:
    assert error_of(tmp_path / "none").startswith(f"tracking.folder={tmp_path}/none: there is no store")
    assert not (tmp_path / "none").exists()
    (tmp_path / "mlflow.db").mkdir()
    assert error_of(tmp_path).startswith(f"tracking.folder={tmp_path}: there is no store")
    assert error_of(tmp_path, uri=f"sqlite:///{tmp_path}").startswith(f"tracking.uri=sqlite:///{tmp_path}: there is no")


@pytest.mark.parametrize(
    ("content", "why"), [(b"no database" * 50, "file is not a database"), (b"", "no such table: experiments")]
)
def test_a_file_that_is_not_a_store_is_not_changed(content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(content)
    message = error_of(tmp_path)
    assert message.startswith(f"tracking.folder={tmp_path}: '{tmp_path}/mlflow.db' cannot be read") and why in message
    assert (tmp_path / "mlflow.db").read_bytes() == content


def test_a_locked_store_is_an_error(store: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SECONDS_TO_WAIT", 0.1)
    with closing(sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        message = error_of(tmp_path)
    assert "another process has locked the store" in message and "for 0.1 s; try again" in message


def test_the_location_of_the_images_is_read(store: dict[str, str], tmp_path: Path) -> None:
    from mlflow import MlflowClient

    record = SplitRecord("folder", "test", "0" * 64, "/walls", {"crack": 1})
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
        client.log_inputs(store["b"], datasets=[dataset_input(record)])
    assert [run.store.data_location() for run in find(tmp_path)] == [None, "/walls", None]


def test_a_deleted_experiment_has_the_command_that_restores_it(store: dict[str, str], tmp_path: Path) -> None:
    from mlflow import MlflowClient

    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
        client.delete_experiment(client.get_experiment_by_name(EXPERIMENT).experiment_id)
    message = error_of(tmp_path)
    assert message.startswith("tracking.experiment: 'walls' was deleted from") and "experiments restore" in message
