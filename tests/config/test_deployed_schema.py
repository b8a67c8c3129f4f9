"""The settings of commands that use a trained model: each is checked, and none is hidden."""

from typing import Any

import pytest

from crack_exp.config import DeployedConfig, PredictConfig, SurveyConfig, typed_deployed
from crack_exp.config.deployed_schema import listed
from crack_exp.config.errors import user_error_sentence
from tests.composing import composed

SCHEMAS: dict[str, type[DeployedConfig]] = {"predict": PredictConfig, "survey": SurveyConfig}


def settings(command: str, *overrides: str) -> Any:
    return typed_deployed(composed(*overrides, config=f"deployed/{command}"), SCHEMAS[command])


def told(command: str, override: str) -> str:
    with pytest.raises(Exception) as raised:
        settings(command, override)
    sentence = user_error_sentence(raised.value)
    assert sentence is not None and "\n" not in sentence, raised.value
    return sentence


def test_by_default_the_latest_model_decides_by_its_own_threshold() -> None:
    for command in SCHEMAS:
        config = settings(command)
        assert (config.model, config.threshold, config.engine, config.precision) == ("latest", None, "auto", "float32")
        assert (config.output, config.overwrite, config.shard_of) == (None, False, (1, 1))
        assert config.tracking.experiment == "crack_exp"


def test_a_model_may_have_the_name_of_a_group_of_settings_or_be_a_number() -> None:
    assert settings("predict", "model=mobilenet_v2").model == "mobilenet_v2"
    assert settings("predict", "model=models:/cracks@best").model == "models:/cracks@best"
    assert settings("predict", "model=12345678").model == "12345678"


@pytest.mark.parametrize("command", SCHEMAS)
@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("model=''", "model=: must be a name, not empty"),
        ("best_by=luck", "best_by=luck: must be one of auroc, accuracy, macro_f1, loss"),
        ("threshold=-0.1", "threshold=-0.1: must be from 0 to 1"),
        ("threshold=1.1", "threshold=1.1: must be from 0 to 1"),
        ("threshold=high", "threshold=high: must be a number or null"),
        ("threshold=nan", "threshold=nan: must be from 0 to 1"),
        ("engine=onnx", "engine=onnx: must be one of auto, keras, openvino"),
        ("precision=int8", "precision=int8: must be one of float32, mixed_bfloat16, auto"),
        ("output=''", "output=: must be a name, not empty"),
        ("overwrite=maybe", "overwrite=maybe: must be true or false"),
        ("shard=0/4", "shard=0/4: must be k/n with 1 <= k <= n, e.g. 2/8"),
        ("shard=5/4", "shard=5/4: must be k/n with 1 <= k <= n, e.g. 2/8"),
        ("shard=2", "shard=2: must be k/n with 1 <= k <= n, e.g. 2/8"),
        ("nonsense=1", "nonsense: no such setting"),
        ("+nonsense=1", "nonsense: no such setting"),
    ],
)
def test_a_mistake_is_one_sentence(command: str, override: str, said: str) -> None:
    assert told(command, override).startswith(said)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("format=xlsx", "format=xlsx: must be one of csv, jsonl, parquet"),
        ("batch_size=0", "batch_size=0: must be from 1 to "),
        ("part_size=0", "part_size=0: must be from 1 to "),
        ("gallery=-1", "gallery=-1: must be from 0 to "),
    ],
)
def test_a_mistake_in_a_prediction_is_one_sentence(override: str, said: str) -> None:
    assert told("predict", override).startswith(said)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("tile_px=15", "tile_px=15: must be from 16 to "),
        ("overlap=1", "overlap=1.0: must be at least 0 and below 1"),
        ("overlap=-0.1", "overlap=-0.1: must be at least 0 and below 1"),
        ("mm_per_px=0", "mm_per_px=0.0: must be from "),
        ("min_tiles=0", "min_tiles=0: must be from 1 to "),
    ],
)
def test_a_mistake_in_a_survey_is_one_sentence(override: str, said: str) -> None:
    assert told("survey", override).startswith(said)


@pytest.mark.parametrize("command", SCHEMAS)
@pytest.mark.parametrize(
    "override", ["threshold=0", "threshold=1", "shard=4/4", "engine=keras", "precision=auto", "best_by=loss"]
)
def test_the_ends_of_each_range_are_allowed(command: str, override: str) -> None:
    key, _, value = override.partition("=")
    assert str(getattr(settings(command, override), key)).removesuffix(".0") == value


def test_paths_are_one_or_a_list() -> None:
    assert listed("walls", "images") == ["walls"]
    assert listed(["a b", 2031], "images") == ["a b", "2031"]
    for nothing in (None, [], [""], "  ", [None], {"a": 1}, True, 1.5):
        with pytest.raises(ValueError, match="^images=.*: name a file, a folder or a pattern"):
            listed(nothing, "images")
