"""The folder of a run, new or resumed."""

import json
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from crack_exp.run_files.begun import check_same_backend, write_begun
from crack_exp.run_files.folder import own_folder, register_resolvers, run_folder, write_config
from crack_exp.system.errors import UserError
from tests.composing import settings


def test_a_new_run_gets_the_fresh_folder() -> None:
    assert run_folder(None, "outputs/today/now") == "outputs/today/now"


def test_a_killed_run_goes_on_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    (tmp_path / "checkpoint").mkdir()
    assert run_folder(str(tmp_path), "outputs/today/now") == str(tmp_path)


def test_the_home_folder_may_be_given_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "killed" / "checkpoint").mkdir(parents=True)
    (tmp_path / "killed" / "config.yaml").touch()
    assert run_folder("~/killed", "") == str(tmp_path / "killed")


def test_a_folder_that_no_run_began_in_is_refused_and_not_made(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(ValueError, match=f"^resume={nowhere}: no run began there; "):
        run_folder(str(nowhere), "")
    assert not nowhere.exists()


def test_a_complete_run_is_not_resumed(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    with pytest.raises(ValueError, match=f"^resume={tmp_path}: that run is complete"):
        run_folder(str(tmp_path), "")


def test_yaml_can_ask_for_it_twice() -> None:
    register_resolvers()
    register_resolvers()
    node = OmegaConf.create({"resume": None, "dir": "${run_folder:${resume},'outputs/x'}"})
    assert node.dir == "outputs/x"


def test_two_processes_do_not_run_in_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with own_folder(folder):
        with pytest.raises(UserError, match=f"^hydra.run.dir={folder}: another process runs in that folder; "):
            with own_folder(folder):
                pass
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_left_half_written_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    half = [tmp_path / ".history.csv.7.unfinished", tmp_path / "plots" / ".gallery.png.7.unfinished"]
    for file in (*half, tmp_path / "history.csv", tmp_path / ".mine"):
        file.touch()
    with own_folder(tmp_path):
        assert not any(file.exists() for file in half)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine", "history.csv", "plots"]


def written_config(folder: Path, *overrides: str) -> str:
    write_config(settings(*(one for one in overrides if "resume" not in one)), folder, "run", overrides)
    return (folder / "config.yaml").read_text()


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("camera: mine\n")
    with pytest.raises(UserError, match=f"^hydra.run.dir={tmp_path}: holds files of something else; "):
        written_config(tmp_path)
    assert (tmp_path / "config.yaml").read_text() == "camera: mine\n"


def test_a_checkpoint_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "mine.pt").touch()
    with pytest.raises(UserError, match=f"^hydra.run.dir={tmp_path}: holds files of something else; "):
        written_config(tmp_path)


def test_a_killed_run_is_not_gone_on_with_under_other_settings(tmp_path: Path) -> None:
    before = written_config(tmp_path, "seed=2")
    write_begun(tmp_path, run_id="an id", precision="float32", images_sha256="the images")
    assert written_config(tmp_path, "seed=2") == before
    with pytest.raises(UserError, match=f"^hydra.run.dir={tmp_path}: a run with other settings was killed there; "):
        written_config(tmp_path, "seed=3")
    assert (tmp_path / "config.yaml").read_text() == before


@pytest.mark.parametrize("result", ["model.keras", "painted.npz"])
def test_a_finished_run_is_not_overwritten_by_one_with_other_settings(result: str, tmp_path: Path) -> None:
    before = written_config(tmp_path, "seed=2")
    (tmp_path / result).touch()
    assert written_config(tmp_path, "seed=2") == before
    with pytest.raises(UserError, match=f"^hydra.run.dir={tmp_path}: holds a finished run with other settings; "):
        written_config(tmp_path, "seed=3")
    assert (tmp_path / "config.yaml").read_text() == before


def test_a_killed_run_is_not_gone_on_with_by_another_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written_config(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    write_begun(tmp_path, run_id="an id", precision="float32", images_sha256="the images")
    check_same_backend(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(UserError, match=r"^resume: that run computes with JAX, .* set KERAS_BACKEND=jax, or"):
        check_same_backend(tmp_path)


def test_a_run_that_began_before_there_were_other_backends_computes_with_tensorflow(tmp_path: Path) -> None:
    written_config(tmp_path)
    write_begun(tmp_path, run_id="an id", precision="float32", images_sha256="the images")
    file = tmp_path / "checkpoint" / "identity.json"
    file.write_text(json.dumps({k: v for k, v in json.loads(file.read_text()).items() if k != "keras_backend"}))
    check_same_backend(tmp_path)


def test_a_run_that_another_process_completed_meanwhile_is_not_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("# python -m crack_exp.run\n")
    with pytest.raises(UserError, match=f"^resume={tmp_path}: that run is complete"):
        written_config(tmp_path, f"resume={tmp_path}")
