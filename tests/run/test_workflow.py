"""A whole run, in this process: what it leaves on disk and in MLflow, and what happens when something breaks."""

import csv
import hashlib
import json
import logging
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import keras
import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run as MlflowRun

from crack_exp.data.image_io import read_resized
from crack_exp.evaluation.evaluate import Evaluation, evaluate
from crack_exp.evaluation.predictions import Predictions
from crack_exp.run import record_epochs, run, workflow
from crack_exp.run.parts import build_parts
from crack_exp.run.workflow import run_experiment
from crack_exp.system.interrupts import remember_interrupts
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.mlflow_values import model_name
from crack_exp.training.history import EpochRecord
from tests.composing import settings


@pytest.fixture(scope="module")
def finished(tiny: list[str], make_home: Callable[[], Path]) -> Iterator[tuple[Path, Evaluation]]:
    """One finished run: the folder it was started from, and the evaluation it returned."""
    home = make_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        yield home, run([*tiny, "seed=7"])


def output_folder(home: Path) -> Path:
    (folder,) = [found.parent for found in home.glob("outputs/*/*/config.yaml")]
    return folder


def read_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def mlflow_runs(home: Path) -> list[MlflowRun]:
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        experiment = client.get_experiment_by_name("crack_exp")
        return list(client.search_runs([experiment.experiment_id]))


def test_the_evaluation_is_of_the_test_images(finished: tuple[Path, Evaluation]) -> None:
    _, evaluation = finished
    assert len(evaluation.predictions.labels) == 15
    assert evaluation.threshold is not None
    low, high = evaluation.intervals["accuracy"]
    assert low <= evaluation.scalars["accuracy"] <= high


def test_the_folder_holds_every_table_picture_and_the_model(finished: tuple[Path, Evaluation]) -> None:
    folder = output_folder(finished[0])
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("config.yaml", "audit.csv", "split.csv", "layers.csv", "history.csv", "predictions.csv"),
        *("validation_predictions.csv", "seconds.csv", "evaluation.json", "model.keras", "report.html", "plots"),
        "model_card.json",
    }
    pictures = {path.stem for path in (folder / "plots").glob("*.png")}
    assert {
        "samples_per_class",
        "learning_curves",
        "confusion_matrix",
        "roc_and_precision_recall",
        "gallery",
    } <= pictures


def test_every_second_is_told_in_a_file_and_in_mlflow(finished: tuple[Path, Evaluation]) -> None:
    rows = {row["part"]: float(row["seconds"]) for row in read_rows(output_folder(finished[0]) / "seconds.csv")}
    assert {"imports", "audit", "training", "evaluation", "pictures", "MLflow", "other"} <= set(rows)
    of_epochs = sum(float(row["seconds"]) for row in read_rows(output_folder(finished[0]) / "history.csv"))
    assert rows["training"] > 0.9 * of_epochs
    (recorded,) = mlflow_runs(finished[0])
    assert recorded.data.metrics["seconds/training"] == pytest.approx(rows["training"], abs=1e-3)


def test_the_page_tells_the_command_the_changed_settings_and_the_verdict(
    finished: tuple[Path, Evaluation], tiny: list[str]
) -> None:
    home, evaluation = finished
    page = re.sub("<td[^>]*>", "<td>", (output_folder(home) / "report.html").read_text())
    assert f"<pre>python -m crack_exp.run {' '.join(tiny)} seed=7</pre>" in page
    assert "<td>seed</td><td>7</td><td>1</td>" in page and "<td>training.epochs</td><td>3</td><td>20</td>" in page
    assert f"<b>{100 * evaluation.scalars['accuracy']:.1f} %</b>" in page
    assert "<td>version.keras</td>" in page and "<td>block_16_expand</td>" in page
    assert page.count("data:image/png") == 5 and page.count("data:image/jpeg") >= 5


def test_the_configuration_repeats_the_run(finished: tuple[Path, Evaluation], tiny: list[str]) -> None:
    first, *settings = (output_folder(finished[0]) / "config.yaml").read_text().splitlines()
    assert first == f"# python -m crack_exp.run {' '.join(tiny)} seed=7"
    assert "seed: 7" in settings


