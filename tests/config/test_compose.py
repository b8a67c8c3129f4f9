"""From the command line to typed settings: nothing a user sets is ignored."""

import shutil
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from crack_exp.config import compose, conf_dir, to_yaml, typed
from crack_exp.config.schema import FolderConfig, SyntheticConfig
from tests.composing import composed, settings, told, told_of


def test_the_defaults_are_complete() -> None:
    config = settings()
    assert isinstance(config.data, SyntheticConfig)
    assert config.training.epochs > 0


def test_the_data_part_is_that_of_the_chosen_source() -> None:
    config = settings("data=folder", "data.path=walls")
    assert isinstance(config.data, FolderConfig)
    assert config.data.path == "walls"


def test_two_phases_have_two_optimizers_each_overridable_alone() -> None:
    config = settings("optimizer=sgd", "fine_tune.optimizer.learning_rate=2e-6")
    assert config.optimizer["_target_"] == "keras.optimizers.SGD"
    assert config.fine_tune.optimizer == {"_target_": "keras.optimizers.RMSprop", "learning_rate": 2e-6}


def test_written_as_yaml_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    config = settings("data=folder", "data.path=walls", "data.intact=[sound]")
    (tmp_path / "config.yaml").write_text(to_yaml(config))
    assert typed(DictConfig(OmegaConf.load(tmp_path / "config.yaml"))) == config


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("+data.nonsense=1", "data.nonsense: no such setting; data has cache_gb, fold, folder, "),
        ("++data.nonsense=1", "data.nonsense: no such setting; data has cache_gb, fold, folder, "),
        ("data.nonsense=1", "data.nonsense: no such setting; data has cache_gb, fold, folder, "),
        ("+traning.epochs=1", "traning: no such setting; did you mean training?"),
        ("traning.epochs=1", "traning: no such setting; did you mean training?"),
        ("training.epoch=1", "training.epoch: no such setting; did you mean training.epochs?"),
        ("optimizer.lerning_rate=1", "optimizer.lerning_rate: no such setting; did you mean optimizer.learning_rate?"),
        ("+sed=1", "sed: no such setting; did you mean seed?"),
        ("hydra.run.dri=x", "hydra.run.dri: no such setting; did you mean hydra.run.dir?"),
    ],
)
def test_a_misspelt_key_is_told_with_what_there_is(override: str, said: str) -> None:
    assert told(override).startswith(said)


def test_a_setting_of_another_source_says_whose_it_is() -> None:
    with_plus = told("data=folder", "data.path=walls", "+data.images=3")
    assert with_plus == told("data=folder", "data.path=walls", "data.images=3")
    assert with_plus.startswith("data.images: a setting of data=synthetic alone;")
    # The source is chosen with its settings, not by its name alone.
    assert "data=NAME" in told("data.source=folder")


def test_a_source_that_does_not_exist_is_told_with_those_that_do() -> None:
    assert told("data.source=web").startswith("data.source=web: must be one of synthetic, folder, table, ccic, sdnet")


@pytest.mark.parametrize("source", ["folder", "table"])
def test_a_path_that_is_not_given_is_asked_for(source: str) -> None:
    assert told(f"data={source}") == "data.path: not set; add data.path=VALUE"


def test_what_was_taken_away_is_asked_for() -> None:
    assert told("~training.epochs") == "training.epochs: not set; add training.epochs=VALUE"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("training.epochs", 1.5, "training.epochs=1.5: must be a whole number"),
        ("training.epochs", "ten", "training.epochs=ten: must be a whole number"),
        ("training.epochs", True, "training.epochs=true: must be a whole number"),
        ("training.epochs", None, "training.epochs=null: must be a whole number"),
        ("training.dropout", True, "training.dropout=true: must be a number"),
        ("training.dropout", "much", "training.dropout=much: must be a number"),
        ("training.early_stopping_patience", False, "must be a whole number or null"),
        ("seed", 1.5, "seed=1.5: must be a whole number"),
        ("seed", True, "seed=true: must be a whole number"),
        ("run_name", [1], "run_name=[1]: must be a text or null"),
        ("data.intact", "sound", "data.intact=sound: must be a list (e.g. [a,b]) or null"),
        ("data.intact", [None], 'data.intact[0]=null: must be a text; write a name in quotes, as in ["null"]'),
        ("augment.layers", None, "augment.layers=null: must be a list"),
        ("model.rescaling", None, "model.rescaling=null: must be"),
        ("model.stages.all", None, "model.stages.all=null: must be"),
        ("model.from_scratch", 3, "model.from_scratch=3: must be a group of settings"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_with_the_right_one(key: str, value: object, said: str) -> None:
    assert said in told_of(key, value)


def test_a_reference_to_nothing_is_told() -> None:
    assert told("data.images=${nope}").startswith("data.images: ")
    assert "CRACK_EXP_NOT_SET" in told("tracking.uri=${oc.env:CRACK_EXP_NOT_SET}")


def test_the_tracking_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracker:5000")
    assert settings().tracking.uri == "http://tracker:5000"


def test_conf_lies_at_the_top_of_the_checkout_or_in_the_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "checkout"
    installed = tmp_path / "site-packages"
    for package, conf in ((checkout / "src", checkout), (installed, installed / "crack_exp")):
        (package / "crack_exp" / "config").mkdir(parents=True)
        shutil.copytree(conf_dir(), conf / "conf")
        monkeypatch.setattr(compose, "__file__", str(package / "crack_exp" / "config" / "compose.py"))
        assert conf_dir() == str(conf / "conf")
        assert composed().training.epochs > 0
