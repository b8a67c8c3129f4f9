"""Workers with other code, settings or images have no part in a sweep, and are told what differs."""

import shutil
from pathlib import Path

import pytest

from crack_exp.config.schema import SweepConfig, TrackingConfig
from crack_exp.run_files.names import IDENTITY, LOCKED_IN
from crack_exp.sweep.agreement import DoesNotFit, Facts, agree, facts_of_worker, without_places
from crack_exp.sweep.jobs import agree_in_sweep, finished_job, lock_places
from crack_exp.sweep.shared_folder import join_sweep, shared_folder, sweep_settings
from crack_exp.system.errors import UserError
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.client import connect
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.store import prepare_store
from tests.composing import composed, settings

JOBS = {0: ["optimizer=adam", "data.path=/a", "seed=1"], 1: ["optimizer=sgd", "data.path=/a", "seed=1"]}


def told(file: Path, found: Facts) -> str:
    with pytest.raises(DoesNotFit) as raised:
        agree(file, found, "walls")
    return str(raised.value)


def test_a_worker_that_is_not_like_the_first_one_is_told_what_differs(tmp_path: Path) -> None:
    first = {
        "file": {"crack_exp/run.py": "a1", "crack_exp/old.py": "b"},
        "package": {"keras": "3.15.1"},
        "setting": {"seed of job 0": "1"},
    }
    agree(tmp_path / "agreed.json", first, "walls")
    agree(tmp_path / "agreed.json", first, "walls")
    other = {
        "file": {"crack_exp/run.py": "a2", "crack_exp/new.py": "b"},
        "package": {"keras": "3.14.0"},
        "setting": {"seed of job 0": "2"},
    }
    sentence = told(tmp_path / "agreed.json", other)
    assert sentence.startswith("sweep.name=walls: this worker differs from the one on ")
    for difference in (
        "file crack_exp/run.py differs",
        "file crack_exp/new.py is here alone",
        "file crack_exp/old.py is there alone",
        "package keras is 3.14.0 here, 3.15.1 there",
        "setting seed of job 0 is 2 here, 1 there",
    ):
        assert difference in sentence
    assert sentence.endswith("; make them equal, or choose another sweep.name")


def test_where_files_lie_may_differ_but_not_what_is_swept(tmp_path: Path) -> None:
    assert without_places(JOBS) == {0: ["optimizer=adam", "seed=1"], 1: ["optimizer=sgd", "seed=1"]}
    swept = {0: ["data.path=/a"], 1: ["data.path=/b"]}
    assert without_places(swept) == swept


def test_code_packages_and_yaml_files_are_compared(tmp_path: Path) -> None:
    (tmp_path / "conf" / "optimizer").mkdir(parents=True)
    (tmp_path / "conf" / "optimizer" / "mine.yaml").write_text("a: 1")
    facts = facts_of_worker(JOBS, [tmp_path / "conf"], [])
    assert {"crack_exp/run/workflow.py", "conf/optimizer/mine.yaml"} <= set(facts["file"])
    assert "keras" in facts["package"]
    assert facts["setting"] == {"seed": "1", "optimizer of job 0": "adam", "optimizer of job 1": "sgd"}
    agree(tmp_path / "agreed.json", facts, "walls")
    (tmp_path / "conf" / "optimizer" / "mine.yaml").write_text("a: 2")
    sentence = told(tmp_path / "agreed.json", facts_of_worker(JOBS, [tmp_path / "conf"], []))
    assert "that began: file conf/optimizer/mine.yaml differs; make" in sentence


def test_the_backend_of_keras_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = dict[str, Facts]()
    for backend in ("tensorflow", "jax"):
        monkeypatch.setenv("KERAS_BACKEND", backend)
        facts[backend] = facts_of_worker(JOBS, [tmp_path], [])
    agree(tmp_path / "agreed.json", facts["tensorflow"], "walls")
    sentence = told(tmp_path / "agreed.json", facts["jax"])
    assert "that began: backend of Keras is JAX " in sentence and " here, TensorFlow 2." in sentence


