"""A whole pretraining: what it leaves behind, what a kill does to it, and what the weights are good for."""

import csv
import json
import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run as MlflowRun
from sklearn.metrics import average_precision_score

from crack_exp.config.schema import ModelConfig
from crack_exp.model.painted import read_card, read_crack_heads, read_head
from crack_exp.model.painting_heads import crack_cells, layer_of_stride
from crack_exp.model.weights import load_weights
from crack_exp.painter import CLASS_NAMES, PAINTER_VERSION
from crack_exp.pretrain import parts, pretrain
from crack_exp.pretrain.record import model_words
from crack_exp.pretrain.validation_set import ValidationSet, paint_validation_set
from crack_exp.tracking.environment import mlflow_environment
from tests.commands import REPOSITORY, crack_exp, forked_python, only_folder, python

# Three chunks of small paintings.
TINY = [
    "optimizer=sgd",  # compiles fastest
    "model.image_size_px=32",
    "budget.minutes=null",
    "budget.images=320",
    "training.batch_size=16",
    "paintings.per_chunk=32",
    "paintings.validation=100",
    "save_as=imagenet+painted",
]


def network() -> keras.Model:
    """In the place of MobileNetV2, whose training step takes a quarter of a minute to compile."""
    pixels = keras.Input((32, 32, 3), dtype="uint8")
    features = keras.layers.Rescaling(1 / 127.5, -1)(pixels)
    for number, stride in enumerate((4, 2, 2, 2)):
        features = keras.layers.Conv2D(8, 3, strides=stride, padding="same", name=f"conv_{number}")(features)
        features = keras.layers.ReLU()(keras.layers.BatchNormalization(name=f"norm_{number}")(features))
    return keras.Model(pixels, features, name="tiny_32")


