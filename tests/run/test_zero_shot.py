"""A folder judged by the painted head as it came, and trained from it."""

import csv
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from crack_exp.data.image_io import read_resized
from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.model.painted import locations
from crack_exp.run import run
from crack_exp.system.files import file_sha256
from crack_exp.tracking.environment import mlflow_environment
from tests.commands import only_folder


@pytest.fixture(scope="module")
def walls(painted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty intact images, and eighty of all kinds of crack in one folder."""
    walls = tmp_path_factory.mktemp("walls")
    for image in painted.rglob("*.jpg"):
        folder = walls / ("Negative" if image.parent.name == "intact" else "Positive")
        folder.mkdir(exist_ok=True)
        (folder / image.name).symlink_to(image)
    return walls


@pytest.fixture(scope="module")
def judging(walls: Path) -> list[str]:
    """The settings of a run that judges and trains nothing."""
    return [
        *("data=folder", f"data.path={walls}", "model=mobilenet_v2_035", "model.image_size_px=32"),
        *("model.weights=painted", "model.head=painted", "training.epochs=0", "fine_tune=none"),
        "evaluation.bootstrap_resamples=50",
    ]


@pytest.fixture(scope="module", autouse=True)
def shipped(shipped_folder: Path) -> Iterator[None]:
    """This package comes with painted weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locations, "SHIPPED", shipped_folder)
        yield


@pytest.fixture(scope="module")
def judged(judging: list[str], make_home: Callable[[], Path]) -> Iterator[tuple[Path, Evaluation, str]]:
    """The folder that the run was started from, its evaluation, and its output."""
    home = make_home()
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("crack_exp").addHandler(handler)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        evaluation = run(judging)
    logging.getLogger("crack_exp").removeHandler(handler)
    yield home, evaluation, "\n".join(told)


def test_the_verdict_is_on_the_datas_own_classes(judged: tuple[Path, Evaluation, str]) -> None:
    _, evaluation, _ = judged
    assert evaluation.predictions.class_names == ["Negative", "Positive"]
    assert len(evaluation.predictions.labels) == 15
    np.testing.assert_allclose(evaluation.predictions.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert evaluation.threshold is not None  # chosen on validation, as in any run


def test_it_says_what_it_takes_for_what_and_that_nothing_was_trained(judged: tuple[Path, Evaluation, str]) -> None:
    _, _, told = judged
    assert "painted head: Negative is intact; Positive is hairline or " in told
    assert "doubt:    The model was not trained in this run: set training.epochs" in told
    assert "without training" in told and "before training" not in told
    assert "epoch 1/" not in told and "Cracks found, false alarms: from a crack score of" in told


def test_the_folder_holds_all_that_does_not_speak_of_epochs(judged: tuple[Path, Evaluation, str]) -> None:
    folder = only_folder(judged[0])
    assert {path.name for path in folder.iterdir()} == {
        *("config.yaml", "audit.csv", "split.csv", "layers.csv", "predictions.csv", "evaluation.json"),
        *("validation_predictions.csv", "seconds.csv", "model.keras", "report.html", "plots"),
        "model_card.json",
    }
    pictures = {path.stem for path in (folder / "plots").iterdir()}
    assert {"stages", "gallery", "decisions"} <= pictures and "learning_curves" not in pictures
    evaluated = json.loads((folder / "evaluation.json").read_text())
    assert {"validation_before", "test"} <= set(evaluated) and not {"validation_head", "validation_fine_tune"} & set(
        evaluated
    )
    rows = list(csv.DictReader((folder / "layers.csv").read_text().splitlines()))
    assert list(rows[0]) == ["name", "kind", "output_shape", "parameters"]
    assert [row["name"] for row in rows[-2:]] == ["painted_kinds", "probabilities"]


def test_the_saved_model_says_the_same(judged: tuple[Path, Evaluation, str], walls: Path) -> None:
    home, evaluation, _ = judged
    loaded = keras.models.load_model(only_folder(home) / "model.keras")
    images = np.stack([read_resized(walls / name, 32) for name in evaluation.predictions.names])
    np.testing.assert_allclose(loaded.predict(images, verbose=0), evaluation.predictions.probabilities, atol=1e-5)


def test_mlflow_has_verdict_weights_and_model_and_no_epochs(
    judged: tuple[Path, Evaluation, str], painted_file: Path
) -> None:
    home, evaluation, _ = judged
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        experiment = client.get_experiment_by_name("crack_exp")
        (recorded,) = client.search_runs([experiment.experiment_id])
        (model,) = client.search_logged_models([experiment.experiment_id])
        card = Path(mlflow.artifacts.download_artifacts(f"{model.artifact_location}/MLmodel")).read_text()
    assert recorded.info.status == "FINISHED" and recorded.data.params["model.head"] == "painted"
    assert recorded.data.tags["weights.file_sha256"] == file_sha256(painted_file)
    assert recorded.data.metrics["test/accuracy"] == pytest.approx(evaluation.scalars["accuracy"])
    assert "validation_before/auroc" in recorded.data.metrics
    assert not [name for name in recorded.data.metrics if name.startswith("epoch/")]
    assert {"seconds/head", "seconds/fine_tune", "seconds/training"}.isdisjoint(recorded.data.metrics)
    assert "Positive" in card and "threshold_rule" in card


def test_training_goes_on_from_the_painted_head_and_back_to_it_where_it_gets_worse(
    judging: list[str], home: Path
) -> None:
    others = [one for one in judging if not one.startswith(("training.", "fine_tune"))]
    too_far = ["training.epochs=1", "optimizer.learning_rate=1e2"]
    run([*others, *too_far, "fine_tune=last_block", "fine_tune.epochs=1"])
    folder = only_folder(home)
    evaluated = json.loads((folder / "evaluation.json").read_text())
    before = evaluated["validation_before"]["loss"]
    assert evaluated["validation_head"]["loss"] == pytest.approx(before)  # the painted head came back
    rows = {row["name"]: row for row in csv.DictReader((folder / "layers.csv").read_text().splitlines())}
    assert rows["painted_kinds"]["trainable_head"] == rows["painted_kinds"]["trainable_fine_tune"] == "6405"
    assert rows["probabilities"]["trainable_head"] == rows["probabilities"]["trainable_fine_tune"] == "0"
    phases = [row["phase"] for row in csv.DictReader((folder / "history.csv").read_text().splitlines())]
    assert phases == ["head", "fine_tune"]


def test_classes_that_the_painter_does_not_know_are_refused_before_anything_is_recorded(
    judging: list[str], painted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for image in painted.rglob("*.jpg"):
        folder = tmp_path / "three" / {"intact": "intact", "hairline": "spalling"}.get(image.parent.name, "crack")
        folder.mkdir(exist_ok=True, parents=True)
        (folder / image.name).symlink_to(image)
    with pytest.raises(
        ValueError,
        match=r"^model\.head=painted: its classes are intact, .* those of the data crack, intact, spalling; they ",
    ):
        run([*judging, f"data.path={tmp_path / 'three'}"])
    assert not (tmp_path / "mlruns").exists()
