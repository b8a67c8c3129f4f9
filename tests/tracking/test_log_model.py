import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pandas
import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModel, Run
from mlflow.models import Model
from PIL import Image

from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.datasets import SplitRecord
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.open_run import hand_in
from crack_exp.tracking.recorder import Recorder

if TYPE_CHECKING:
    from crack_exp.tracking.served_model import CrackClassifier

CARD: dict[str, Any] = {
    "class_names": ["intact", "hairline", "structural"],
    "intact": ["intact"],
    "image_size_px": 8,
    "threshold": 0.68,
}
LOAD_AND_PREDICT = """
import sys
from pathlib import Path
from typing import Any
import json, mlflow, numpy as np, pandas
sys.modules["crack_exp"] = None  # as where this package is not installed
store, model, folder = sys.argv[1:]
mlflow.set_tracking_uri(store)
loaded = mlflow.pyfunc.load_model(model)
assert loaded.metadata.metadata["class_names"] == ["intact", "hairline", "structural"]
files = [file.read_bytes() for file in sorted(Path(folder).glob("*.png"))]
arrays = list(np.load(Path(folder, "images.npy")))
for name, images in {
    "files": pandas.DataFrame({"image": files}),
    "arrays": pandas.DataFrame({"image": arrays}),
    "floats": np.load(Path(folder, "images.npy")).astype(np.float32),
    "list": files,
}.items():
    said = loaded.predict(images)
    Path(folder, name).write_text(said.to_json(orient="records"))
"""


@pytest.fixture(scope="module")
def classifier() -> keras.Model:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    images = keras.Input((8, 8, 3), dtype="uint8")
    features = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(layers.Rescaling(1 / 127.5, -1)(images)))
    return keras.Model(images, layers.Dense(3, activation="softmax")(features))