def test_predictions_name_every_test_image_once(finished: tuple[Path, Evaluation]) -> None:
    folder = output_folder(finished[0])
    predictions = read_rows(folder / "predictions.csv")
    test = {row["name"] for row in read_rows(folder / "split.csv") if row["split"] == "test"}
    assert {row["name"] for row in predictions} == test and len(predictions) == len(test) == 15
    for row in predictions:
        probabilities = {name: float(row[name]) for name in row if name.startswith("probability ")}
        assert len(probabilities) == 5
        assert float(row["crack_score"]) == pytest.approx(1 - probabilities["probability intact"], abs=1e-6)


def test_every_stage_is_judged(finished: tuple[Path, Evaluation]) -> None:
    evaluations = json.loads((output_folder(finished[0]) / "evaluation.json").read_text())
    stages = [f"validation_{stage}" for stage in ("before", "head", "fine_tune", "calibrated")]
    assert list(evaluations) == [*stages, "test", "of_100_images", "operating_point", "calibration"]
    assert evaluations["operating_point"]["aim"]["rule"] == "min_recall", "strongest, of the few cracks"
    for numbers in (evaluations[name] for name in [*stages, "test"]):
        assert {"loss", "accuracy", "accuracy_low", "accuracy_high", "auroc", "average_precision"} <= set(numbers)
        assert {"precision/hairline", "recall/hairline", "f1/hairline"} & set(numbers)
    assert [one["cracks"] for one in evaluations["of_100_images"]] == [0.01, 0.05, 0.2]


def test_the_layer_table_tells_what_each_phase_trains(finished: tuple[Path, Evaluation]) -> None:
    rows = read_rows(output_folder(finished[0]) / "layers.csv")
    learns = {
        phase: [row["name"] for row in rows if row[f"trainable_{phase}"] != "0"] for phase in ("head", "fine_tune")
    }
    assert learns["head"] == ["probabilities"]
    assert learns["fine_tune"][0] == "block_16_expand" and "Conv1" not in learns["fine_tune"]
    assert not any(name.endswith("_BN") for name in learns["fine_tune"])


def test_mlflow_has_settings_lineage_data_curves_and_verdict(
    finished: tuple[Path, Evaluation], backbone_file: Path
) -> None:
    home, evaluation = finished
    (recorded,) = mlflow_runs(home)
    assert recorded.info.status == "FINISHED"
    assert recorded.data.params["training.epochs"] == "3" and recorded.data.params["seed"] == "7"
    tags = recorded.data.tags
    assert tags["precision"] == "float32" and tags["feature_engine"] == "Keras"
    assert len(tags["weights.sha256"]) == len(tags["data.sha256"]) == 64
    assert tags["weights.file_sha256"] == hashlib.sha256(backbone_file.read_bytes()).hexdigest()
    assert {"git.commit", "git.dirty", "version.tensorflow", "machine.host", "devices"} <= set(tags)
    metrics, file = recorded.data.metrics, output_folder(home) / "model.keras"
    # The narrow MobileNetV2 without its top, and 1,280 weights with a bias for each of five classes.
    assert metrics["model/parameters"] == 410_208 + 1_281 * 5
    assert metrics["model/size_mb"] == pytest.approx(file.stat().st_size / 1e6)
    assert {entry.dataset.name for entry in recorded.inputs.dataset_inputs} == {
        *("synthetic train", "synthetic validation", "synthetic test"),
    }
    metrics = recorded.data.metrics
    assert metrics["test/accuracy"] == pytest.approx(evaluation.scalars["accuracy"])
    assert metrics["test/accuracy_lower"] == pytest.approx(evaluation.intervals["accuracy"][0])
    assert metrics["images_per_second/head"] > 0 and metrics["seconds/fine_tune"] > 0
    assert {"validation_before/auroc", "validation_head/auroc", "validation_fine_tune/auroc"} <= set(metrics)
    assert len(metrics) < 70, "too many to find the few that count"
    assert not [name for name in metrics if "/recall/" in name or "/f1/" in name], "of a class: in evaluation.json"


