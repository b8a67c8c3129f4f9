"""What Hydra makes is removed where a command is refused, and nothing else."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from crack_exp.config.new_folders import RememberFolders, remove_new_folders


@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_empty_folders_of_the_user_stay(kind: str, tmp_path: Path) -> None:
    own, made = tmp_path / "own", tmp_path / "own" / "deep" / "3"
    own.mkdir()
    config = OmegaConf.create({"hydra": {kind: {"dir": str(made)}}})
    remember = RememberFolders()
    (remember.on_run_start if kind == "run" else remember.on_multirun_start)(config)
    made.mkdir(parents=True)
    remove_new_folders()
    assert list(tmp_path.rglob("*")) == [own]