def body(settings: ModelConfig, allow_code: Sequence[str] = ()) -> keras.Model:
    """The same with the weights that it starts from."""
    built = network()
    load_weights(built, network, settings.weights)
    return built


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of weights to start from."""
    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("weights") / "start.weights.h5"
    network().save_weights(path)
    return path


@pytest.fixture(scope="module")
def finished(start: Path, make_home: Callable[[], Path]) -> Iterator[Path]:
    """The folder that a finished pretraining was started from; its cache lies there too."""
    home = make_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setattr(parts, "build_body", body)
        patch.setenv("CRACK_EXP_CACHE", str(home / "cache"))
        pretrain([*TINY, f"model.weights={start}", "seed=7"])
        yield home


def history(home: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((only_folder(home) / "history.csv").read_text().splitlines()))


def mlflow_run(home: Path) -> MlflowRun:
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlruns/mlflow.db")
        experiment = client.get_experiment_by_name("crack_exp")
        (recorded,) = client.search_runs([experiment.experiment_id])
    return recorded


def test_the_folder_holds_settings_history_card_and_weights(finished: Path) -> None:
    names = {path.name for path in only_folder(finished).iterdir()}
    assert names == {"config.yaml", "history.csv", "card.json", "painted.npz"}
    rows = history(finished)
    assert [row["images"] for row in rows] == ["128", "256", "320"]
    assert {"train_loss", "train_crack_8_loss", "train_crack_loss", "validation_auroc"} <= set(rows[0])
    first = (only_folder(finished) / "config.yaml").read_text().partition("\n")[0]
    assert first.startswith("# python -m crack_exp.pretrain ") and first.endswith(" seed=7")


def test_the_card_says_where_the_weights_come_from_and_what_they_reach(finished: Path) -> None:
    folder = only_folder(finished)
    card = json.loads((folder / "card.json").read_text())
    assert card == read_card(folder / "painted.npz")
    assert (card["architecture"], card["alpha"]) == ("keras.applications.MobileNetV2", 0.35)
    assert (card["images_seen"], card["paintings"], card["seed"]) == (320, 96, 7)
    assert card["painter_version"] == PAINTER_VERSION and card["precision"] == "float32"
    assert {"command", "git.commit", "git.dirty", "version.keras", "minutes", "devices"} <= set(card)
    assert set(card["validation"]) == {"loss", "accuracy", "auroc", "crack_cells_average_precision"}


def test_mlflow_has_settings_lineage_curves_and_weights(finished: Path) -> None:
    recorded = mlflow_run(finished)
    assert recorded.info.status == "FINISHED"
    assert recorded.data.params["budget.images"] == "320"
    assert recorded.data.tags["verb"] == "pretrain" and len(recorded.data.tags["weights.sha256"]) == 64
    assert {"chunk/train_loss", "chunk/validation_auroc", "chunk/images_per_second"} <= set(recorded.data.metrics)
    assert (
        recorded.data.metrics["validation/accuracy"]
        == read_card(only_folder(finished) / "painted.npz")["validation"]["accuracy"]
    )
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{finished}/mlruns/mlflow.db")
        steps = [point.step for point in client.get_metric_history(recorded.info.run_id, "chunk/train_loss")]
        files = {item.path for item in client.list_artifacts(recorded.info.run_id)}
    assert steps == [1, 2, 3]
    assert {"config.yaml", "history.csv", "card.json", "painted.npz"} <= files


def test_the_weights_and_their_head_say_what_the_card_says(finished: Path) -> None:
    """Loaded from 16 bits into a fresh network, they reach the figures of the card."""
    path = only_folder(finished) / "painted.npz"
    loaded, head, validation = network(), read_head(path), validation_paintings()
    load_weights(loaded, network, str(path))
    features = loaded.predict(validation.paintings.pixels, verbose=0).mean(axis=(1, 2))
    logits = features @ head.kernel + head.bias
    assert head.class_names == CLASS_NAMES
    labels = validation.paintings.labels
    loss = np.mean(np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(labels)), labels])
    assert loss == pytest.approx(read_card(path)["validation"]["loss"], rel=0.01)


def test_the_crack_map_of_the_file_finds_the_cells_that_the_card_says(finished: Path) -> None:
    path = only_folder(finished) / "painted.npz"
    loaded, head, paintings = network(), read_crack_heads(path)["crack_8"], validation_paintings().paintings
    load_weights(loaded, network, str(path))
    features = keras.Model(loaded.inputs, layer_of_stride(loaded, 8).output).predict(paintings.pixels, verbose=0)
    logits = features @ head.kernel + head.bias
    found = average_precision_score(crack_cells(paintings.masks, 8).ravel(), logits.ravel())
    assert found == pytest.approx(read_card(path)["validation"]["crack_cells_average_precision"], rel=0.02)


def validation_paintings() -> ValidationSet:
    return paint_validation_set(100, view_px=32, size_px=40, class_shares=[0.4, 0.15, 0.15, 0.15, 0.15], painters=2)


def test_a_copy_is_kept_for_later_runs_by_name(finished: Path) -> None:
    named, given = network(), network()
    load_weights(named, network, "imagenet+painted")
    load_weights(given, network, str(only_folder(finished) / "painted.npz"))
    for one, other in zip(named.get_weights(), given.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_killed_pretraining_ends_with_the_weights_of_the_unbroken_one(
    finished: Path,
    start: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(REPOSITORY)!r})
from crack_exp import pretrain
from crack_exp.pretrain import parts, workflow
from tests.pretrain.test_command import body
parts.build_body = body
original = workflow.record_chunk
def record_chunk(recorder, record):
    original(recorder, record)
    if record.chunk == 2:
        os.kill(os.getpid(), signal.SIGKILL)
workflow.record_chunk = record_chunk
sys.argv = ["pretrain", *{TINY!r}, "model.weights={start}", "seed=7"]
pretrain.main()
"""
    killed = forked_python(program, home)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    folder = only_folder(home)
    assert f"run folder: {folder}" in killed.stdout and "40 %: 128 images" in killed.stdout
    monkeypatch.setenv("CRACK_EXP_CACHE", str(home / "cache"))
    with caplog.at_level(logging.INFO, logger="crack_exp"):
        path = pretrain([f"resume={folder}"])
    assert path == folder / "painted.npz"
    # Killed before the second chunk was saved: it is trained on anew.
    assert "40 %: 128 images" not in caplog.text and "80 %: 256 images" in caplog.text
    assert [row["images"] for row in history(home)] == ["128", "256", "320"]
    assert mlflow_run(home).info.status == "FINISHED"
    with np.load(only_folder(finished) / "painted.npz") as one, np.load(path) as other:
        np.testing.assert_allclose(one["weights"].astype(float), other["weights"].astype(float), atol=2e-3)
    assert f"python -m crack_exp.run model=mobilenet_v2_035 model.weights={path}" in caplog.text
    assert not (folder / "checkpoint").exists()


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["budget.minutes=0"], "budget.minutes=0.0: must be from "),
        (["resume=outputs/nowhere"], "resume=outputs/nowhere: no run began there; "),
        (["budget.images=5000"], "budget.minutes=30.0 and budget.images=5000: give one of them and set the other to"),
    ],
)
def test_the_command_ends_with_one_line_and_leaves_nothing(overrides: list[str], said: str, tmp_path: Path) -> None:
    done = crack_exp(*overrides, cwd=tmp_path, verb="pretrain")
    assert done.returncode == 1
    assert done.stderr.startswith(f"crack_exp: {said}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "mlruns").exists()


def test_help_is_answered_without_tensorflow(tmp_path: Path) -> None:
    program = """
import sys
from crack_exp import pretrain
sys.argv = ["pretrain", "--help"]
try:
    pretrain.main()
except SystemExit:
    pass
assert not {"tensorflow", "keras", "mlflow", "matplotlib"} & set(sys.modules)
"""
    done = python(program, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "budget.minutes=30" in done.stdout and "python -m crack_exp.pretrain resume=" in done.stdout


def test_the_words_that_say_which_network_it_is() -> None:
    assert model_words(["python", "-m", "crack_exp.pretrain", "seed=2"]) == ["model=mobilenet_v2_035"]
    chosen = ["model=mobilenet_v2", "model.backbone.alpha=0.5", "model.weights=none"]
    assert model_words(["python", *chosen]) == chosen[:2]
