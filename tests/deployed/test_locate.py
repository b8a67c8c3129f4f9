"""From the name of a model to its file; a name that leads nowhere is told what there is."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from crack_exp.deployed.locate import find_model
from crack_exp.run_files.names import MODEL_SHA256, RUN_FOLDER
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.environment import mlflow_environment

WALLS, BRIDGES = "walls", "bridges"


@dataclass
class Store:
    """Runs in MLflow by name, with their ids; their folders lie in `folder`."""

    folder: Path
    ids: dict[str, str]

    def find(self, name: str, experiment: str = WALLS, best_by: str = "auroc") -> str:
        """The name of the run whose folder has the file."""
        found = find_model(name, StoreAddress(None, self.folder), experiment=experiment, best_by=best_by)
        assert found.name == "model.keras"
        return found.parent.name

    def refusal(self, name: str, experiment: str = WALLS, best_by: str = "auroc") -> str:
        with pytest.raises(UserError) as raised:
            self.find(name, experiment, best_by)
        assert "\n" not in str(raised.value)
        return str(raised.value)


@pytest.fixture(scope="module")
def store(empty_store: Path, deployed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """`early`, `middle` and `late` are finished, in this order; `broken`, later, failed; `bare` left no model."""
    folder = tmp_path_factory.mktemp("mlruns")
    shutil.copy(empty_store, folder / "mlflow.db")
    auroc = {"early": 0.91, "middle": 0.97, "late": 0.95, "broken": 0.99, "bare": 0.99, "bridge": 0.5}
    status = {"broken": "FAILED"}
    ids = {}
    with mlflow_environment():
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db")
        experiments = {name: client.create_experiment(name, folder.as_uri()) for name in (WALLS, BRIDGES)}
        for number, (name, value) in enumerate(auroc.items()):
            experiment = experiments[BRIDGES if name == "bridge" else WALLS]
            place = folder / name
            place.mkdir()
            tags = {RUN_FOLDER: str(place)}
            if name != "bare":
                shutil.copy(deployed_file, place / "model.keras")
                tags[MODEL_SHA256] = file_sha256(deployed_file)
            run_id = client.create_run(experiment, run_name=name, tags=tags, start_time=number + 1).info.run_id
            client.log_metric(run_id, "validation_head/auroc", value)
            client.log_metric(run_id, "validation_head/loss", 1 - value if name != "late" else 0.001)
            client.log_metric(run_id, "test/auroc", 1.0 if name == "early" else 0.5)
            client.set_terminated(run_id, status.get(name, "FINISHED"))
            ids[name] = run_id
    return Store(folder, ids)


def test_latest_is_the_last_finished_run_with_a_model(store: Store) -> None:
    assert store.find("latest") == "late"
    assert store.find("latest", BRIDGES) == "bridge"


def test_best_goes_by_the_validation_images_and_never_by_the_test_images(store: Store) -> None:
    assert store.find("best") == "middle"
    assert store.find("best", best_by="loss") == "late", "of a loss the lowest is the best"


def test_best_by_a_metric_that_no_run_has_is_told(store: Store) -> None:
    said = store.refusal("best", best_by="macro_f1")
    assert said == "model=best: no run has the validation metric best_by=macro_f1; choose another one"


def test_a_run_is_found_by_its_id_its_beginning_and_its_folder(store: Store) -> None:
    run_id = store.ids["early"]
    assert store.find(run_id) == store.find(run_id[:8]) == store.find(str(store.folder / "early")) == "early"
    assert store.find(store.ids["bridge"]) == "bridge", "of any experiment"
    assert store.find(str(store.folder / "early" / "model.keras")) == "early"


def test_a_folder_is_found_from_the_home_directory(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(store.folder))
    assert store.find("~/early") == store.find("~/early/model.keras") == "early"


def test_a_run_without_a_model_is_told(store: Store) -> None:
    for name, status in (("broken", "FAILED"), ("bare", "FINISHED")):
        run_id = store.ids[name]
        said = f"model={run_id[:8]}: run {run_id} ('{name}') is {status} and has no model; name another"
        assert store.refusal(run_id[:8]) == said


def test_an_unknown_model_is_told_the_nearest_and_the_latest(store: Store) -> None:
    middle, early, latest = (f"{store.ids[name]} ('{name}')" for name in ("middle", "early", "bridge"))
    near = store.refusal("midle")
    assert near == f"model=midle: no such run in the store; did you mean {middle} or the latest, {latest}?"
    assert f"did you mean {early} or the latest, {latest}?" in store.refusal(store.ids["early"][:-2] + "zz")
    assert f"model=xyzxyzxyz: no such run in the store; the latest there: {latest}, " in store.refusal("xyzxyzxyz")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone.keras", "model=gone.keras: no such file or folder; check the path"),
        ("outputs/2031-01-01/12-00-00", "model=outputs/2031-01-01/12-00-00: no such file or folder; check the path"),
        ("models:/cracks@best", "model=models:/cracks@best: "),
        ("models:/cracks/7", "model=models:/cracks/7: "),
        ("models:/cracks", "model=models:/cracks: "),
    ],
)
def test_a_path_or_registered_model_that_does_not_exist_is_told(name: str, said: str, store: Store) -> None:
    assert store.refusal(name).startswith(said)


@pytest.mark.parametrize(
    ("typed", "meant"), [("painted_wid", "painted_wide"), ("pained", "painted"), ("lastest", "latest")]
)
def test_a_misspelt_model_of_the_package_is_told(typed: str, meant: str, store: Store) -> None:
    assert store.refusal(typed).endswith(f"; did you mean {meant}?")


def test_a_folder_without_a_model_is_told(store: Store) -> None:
    said = store.refusal(str(store.folder / "bare"))
    assert said.startswith(
        f"model={store.folder / 'bare'}: a folder without model.keras; give the folder of a finished"
    )


def test_an_experiment_without_models_is_told(store: Store) -> None:
    said = store.refusal("latest", experiment="briges")
    assert said.startswith(
        "model=latest: no run yet (tracking.experiment=briges: not in the store; did you mean bridges"
    )
    assert said.endswith("train a model by python -m crack_exp.run, or take model=painted")


@pytest.mark.parametrize("name", ["latest", "best", "0123abcd", "models:/cracks@best"])
def test_without_a_store_nothing_is_made_and_one_sentence_said(name: str, tmp_path: Path) -> None:
    place = tmp_path / "mlruns"
    with pytest.raises(UserError) as raised:
        find_model(name, StoreAddress(None, place), experiment=WALLS, best_by="auroc")
    assert str(raised.value).startswith(f"model={name}: ") and "\n" not in str(raised.value)
    assert not place.exists()


def test_a_file_that_was_changed_in_the_folder_of_its_run_is_not_taken(store: Store) -> None:
    """MLflow has a copy; here it has none, so there is no model at all."""
    file = store.folder / "early" / "model.keras"
    content = file.read_bytes()
    try:
        file.write_bytes(content + b"\0")
        assert store.refusal(store.ids["early"]).startswith(f"model={store.ids['early']}: ")
    finally:
        file.write_bytes(content)
