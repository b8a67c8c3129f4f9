"""What each setting can change is said once, in its field, for every setting."""

from dataclasses import is_dataclass
from typing import get_type_hints

import pytest

from crack_exp.config.compare_schema import CompareConfig
from crack_exp.config.effects import effect_of, facts_of, keys_with, settings_under
from crack_exp.config.pretrain_schema import PretrainConfig
from crack_exp.config.schema import Config
from crack_exp.config.tune_schema import Tune
from crack_exp.config.validators import EFFECT, EVALUATION, FILES, MODEL, Effect


@pytest.mark.parametrize("schema", [Config, PretrainConfig, CompareConfig, Tune])
def test_every_setting_has_an_effect_and_no_group_has_one(schema: type) -> None:
    found = dict(settings_under(schema))
    groups = {key for key in found if any(other.startswith(f"{key}.") for other in found)}
    assert len(groups) >= 1 and len(found) - len(groups) >= 8
    for key, field in found.items():
        assert (key in groups) is (EFFECT not in field.metadata), key


def test_groups_are_dataclasses() -> None:
    kinds = get_type_hints(Config)
    assert is_dataclass(kinds["training"]) and not is_dataclass(kinds["optimizer"])


@pytest.mark.parametrize(
    ("key", "effect"),
    [
        ("seed", MODEL),
        ("optimizer", MODEL),
        ("optimizer.learning_rate", MODEL),
        ("fine_tune.optimizer.learning_rate", MODEL),
        ("data.split_seed", MODEL),
        ("runtime.feature_cache.dtype", MODEL),
        ("a.setting.of.an.older.run", MODEL),
        ("evaluation.min_recall", EVALUATION),
        ("evaluation.bootstrap_resamples", EVALUATION),
        ("run_name", FILES),
        ("tracking.uri", FILES),
        ("data.path", FILES),
        ("data.folder", FILES),
        ("data.cache_gb", FILES),
        ("runtime.feature_cache.max_gb", FILES),
        ("sweep.rerun", FILES),
    ],
)
def test_the_effect_of_known_settings(key: str, effect: Effect) -> None:
    assert effect_of(key) is effect


def test_other_facts_are_found_by_their_name() -> None:
    assert keys_with("images_lie_here") == ("data.folder", "data.path", "data.image_root")
    assert keys_with("names_itself") == ("model", "optimizer", "data")
    assert {"augment", "training.loss", "training.dropout"} < set(keys_with("needs_training"))
    assert keys_with("no such fact") == ()
    assert "weights" in facts_of("model.backbone")["decided_elsewhere"]