def test_the_model_in_mlflow_has_the_runs_name_test_figures_and_test_images(
    finished: tuple[Path, Evaluation],
) -> None:
    home, evaluation = finished
    (recorded,) = mlflow_runs(home)
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        (model,) = client.search_logged_models([recorded.info.experiment_id])
    assert model.name == model_name(recorded.info.run_name, recorded.info.start_time)
    figures = {metric.key: metric for metric in model.metrics}
    assert figures["test/auroc"].value == pytest.approx(evaluation.scalars["auroc"])
    assert set(figures) == {name for name in recorded.data.metrics if name.startswith("test/")}
    (test,) = [one.dataset for one in recorded.inputs.dataset_inputs if one.dataset.name == "synthetic test"]
    assert {(one.dataset_name, one.dataset_digest) for one in model.metrics} == {(test.name, test.digest)}


def test_mlflow_has_both_phases_on_one_axis(finished: tuple[Path, Evaluation]) -> None:
    home, _ = finished
    (recorded,) = mlflow_runs(home)
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        phase = client.get_metric_history(recorded.info.run_id, "schedule/phase")
        rate = client.get_metric_history(recorded.info.run_id, "schedule/learning_rate")
    assert [(point.step, point.value) for point in phase] == [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (6, 1)]
    assert [point.value for point in rate] == pytest.approx([1e-3] * 3 + [1e-4] * 3)


def test_the_saved_model_says_the_same_and_mlflow_knows_its_classes(
    finished: tuple[Path, Evaluation], painted: Path
) -> None:
    home, evaluation = finished
    (recorded,) = mlflow_runs(home)
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        (model,) = client.search_logged_models([recorded.info.experiment_id])
        card = Path(mlflow.artifacts.download_artifacts(f"{model.artifact_location}/MLmodel")).read_text()
        paths = {item.path for item in client.list_artifacts(recorded.info.run_id)}
    assert model.source_run_id == recorded.info.run_id
    assert all(name in card for name in ("hairline", "threshold_rule", "image"))
    assert {"config.yaml", "split.csv", "audit.csv", "layers.csv", "predictions.csv", "plots"} <= paths
    loaded = keras.models.load_model(output_folder(home) / "model.keras")
    images = np.stack([read_resized(painted / name, 32) for name in evaluation.predictions.names])
    np.testing.assert_allclose(loaded.predict(images, verbose=0), evaluation.predictions.probabilities, atol=1e-5)


def test_other_seeds_share_the_test_images(finished: tuple[Path, Evaluation], tiny_head: list[str], home: Path) -> None:
    _, evaluation = finished
    other = run([*tiny_head, "seed=8", "run_name=other"])
    assert other.predictions.names == evaluation.predictions.names
    assert not np.array_equal(other.predictions.probabilities, evaluation.predictions.probabilities)
    (recorded,) = mlflow_runs(home)
    assert recorded.info.run_name == "other"


@contextmanager
def breaking(patch: pytest.MonkeyPatch, error: BaseException) -> Iterator[None]:
    """The second epoch raises `error`."""

    def record_epoch(recorder: object, epoch: EpochRecord) -> None:
        if epoch.epoch == 2:
            raise error

    patch.setattr(record_epochs, "record_epoch", record_epoch)
    with pytest.raises(type(error)):
        yield


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("broken"), "FAILED"), (KeyboardInterrupt(), "KILLED")])
def test_a_run_that_ends_badly_is_closed_and_the_next_one_is_not_disturbed(
    tiny_head: list[str],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    status: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="crack_exp")
    with breaking(monkeypatch, error):
        run(tiny_head)
    assert [recorded.info.status for recorded in mlflow_runs(home)] == [status]
    assert (
        f"not finished; resume with: python -m crack_exp.run resume={output_folder(home).relative_to(home)}"
        in caplog.text
    )


