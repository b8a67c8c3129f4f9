"""What can be searched: spaces that mean something, trials as one types them, and the best as YAML."""

from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf

from crack_exp.config import TuneConfig, conf_dir, typed_tuning
from crack_exp.config.errors import user_error_sentence
from crack_exp.config.trials import as_experiment, check_space, overrides_of_trials, settings_of
from crack_exp.config.tune_schema import Choices, Range, as_override, read_space
from crack_exp.run_files.folder import register_resolvers

SEARCHES = sorted(path.stem for path in Path(conf_dir(), "tune").glob("[!_]*.yaml"))


def tuning(*overrides: str) -> TuneConfig:
    register_resolvers()
    with initialize_config_dir(conf_dir(), version_base="1.3"):
        return typed_tuning(compose("tune", list(overrides)))


def test_the_searches_were_found() -> None:
    assert {"head", "fine_tune"} <= set(SEARCHES)


@pytest.mark.parametrize("search", SEARCHES)
def test_every_search_that_comes_with_the_program_can_be_made(search: str) -> None:
    config = tuning(f"tune={search}")
    check_space(read_space(config.space), config.fixed)


def test_a_list_is_a_choice_and_two_bounds_are_a_range() -> None:
    space = read_space({"a": ["x", None], "b": {"low": 1, "high": 3}, "c": {"low": 0.1, "high": 1, "log": True}})
    assert space == {"a": Choices(["x", None]), "b": Range(1, 3), "c": Range(0.1, 1, log=True)}
    assert [dimension.is_whole for dimension in space.values() if isinstance(dimension, Range)] == [True, False]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (3, "must be a list of choices, or a range such as"),
        ({"low": 1}, "must be a list of choices, or a range such as"),
        ({"low": 1, "high": 2, "step": 1}, "must be a list of choices, or a range such as"),
        (["one"], "must be two single values at least"),
        ([[1], [2]], "must be two single values at least"),
        ({"low": 2, "high": 1}, "must be two numbers, the lower one first"),
        ({"low": True, "high": 2}, "must be two numbers"),
        ({"low": 0.0, "high": 1.0, "log": True}, "must be two numbers above 0"),
        ({"low": 0.0, "high": float("inf")}, "must be two numbers"),
        ({"low": 0.1, "high": 1.0, "log": "yes"}, "must be two numbers"),
    ],
)
def test_a_dimension_that_means_nothing_is_refused_by_name(said: Any, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong) as raised:
        read_space({"training.dropout": said})
    assert str(raised.value).startswith("tune.space.training.dropout")


def test_an_empty_space_is_refused() -> None:
    with pytest.raises(ValueError, match="tune.space: is empty"):
        read_space({})


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("tune.trials=0", "tune.trials=0: must be from 1 to "),
        ("tune.metric=recall", "tune.metric=recall: must be one of loss, auroc, accuracy, macro_f1"),
        ("tune.seed=-1", "tune.seed=-1: must be from 0 to"),
        ("tune.name=a/b", "tune.name=a/b: must be a name of letters"),
        ("tune.name=..", "tune.name=..: must be a name of letters"),
        ("tune.pruning.curve=val_auroc", "tune.pruning.curve=val_auroc: must be one of"),
        ("tune.pruning.worst=1.0", "tune.pruning.worst=1.0: must be above 0 and below 1"),
        ("tune.pruning.after_trials=0", "tune.pruning.after_trials=0: must be"),
        ("tune.pruning.after_epochs=0", "tune.pruning.after_epochs=0: must be"),
        ("+tune.nonsense=1", "tune.nonsense: no such setting"),
    ],
)
def test_a_setting_of_the_search_is_checked(override: str, said: str) -> None:
    with pytest.raises(ValueError) as raised:
        tuning(override)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize("override", ["tune.space.training.dropout=[0,1]", "+tune.space.optimizer.learning_rate=[0,1]"])
def test_whoever_would_change_a_space_on_the_command_line_is_told_how_to(override: str) -> None:
    with pytest.raises(HydraException) as raised:
        tuning(override)
    said = user_error_sentence(raised.value)
    assert said is not None and "write my_conf/tune/mine.yaml for --config-dir my_conf tune=mine" in said


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"optimizer.learning_rat": [0.1, 0.2]}, "optimizer.learning_rat: no such setting; did you mean"),
        ({"optimizer": ["adam", "adm"]}, "optimizer=adm: no such choice; optimizer can be adam,"),
        ({"training.dropout": {"low": 0.5, "high": 2.0}}, "training.dropout=2.0: must be at least 0 and below 1"),
        ({"fine_tune.epochs": [1, 2]}, "fine_tune.epochs=1: would change nothing"),
    ],
)
def test_a_space_that_no_run_can_be_of_is_refused_before_any(space: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as raised:
        check_space(read_space(space), ["fine_tune=none"])
    assert str(raised.value).startswith(f"tune.space: {said}")


def test_what_was_typed_beside_the_search_holds_for_every_trial() -> None:
    typed = ["tune=head", "tune.trials=3", "data=folder", "data.path=walls"]
    assert overrides_of_trials(["fine_tune=none"], {"optimizer"}, typed) == [
        "fine_tune=none",
        "data=folder",
        "data.path=walls",
    ]


@pytest.mark.parametrize("override", ["resume=outputs/a", "run_name=mine", "optimizer=sgd"])
def test_what_the_search_decides_cannot_be_typed(override: str) -> None:
    with pytest.raises(ValueError, match=f"^{override}: .*leave (it|one of them) out"):
        overrides_of_trials([], {"optimizer"}, [override])


TEXTS = ["adam", "a b/c", "it's", "back\\slash", "end\\", "\\'", "{a: 1}", "1e-4", "3", "null", "True", ""]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_arrives_as_it_was_meant(text: str) -> None:
    (parsed,) = OverridesParser.create().parse_overrides([as_override("model.weights", text)])
    assert str(parsed.value()) == text and isinstance(parsed.value(), str)


@pytest.mark.parametrize(
    ("value", "typed"), [(None, "a=null"), (True, "a=true"), (False, "a=false"), (3, "a=3"), (1e-05, "a=1e-05")]
)
def test_other_values_are_typed_as_hydra_reads_them(value: Any, typed: str) -> None:
    assert as_override("a", value) == typed
    (parsed,) = OverridesParser.create().parse_overrides([typed])
    assert parsed.value() == value


def test_the_best_as_yaml_is_the_same_run(tmp_path: Path) -> None:
    overrides = [
        "experiment=reference",
        "data.path=my walls",
        "optimizer=sgd",
        "optimizer.learning_rate=0.0123",
        "optimizer@fine_tune.optimizer=adam",
        "training.early_stopping_patience=null",
        "model.weights='it\\'s: here'",
    ]
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "best.yaml").write_text(as_experiment(overrides, ["python -m crack_exp.run"]))
    text = (tmp_path / "experiment" / "best.yaml").read_text()
    assert text.startswith("# @package _global_\n# python -m crack_exp.run\n")
    with initialize_config_dir(conf_dir(), version_base="1.3"):
        composed = compose("config", [f"hydra.searchpath=[file://{tmp_path}]", "experiment=best"])
    expected = OmegaConf.structured(settings_of(overrides))
    assert OmegaConf.to_container(composed, resolve=True) == OmegaConf.to_container(expected)
