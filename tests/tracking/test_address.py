import sys
from pathlib import Path

import pytest

from crack_exp.tracking.address import (
    StoreAddress,
    absolute_uri,
    artifact_location,
    runs_page,
    ui_command,
)


def test_a_relative_sqlite_file_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute_uri("sqlite:///here/mlflow.db") == f"sqlite:///{tmp_path}/here/mlflow.db"
    assert absolute_uri("sqlite:////there/mlflow.db") == "sqlite:////there/mlflow.db"
    assert absolute_uri("http://tracker:5000") == "http://tracker:5000"


@pytest.mark.parametrize("uri", ["file:./mlruns", "file:///srv/mlruns", "mlruns", "/srv/mlruns"])
def test_a_folder_of_files_is_an_error(uri: str) -> None:
    with pytest.raises(ValueError, match=r"^tracking.uri: .* a folder of files.*sqlite:////home/me/mlflow.db"):
        absolute_uri(uri)


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_is_an_error(uri: str) -> None:
    with pytest.raises(ValueError, match=r"^tracking.uri: .* lost after the run; name a file"):
        absolute_uri(uri)


def test_artifacts_are_beside_a_sqlite_file_and_a_server_chooses_its_own_place() -> None:
    mlruns = Path("/home/me/mlruns")
    assert artifact_location("sqlite:////data/all.db", mlruns) == "file:///data/artifacts"
    assert artifact_location("postgresql://tracker/all", mlruns) == "file:///home/me/mlruns/artifacts"
    assert artifact_location("https://tracker", mlruns) is None


def test_the_command_for_the_pages_is_quoted_for_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert ui_command("sqlite:////a b/m.db") == "mlflow ui --backend-store-uri 'sqlite:////a b/m.db'"
    assert ui_command("http://tracker:5000") == "python -m webbrowser http://tracker:5000"


def test_the_command_works_in_an_inactive_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    command = ui_command("sqlite:////m.db").split()[0]
    assert (Path.cwd() / command).resolve() == Path(sys.executable).parent.resolve() / "mlflow"


def test_the_page_opens_with_the_curves_of_training_runs() -> None:
    page = "/#/experiments/7/runs?workflowType=machine_learning&compareRunsMode=CHART&viewStateShareKey=crack_exp"
    assert runs_page("sqlite:////a/mlflow.db", "7") == f"http://127.0.0.1:5000{page}"
    assert runs_page("https://tracker/", "7") == f"https://tracker{page}"


@pytest.mark.parametrize("name", ["why?", "%41", "both ' and \""])
def test_a_folder_that_mlflow_would_read_as_another_one_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^tracking.folder: .* which MLflow cannot take in the name of a folder"):
        print(StoreAddress(None, tmp_path / name / "mlruns").absolute)


@pytest.mark.parametrize("name", ["Bridge 7 (copy), v=2", "#1; {a} & [b]", "50% off", "it's", "\u88c2\u7f1d", "$HOME"])
def test_a_folder_of_any_other_name_is_used_as_it_is(name: str, tmp_path: Path) -> None:
    assert StoreAddress(None, tmp_path / name).absolute == f"sqlite:///{tmp_path}/{name}/mlflow.db"
