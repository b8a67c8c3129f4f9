"""What makes two trainings the same."""

from pathlib import Path

import pytest

from crack_exp.run_files import identity as identity_module
from crack_exp.run_files.identity import code_sha256, training_identity
from tests.composing import settings


def identity(*overrides: str, images: str = "abc", precision: str = "float32") -> str:
    return training_identity(settings(*overrides), images, precision)


def test_what_changes_the_result_makes_another_job() -> None:
    others = [
        identity("seed=2"),
        identity("optimizer=sgd"),
        identity("training.epochs=3"),
        identity("data.split_seed=1"),
        identity(images="abd"),
        identity(precision="mixed_bfloat16"),
    ]
    assert identity() not in others and len(set(others)) == len(others)


@pytest.mark.parametrize(
    "override",
    ["run_name=mine", "tracking.experiment=bridge", "data.folder=/elsewhere", "sweep.name=a", "data.cache_gb=1"]
    + ["evaluation.min_recall=0.5", "evaluation.confidence=0.9"],
)
def test_what_does_not_is_the_same_job(override: str) -> None:
    assert identity(override) == identity()


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
