"""The folder of a run, new or resumed."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from crack_exp.run_files.folder import register_resolvers, run_folder


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
