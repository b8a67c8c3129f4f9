import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.models import Model
from PIL import Image

from crack_exp.tracking.recorder import Recorder

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
for name, images in (("files", files), ("arrays", arrays)):
    said = loaded.predict(pandas.DataFrame({"image": images}))
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
    arguments = [f"sqlite:///{mlruns}/mlflow.db", f"runs:/{run.run_id}/model", str(tmp_path)]
    subprocess.run([sys.executable, "-c", LOAD_AND_PREDICT, *arguments], check=True)
    expected = classifier.predict(images, verbose=0)
    for name in ("files", "arrays"):
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
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    (model,) = client.search_logged_models([client.get_run(run.run_id).info.experiment_id])
    assert (model.name, model.source_run_id, model.status.name) == ("model", run.run_id, "READY")
    files = Path(model.artifact_location.removeprefix("file://"))
    signature = Model.load(str(files)).signature
    assert [(column.name, column.type.name) for column in signature.inputs] == [("image", "binary")]
    outputs = [column.name for column in signature.outputs]
    assert outputs == ["label", "crack_score", "is_crack", "threshold", "probabilities"]
    requirements = (files / "requirements.txt").read_text().split()
    assert [line.split("==")[0] for line in requirements] == [
        *("mlflow", "tensorflow", "keras", "numpy", "pillow", "pandas"),
    ]
    assert (files / "serving_input_example.json").exists()


def test_a_model_that_cannot_be_saved_is_marked_as_failed(
    mlruns: Path, open_test_run: Callable[..., AbstractContextManager[Recorder]], tmp_path: Path
) -> None:
    with open_test_run() as run:
        run.model(tmp_path / "missing.keras", CARD, example=png(some_images(1)[0]))
        run.metrics({"test/accuracy": 0.9}, step=None)
    assert [failure.split(" (")[0] for failure in run.failures] == ["the model"]
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    models = client.search_logged_models([client.get_run(run.run_id).info.experiment_id])
    assert {model.status.name for model in models} == {"FAILED"}
    assert client.get_run(run.run_id).data.metrics == {"test/accuracy": 0.9}