def test_images_weights_and_precision_are_compared(tmp_path: Path) -> None:
    config = settings("sweep.name=walls", "sweep.worker=true", f"sweep.folder={tmp_path}")

    def found(image: str = "intact", weights: str = "w", precision: str = "float32", *, to: str = "") -> None:
        other = settings("sweep.name=walls", "sweep.worker=true", f"sweep.folder={tmp_path}", to) if to else config
        agree_in_sweep(
            other,
            images_sha256=image,
            images=lambda: {"a.jpg": image, "b.jpg": "intact"},
            weights=[weights],
            computing={"precision": precision, "devices": "CPU:0"},
        )

    found()
    found()
    with pytest.raises(DoesNotFit, match=r"that began: image a\.jpg differs; make"):
        found(image="cracked")
    with pytest.raises(DoesNotFit, match=r"weights painted \(1\) differs"):
        found(weights="v")
    with pytest.raises(DoesNotFit, match="computing precision is mixed_bfloat16 here, float32 there"):
        found(precision="mixed_bfloat16")
    found(image="cracked", to="data.split_seed=5")  # other images of another setting are what was asked for
    agree_in_sweep(settings("sweep.name=walls"), images_sha256="x", images=dict, weights=[], computing={})


def place(folder: Path, store: Path) -> tuple[SweepConfig, TrackingConfig]:
    sweep = SweepConfig(name="my walls/1", rerun=False, worker=True, folder=str(folder))
    return sweep, TrackingConfig(experiment="crack_exp", uri=None, folder=str(store))


@pytest.fixture
def stores(empty_store: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy(empty_store, tmp_path / name)
    return tmp_path / "one", tmp_path / "two"


def test_workers_share_a_folder_and_a_store(tmp_path: Path, stores: tuple[Path, Path]) -> None:
    assert join_sweep(*place(tmp_path / "a", stores[0])) is True
    assert join_sweep(*place(tmp_path / "a", stores[0])) is False
    with pytest.raises(
        UserError, match=r"^sweep.folder=.*/b: '.*' is not the folder '.*/a/my_walls_1-[0-9a-f]{8}', in"
    ):
        join_sweep(*place(tmp_path / "b", stores[0]))
    with pytest.raises(
        UserError, match=r"^tracking.uri: 'sqlite:.*/two/mlflow.db' does not know the sweep.name=my wal"
    ):
        join_sweep(*place(tmp_path / "a", stores[1]))
    assert join_sweep(*place(tmp_path / "b", stores[1])) is True  # nothing in common: nobody can tell


def test_a_number_is_a_name_and_nothing_is_none() -> None:
    assert sweep_settings(composed("sweep.worker=true", "sweep.name=5")).name == "5"
    for name in ("null", "''", "' '"):
        with pytest.raises(UserError, match="add sweep.name=NAME"):
            sweep_settings(composed("sweep.worker=true", f"sweep.name={name}"))
    with pytest.raises(UserError, match="sweep.rerun=maybe: must be true or false"):
        sweep_settings(composed("sweep.worker=true", "sweep.name=a", "sweep.rerun=maybe"))


@pytest.mark.parametrize("name", ["walls", "my walls/1", "..", "x" * 250, "ö"])
def test_any_name_of_a_sweep_is_a_folder_below_that_of_sweeps(tmp_path: Path, name: str) -> None:
    sweep = SweepConfig(name=name, rerun=False, worker=True, folder=str(tmp_path))
    folder = shared_folder(sweep)
    folder.mkdir()
    assert folder.parent == tmp_path and (folder.name == name or name not in ("walls", "ö"))


def test_runs_of_a_machine_with_another_cache_are_not_taken_for_killed(
    stores: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = settings(f"tracking.folder={stores[0]}", "sweep.name=walls")
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "cache_of_another"))
    (of_another,) = lock_places(config)
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "cache"))
    (own,) = lock_places(config)
    assert own != of_another and lock_places(config) == [own]
    store = StoreAddress(None, stores[0])
    prepare_store(store, "crack_exp")
    with mlflow_environment():
        client = connect(store)
        experiment = client.get_experiment_by_name("crack_exp").experiment_id
        tags: list[dict[str, str]] = [{LOCKED_IN: of_another}, {LOCKED_IN: own}, {}]
        runs = [client.create_run(experiment, tags={IDENTITY: "this", **some}) for some in tags]
        finished_job(config, "this", is_alone=True)
        assert [client.get_run(run.info.run_id).info.status for run in runs] == ["RUNNING", "KILLED", "KILLED"]
