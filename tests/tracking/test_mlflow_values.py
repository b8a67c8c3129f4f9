import math
from datetime import datetime

import pytest

from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.mlflow_values import (
    allowed_key,
    batches,
    finite_or_nan,
    flatten,
    model_name,
    shortened,
    with_class_names,
)
from tests.hostile_names import NAMES, STEERING


def test_nested_settings_get_dotted_keys() -> None:
    optimizer = {"_target_": "keras.optimizers.SGD", "momentum": 0.9}
    settings = {"seed": 1, "optimizer": optimizer, "fine_tune": {}}
    assert flatten(settings) == {
        "seed": "1",
        "optimizer._target_": "keras.optimizers.SGD",
        "optimizer.momentum": "0.9",
        "fine_tune": "{}",
    }


def test_keras_classes_have_their_short_name() -> None:
    flat = {"seed": "1", "optimizer._target_": "keras.optimizers.SGD", "optimizer.momentum": "0.9"}
    assert with_class_names(flat) == {"seed": "1", "optimizer": "SGD", "optimizer.momentum": "0.9"}
    others = {"optimizer._target_": "keras.optimizers.legacy.SGD", "data.path": "keras.optimizers.SGD"}
    assert with_class_names(others) == {"optimizer": "keras.optimizers.legacy.SGD", "data.path": "keras.optimizers.SGD"}


def test_lists_and_none_are_one_value() -> None:
    assert flatten({"data": {"intact": ["intact", "sound"], "path": None}}) == {
        "data.intact": "['intact', 'sound']",
        "data.path": "None",
    }


def test_a_long_value_is_cut_with_a_note() -> None:
    cut = flatten({"long": "x" * 7000})["long"]
    assert len(cut) == 6000
    assert cut.startswith("xxx")
    assert cut.endswith("x ... (cut, 7000 characters)")
    assert shortened("x" * 6000, 6000) == "x" * 6000


def test_class_names_become_valid_keys() -> None:
    assert allowed_key("test/recall/Riß (breit)+") == "test/recall/Riß _breit__"


@pytest.mark.parametrize(
    "name", ["..", "test_./auroc/..", "also_in//x/", "/mnt/walls", "x" * 300, "x" * 249 + "/y", "Riß/" + "ü" * 300]
)
def test_mlflow_takes_every_key(name: str) -> None:
    with mlflow_environment():
        from mlflow.utils.validation import _validate_metric

        _validate_metric(allowed_key(name), 0.5, 0, 0)


def test_a_model_is_named_by_its_run_and_its_day() -> None:
    noon = int(datetime(2026, 11, 29, 12).timestamp() * 1000)
    assert model_name("adam, seed=2", noon) == "adam, seed=2 2026-11-29"
    assert model_name("learning_rate=0.001, fold=1/5", noon) == "learning_rate=0_001, fold=1_5 2026-11-29"
    assert model_name("x" * 300, noon) == "x" * 80 + " 2026-11-29"


@pytest.mark.parametrize("name", [*NAMES, *STEERING, "a/b:c.d%e\"f'g", "#1?", "..", "/"])
def test_mlflow_takes_every_name_of_a_model_and_finds_it_by_its_run(name: str) -> None:
    with mlflow_environment():
        from mlflow.store.artifact.runs_artifact_repo import RunsArtifactRepository
        from mlflow.utils.validation import _validate_logged_model_name

        made = model_name(name, 0)
        _validate_logged_model_name(made)
        assert RunsArtifactRepository.parse_runs_uri(f"runs:/0123/{made}") == ("0123", made)


def test_infinite_values_become_nan() -> None:
    assert math.isnan(finite_or_nan(math.inf))
    assert math.isnan(finite_or_nan(math.nan))
    assert finite_or_nan(0.5) == 0.5


def test_batches_keep_all_entries_in_order() -> None:
    assert [list(some) for some in batches([1, 2, 3, 4, 5], 2)] == [[1, 2], [3, 4], [5]]
    assert list(batches([], 2)) == []