@pytest.fixture(scope="module")
def network(classifier: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("network") / "model.keras"
    classifier.save(path)
    return path


def some_images(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)


def png(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def run_in(mlruns: Path, run: Recorder) -> Run:
    return MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db").get_run(run.run_id)


def models_in(mlruns: Path, run: Recorder) -> list[LoggedModel]:
    """All logged models of the run's experiment."""
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    return list(client.search_logged_models([run.experiment_id]))


def test_without_this_package_files_and_arrays_get_class_score_decision_and_probabilities(
    mlruns: Path,
    tmp_path: Path,
    open_test_run: Callable[..., AbstractContextManager[Recorder]],
    classifier: keras.Model,
    network: Path,
) -> None:
    images = some_images(70)  # more than a batch
    with open_test_run() as run:
        run.model(Path(shutil.copy(network, tmp_path)), CARD, example=png(images[0]))
    assert run.failures == []
    np.save(tmp_path / "images.npy", images)
    for number, pixels in enumerate(images):
        (tmp_path / f"{number:02}.png").write_bytes(png(pixels))
    (model,) = models_in(mlruns, run)
    arguments = [f"sqlite:///{mlruns}/mlflow.db", model.model_uri, str(tmp_path)]
    subprocess.run([sys.executable, "-c", LOAD_AND_PREDICT, *arguments], check=True)
    expected = classifier.predict(images, verbose=0)
    for name in ("files", "arrays", "floats", "list"):
        rows = json.loads((tmp_path / name).read_text())
        found = np.array([[row["probabilities"][label] for label in CARD["class_names"]] for row in rows])
        np.testing.assert_allclose(found, expected, atol=1e-6)
        assert [row["label"] for row in rows] == [CARD["class_names"][index] for index in expected.argmax(axis=1)]
        scores = [row["crack_score"] for row in rows]
        np.testing.assert_allclose(scores, 1 - expected[:, 0], atol=1e-6)
        assert [row["is_crack"] for row in rows] == [score >= 0.68 for score in scores]
        assert {row["is_crack"] for row in rows} == {True, False}


def test_the_model_has_signature_requirements_and_example(
    mlruns: Path, tmp_path: Path, open_test_run: Callable[..., AbstractContextManager[Recorder]], network: Path
) -> None:
    with open_test_run() as run:
        run.model(Path(shutil.copy(network, tmp_path)), CARD, example=png(some_images(1)[0]))
    (model,) = models_in(mlruns, run)
    assert (model.source_run_id, model.status.name) == (run.run_id, "READY")
    files = Path(model.artifact_location.removeprefix("file://"))
    signature = Model.load(str(files)).signature
    assert signature.inputs is None  # MLflow would refuse arrays by it
    outputs = [column.name for column in signature.outputs]
    assert outputs == ["label", "crack_score", "is_crack", "threshold", "probabilities"]
    requirements = (files / "requirements.txt").read_text().split()
    assert [line.split("==")[0] for line in requirements] == [
        *("mlflow", "tensorflow", "keras", "numpy", "pillow", "pandas"),
    ]
    assert (files / "serving_input_example.json").exists()


def test_the_model_has_the_runs_name_and_day_its_card_figures_and_data_set(
    mlruns: Path, tmp_path: Path, open_test_run: Callable[..., AbstractContextManager[Recorder]], network: Path
) -> None:
    figures, test = {"test/auroc": 0.976, "test/loss": np.inf}, SplitRecord("ccic", "test", "c" * 64, "/walls", {})
    with open_test_run() as run:
        run.model(Path(shutil.copy(network, tmp_path)), CARD | {"figures": {}}, example=png(some_images(1)[0]))
        run.model_metrics(figures, test)
    assert run.failures == []
    (model,) = models_in(mlruns, run)
    of_run = run_in(mlruns, run)
    assert model.name == f"adam seed 1 {datetime.fromtimestamp(of_run.info.start_time / 1000):%Y-%m-%d}"
    assert model.params == {
        "class_names": "['intact', 'hairline', 'structural']",
        "intact": "['intact']",
        "image_size_px": "8",
        "threshold": "0.68",
    }
    known = {metric.key: (metric.value, metric.dataset_name, metric.dataset_digest) for metric in model.metrics}
    assert known["test/auroc"] == (0.976, "ccic test", "c" * 10) and set(known) == set(figures)
    assert of_run.data.metrics["test/auroc"] == 0.976 and np.isnan(of_run.data.metrics["test/loss"])


def test_figures_reach_the_run_without_a_model_and_the_model_as_soon_as_there_is_one(
    mlruns: Path, tmp_path: Path, open_test_run: Callable[..., AbstractContextManager[Recorder]], network: Path
) -> None:
    test = SplitRecord("ccic", "test", "c" * 64, "/walls", {})
    with open_test_run() as run:
        run.model(tmp_path / network.name, CARD, example=png(some_images(1)[0]))  # the file is missing
        run.model_metrics({"test/auroc": 0.976}, test)
    assert [failure.partition(" (")[0] for failure in run.failures] == [
        "the model",
        "metrics test/auroc of the model",
    ]
    assert run_in(mlruns, run).data.metrics == {"test/auroc": 0.976}
    shutil.copy(network, tmp_path)
    hand_in(StoreAddress(None, mlruns), "cracks", tmp_path)
    hand_in_again = [path.name for path in tmp_path.glob("*.jsonl")]
    ready = [model for model in models_in(mlruns, run) if model.status.name == "READY"]
    assert hand_in_again == [] and len(ready) == 1
    assert [(metric.key, metric.value) for metric in ready[0].metrics] == [("test/auroc", 0.976)]
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    assert len(client.get_metric_history(run.run_id, "test/auroc")) == 1


def test_a_model_that_cannot_be_saved_is_marked_as_failed(
    mlruns: Path, open_test_run: Callable[..., AbstractContextManager[Recorder]], tmp_path: Path
) -> None:
    with open_test_run() as run:
        run.model(tmp_path / "missing.keras", CARD, example=png(some_images(1)[0]))
        run.metrics({"test/accuracy": 0.9}, step=None)
    assert [failure.split(" (")[0] for failure in run.failures] == ["the model"]
    assert {model.status.name for model in models_in(mlruns, run)} == {"FAILED"}
    assert run_in(mlruns, run).data.metrics == {"test/accuracy": 0.9}


@pytest.fixture(scope="module")
def served(network: Path) -> "CrackClassifier":
    """The code of a logged model as MLflow runs it."""
    with mlflow_environment():  # MLflow's import brings warnings
        from crack_exp.tracking.served_model import CrackClassifier
    model = CrackClassifier()
    model.load_context(SimpleNamespace(model_config=CARD, artifacts={"network": str(network)}))
    return model


def test_images_are_taken_in_the_forms_that_people_have(served: "CrackClassifier") -> None:
    pixels = some_images(2)
    expected = served.predict(None, list(pixels))
    encoded = [base64.b64encode(png(image)).decode() for image in pixels]
    forms: dict[str, Any] = {
        "an array": pixels,
        "whole floats": pixels.astype(np.float32),
        "numbers of JSON": pixels.tolist(),
        "the only column": pandas.DataFrame({"0": [png(image) for image in pixels]}),
        "a mapping": {"image": pixels},
        "a series": pandas.Series(list(pixels)),
        "base64": encoded,
    }
    for form, given in forms.items():
        pandas.testing.assert_frame_equal(served.predict(None, given), expected, obj=form)
    for one in (pixels[0], png(pixels[0]), encoded[0], bytearray(png(pixels[0]))):
        assert served.predict(None, one).label.tolist() == expected.label.tolist()[:1]
    black = np.zeros((1, 8, 8, 3))
    pandas.testing.assert_frame_equal(served.predict(None, black), served.predict(None, black.astype(np.uint8)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda pixels: pixels / 255, "image 0: numbers from 0 to 1 in an array of float64; .* multiply them by 255"),
        (lambda pixels: (pixels > 127).astype(int), "image 0: numbers from 0 to 1 in an array of int64; .* multiply"),
        (lambda pixels: pixels / 127.5 - 1, "image 0: numbers from -1 to 1 .* whole numbers from 0 to 255$"),
        (lambda pixels: pixels + 0.5, "image 0: numbers from .* whole numbers from 0 to 255$"),
        (lambda pixels: pixels.astype(int) + 1, "image 0: numbers from 1 to 256 "),
        (lambda pixels: pixels * np.nan, "image 0: numbers from nan to nan "),
        (lambda pixels: pixels[..., 0], "image 0: an array of uint8 .* expected RGB pixels"),
        (lambda pixels: pandas.DataFrame({"a": [1], "b": [2]}), "expected a column 'image', found a, b$"),
    ],
)
def test_other_numbers_are_refused_and_not_taken_for_dark_images(
    served: "CrackClassifier", change: Callable[[np.ndarray], Any], said: str
) -> None:
    pixels = np.zeros((1, 8, 8, 3), np.uint8)
    pixels[0, 0] = 255
    with pytest.raises(ValueError, match=f"^{said}"):
        served.predict(None, change(pixels))


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [(["torch"], "torch"), (["jax", "torch"], "torch"), (["jax"], "jax"), (["tensorflow", "torch"], None), ([], None)],
)
def test_a_backend_that_is_there_computes(
    installed: list[str], chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a model that learned with PyTorch; without TensorFlow, Keras finds none by itself."""
    with mlflow_environment():
        from crack_exp.tracking import served_model

    util = SimpleNamespace(find_spec=lambda name: SimpleNamespace(origin=name if name in installed else None))
    monkeypatch.setattr(served_model, "importlib", SimpleNamespace(util=util))
    monkeypatch.delitem(sys.modules, "keras")
    monkeypatch.setattr(os, "environ", {})
    served_model._choose_backend("torch")
    assert os.environ.get("KERAS_BACKEND") == chosen


def test_probabilities_that_are_no_numbers_are_an_error_and_no_intact_wall() -> None:
    with mlflow_environment():
        from crack_exp.tracking.served_model import CrackClassifier

    class Network:
        def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
            return np.full((len(images), 2), np.nan, np.float32)

    model = CrackClassifier()
    model.card = {"class_names": ["intact", "crack"], "intact": ["intact"], "threshold": 0.5, "image_size_px": 8}
    model.network = Network()
    with pytest.raises(ValueError, match="probabilities that are no finite numbers; train it again"):
        model.predict(None, pandas.DataFrame({"image": [png(some_images(1)[0])]}))