class Spoil(keras.callbacks.Callback):
    """NaN in the weights from the second epoch on, as after a learning rate that is far too high."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch == 1:
            self.model.set_weights([np.full_like(weight, np.nan) for weight in self.model.get_weights()])


def test_a_training_that_diverges_ends_at_once_and_is_not_offered_to_be_resumed(
    tiny_head: list[str], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="crack_exp")
    said = r"^optimizer.learning_rate=0.001: loss is nan in epoch 2 \(head\); start again with a lower one$"
    with pytest.raises(ValueError, match=said):
        run_experiment(settings(*tiny_head), home / "diverged", tiny_head, [Spoil()])
    (recorded,) = mlflow_runs(home)
    assert recorded.info.status == "FAILED" and "loss is nan in epoch 2" in recorded.data.tags["error"]
    assert not {name for name, value in recorded.data.metrics.items() if not np.isfinite(value)}
    assert {path.name for path in (home / "diverged").iterdir()} == {
        "config.yaml",
        "audit.csv",
        "split.csv",
        "layers.csv",
    }
    assert "not finished; resume with" not in caplog.text


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_images_that_vanish_in_training_cost_only_pictures(
    tiny_head: list[str], painted: Path, home: Path, caplog: pytest.LogCaptureFixture, precision: str
) -> None:
    shutil.copytree(painted, home / "photos")

    class Vanish(keras.callbacks.Callback):
        def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
            shutil.rmtree(home / "photos")

    others = [one for one in tiny_head if not one.startswith("data.")]
    overrides = [*others, "data=folder", "data.path=photos", "augment=flips", f"runtime.precision={precision}"]
    with caplog.at_level(logging.DEBUG, logger="crack_exp"):
        run_experiment(settings(*overrides), home / "mine", overrides, [Vanish()])
    (recorded,) = mlflow_runs(home)
    missing = recorded.data.tags["missing"]
    assert missing.startswith("report.html: without samples_per_class, augmentation, gallery")
    assert "No such file or directory" in missing and missing.endswith("all results are kept")
    assert recorded.info.status == "FINISHED" and "test/auroc" in recorded.data.metrics
    warnings = [one.message for one in caplog.records if one.levelno == logging.WARNING]
    assert [one for one in warnings if not one.startswith("doubt:")] == [missing]
    assert "Traceback" in caplog.text  # for the log file
    assert {"model.keras", "predictions.csv", "report.html"} <= {path.name for path in (home / "mine").iterdir()}
    assert (home / "mine" / "plots" / "confusion_matrix.png").is_file()
    assert not (home / "mine" / "checkpoint").exists()


def test_ctrl_c_that_a_library_swallowed_stops_the_run_behind_the_epoch(
    tiny_head: list[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs = []

    def swallow(recorder: object, epoch: EpochRecord) -> None:
        epochs.append(epoch.epoch)
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(record_epochs, "record_epoch", swallow)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        remember_interrupts()
        with pytest.raises(KeyboardInterrupt):
            run(tiny_head)
    finally:
        signal.signal(signal.SIGINT, before)
    assert epochs == [1]
    assert [recorded.info.status for recorded in mlflow_runs(home)] == ["KILLED"]


def test_a_tracker_that_fails_half_way_does_not_stop_training(
    tiny_head: list[str], home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log_batch = MlflowClient.log_batch

    def fails_on_epochs(self: MlflowClient, run_id: str, **logged: Any) -> object:
        if any(metric.key.startswith("epoch/") for metric in logged.get("metrics", ())):
            raise ConnectionError("the server is gone")
        return log_batch(self, run_id, **logged)

    monkeypatch.setattr(MlflowClient, "log_batch", fails_on_epochs)
    with caplog.at_level(logging.WARNING, logger="crack_exp"):
        evaluation = run(tiny_head)
    assert 0 <= evaluation.scalars["accuracy"] <= 1
    assert "the server is gone" in caplog.text and "epoch/" in caplog.text
    assert (output_folder(home) / "predictions.csv").exists()


def test_the_loss_that_is_asked_for_trains_both_phases_and_is_the_one_to_beat(tiny: list[str]) -> None:
    plain, focal = (build_parts(settings(*tiny, *loss)).phases for loss in ([], ["training.loss=focal"]))
    rows = np.array([[0.9, 0.1], [0.75, 0.25]])
    names = ["1.jpg", "2.jpg"]
    predictions = Predictions(names, names, np.array([0, 1]), rows, ["intact", "crack"], frozenset({0}))
    judged = evaluate(predictions, confidence=0.95, resamples=10, seed=0, threshold=None)
    for phase in plain:
        assert workflow._loss(phase, judged) == pytest.approx(judged.scalars["loss"], rel=1e-5)
    for phase in focal:
        # (1 - p) squared times the cross-entropy of each.
        assert workflow._loss(phase, judged) == pytest.approx(
            -(0.01 * np.log(0.9) + 0.5625 * np.log(0.25)) / 2, rel=1e-5
        )
    assert [phase.name for phase in focal] == ["head", "fine_tune"]
