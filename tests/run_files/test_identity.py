"""What makes two trainings the same."""

import importlib
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from crack_exp.config import Config
from crack_exp.config.effects import facts_of, settings_under
from crack_exp.config.schema import DATA_SCHEMAS
from crack_exp.config.validators import EFFECT, EVALUATION, MODEL
from crack_exp.run_files import identity as identity_module
from crack_exp.run_files.identity import code_sha256, training_identity
from crack_exp.sweep.jobs import is_evaluated_as
from crack_exp.system.errors import UserError
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.mlflow_values import flatten
from tests.composing import settings


def identity_of(
    config: Config,
    images: str = "abc",
    weights: Sequence[str] = ("123",),
    computing: Sequence[str] = ("float32", "/device:CPU:0"),
) -> str:
    return training_identity(config, images=images, weights=weights, computing=computing)


def identity(*overrides: str, **others: Any) -> str:
    return identity_of(settings(*overrides), **others)


def test_what_changes_the_result_makes_another_job() -> None:
    others = [
        identity("seed=2"),
        identity("optimizer=sgd"),
        identity("optimizer.momentum=0.5", "optimizer=sgd"),
        identity("runtime.feature_cache.max_gb=0"),  # features are stored in 16 bits
        identity(images="abd"),
        identity(weights=["124"]),
        identity(computing=["mixed_bfloat16", "/device:CPU:0"]),
        identity(computing=["float32", "/device:GPU:0", "/device:GPU:1"]),
    ]
    assert identity() not in others and len(set(others)) == len(others)


@pytest.mark.parametrize("source", DATA_SCHEMAS)
def test_each_setting_enters_what_it_can_change(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity_module, "code_sha256", lambda *own: "")  # it takes time
    config = settings(f"data={source}", *([] if source == "synthetic" else ["data.path=walls"]))
    unread: Any = None
    as_run = FinishedRun("id", "name", "FINISHED", flatten(asdict(config)), {}, {}, unread)
    keys = [key for key, field in settings_under(Config) if EFFECT in field.metadata and has(config, key)]
    assert {"seed", "data.on_bad_image", "model.weights", "training.loss", "evaluation.min_recall"} < set(keys)
    for key in keys:
        changed, effect = with_another(config, key), facts_of(key)[EFFECT]
        assert (identity_of(changed) != identity_of(config)) is (effect is MODEL), key
        assert is_evaluated_as(changed, as_run) is (effect is not EVALUATION), key


def has(config: Config, key: str) -> bool:
    """Whether the setting belongs to the data source of this configuration, or to every one."""
    owner, name = owner_of(config, key)
    return hasattr(owner, name)


def with_another(config: Config, key: str) -> Config:
    """The same with another value of one setting, whatever it means."""
    changed = deepcopy(config)
    owner, name = owner_of(changed, key)
    value = getattr(owner, name)
    setattr(owner, name, value + 1 if isinstance(value, int | float) else "another")
    return changed


def owner_of(config: Config, key: str) -> tuple[Any, str]:
    *groups, name = key.split(".")
    owner: Any = config
    for group in groups:
        owner = getattr(owner, group)
        assert is_dataclass(owner)
    return owner, name


def test_long_settings_differ_by_their_last_word() -> None:
    one, other = settings(), settings()
    one.augment.layers, other.augment.layers = [{"name": "x" * 10_000 + end} for end in ("a", "b")]  # type: ignore[assignment]
    assert identity_of(one) != identity_of(other)


@pytest.mark.parametrize(
    "override",
    ["run_name=mine", "tracking.experiment=bridge", "data.folder=/elsewhere", "sweep.name=a", "data.cache_gb=1"]
    + ["evaluation.min_recall=0.5", "evaluation.confidence=0.9", "runtime.feature_cache.max_gb=1"],
)
def test_what_does_not_is_the_same_job(override: str) -> None:
    assert identity(override) == identity()


def test_other_libraries_make_another_job(monkeypatch: pytest.MonkeyPatch) -> None:
    config, found = settings(), set[str]()
    libraries = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "pillow", "pillow-heif", "openvino")
    for library in ("none", *libraries):
        with monkeypatch.context() as patch:
            patch.setattr(identity_module, "package_version", lambda name, of=library: "2" if name == of else "1")
            found.add(identity_of(config))
    assert len(found) == 1 + len(libraries)


def test_other_code_of_ones_own_is_another_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=r"^allow_code=\[own_code\]: Python finds no package"):
        identity("allow_code=[own_code]")
    (module := tmp_path / "own_code.py").write_text("one = 1\n")
    importlib.invalidate_caches()
    before = identity("allow_code=[own_code]")
    assert before not in (identity(), "") and identity("allow_code=[own_code]") == before
    module.write_text("two = 2\n")
    assert identity("allow_code=[own_code]") != before


def test_other_code_is_another_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "crack_exp"
    (package / "run_files").mkdir(parents=True)
    (file := package / "run_files" / "identity.py").write_text("one = 1\n")
    monkeypatch.setattr(identity_module, "__file__", str(file))
    before = code_sha256()
    file.write_text("one = 2\n")
    assert code_sha256() != before
    file.rename(file.with_name("renamed.py"))
    assert code_sha256() != before
