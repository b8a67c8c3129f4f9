"""What a sweep knows of its jobs: what is their own, what ended them, and what it is called."""

import json
import logging
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from crack_exp.config.overrides import job_name, own_overrides
from crack_exp.sweep.callbacks import Numbered, RememberSweep, save_error, sweep_name


def test_it_is_called_by_day_and_time() -> None:
    assert sweep_name(Path("outputs/multirun/2026-11-25/10-00-00-1")) == "2026-11-25/10-00-00-1"


def test_a_password_from_a_file_of_settings_is_not_written_into_the_sweeps_own_file() -> None:
    config = OmegaConf.create({"tracking": {"uri": "http://me:secret@host"}, "seed": 1})
    RememberSweep().on_multirun_start(config)
    assert config == {"tracking": {"uri": "http://host"}, "seed": 1}
    RememberSweep.config = None


def test_a_jobs_own_overrides_are_those_that_were_typed_as_several(tmp_path: Path) -> None:
    typed = ["data=folder", "fine_tune.optimizer.learning_rate=1e-4", "optimizer=adam,sgd", "seed=range(1,3)"]
    OmegaConf.save({"hydra": {"overrides": {"task": typed}}}, tmp_path / "multirun.yaml")
    job = ["data=folder", "fine_tune.optimizer.learning_rate=0.0001", "optimizer=sgd", "seed=1"]
    assert own_overrides(tmp_path, job) == ["optimizer=sgd", "seed=1"]
    OmegaConf.save(
        {"hydra": {"overrides": {"task": ["seed=3", "data.fold=1/5,2/5", "seed=1,2"]}}}, tmp_path / "multirun.yaml"
    )
    assert own_overrides(tmp_path, ["seed=3", "data.fold=1/5", "seed=2"]) == ["seed=2", "data.fold=1/5"]


def test_a_job_is_known_by_few_words_that_tell_it_from_the_others() -> None:
    assert job_name(["optimizer=rmsprop", "seed=2"]) == "rmsprop, seed=2"
    assert job_name(["fine_tune=none", "data.fold=1/5"]) == "fine_tune=none, fold=1/5"
    assert job_name(["optimizer.learning_rate=1e-4", "optimizer=sgd"]) == "learning_rate=1e-4, sgd"
    rates = ["optimizer.learning_rate=1e-4", "fine_tune.optimizer.learning_rate=1e-5"]
    assert job_name(rates) == ", ".join(rates)
    assert job_name(["optimizer@fine_tune.optimizer=adam", "optimizer=sgd"]) == "fine_tune.optimizer=adam, sgd"
    assert job_name([]) is None


def test_each_line_of_a_job_beside_others_says_whose_it_is() -> None:
    record = logging.LogRecord("crack_exp", logging.INFO, "", 0, "loss %.1f\n\nbest", (0.5,), None)
    assert Numbered(3).format(record) == "#3 loss 0.5\n#3\n#3 best"


def test_what_ends_a_job_is_kept_and_let_through(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), save_error(tmp_path / "0", "python 'a b'"):
        raise ZeroDivisionError("one\ntwo")
    kept = json.loads((tmp_path / "0" / "error.json").read_text())
    assert kept == {"command": "python 'a b'", "error": "ZeroDivisionError: one two"}
    with save_error(tmp_path / "1", "python"):
        pass
    assert not (tmp_path / "1").exists()
