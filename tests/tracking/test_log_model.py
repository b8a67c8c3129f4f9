import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import keras
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.models import Model

from crack_exp.tracking.recorder import Recorder

LOAD_AND_PREDICT = """
import sys
import mlflow, numpy as np
store, model, images, answer = sys.argv[1:]
mlflow.set_tracking_uri(store)
loaded = mlflow.pyfunc.load_model(model)
assert loaded.metadata.metadata["class_names"] == ["intact", "hairline", "structural"]
np.save(answer, loaded.predict(np.load(images)))
"""


@pytest.fixture(scope="module")
def classifier() -> keras.Model:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    images = keras.Input((8, 8, 3), dtype="uint8")
    features = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(layers.Rescaling(1 / 127.5, -1)(images)))
    return keras.Model(images, layers.Dense(3, activation="softmax")(features))


def some_images(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)


def test_a_new_process_gets_the_same_probabilities_and_class_names(
    mlruns: Path,
    tmp_path: Path,
    open_test_run: Callable[..., AbstractContextManager[Recorder]],
    classifier: keras.Model,
) -> None:
    metadata = {"class_names": ["intact", "hairline", "structural"], "intact": ["intact"], "image_size_px": 8}
    with open_test_run() as run:
        run.model(classifier, input_example=some_images(2), metadata=metadata)
    assert run.failures == []
    np.save(tmp_path / "images.npy", some_images(5))
    store, answer = f"sqlite:///{mlruns}/mlflow.db", tmp_path / "answer.npy"
    arguments = [store, f"runs:/{run.run_id}/model", str(tmp_path / "images.npy"), str(answer)]
    subprocess.run([sys.executable, "-c", LOAD_AND_PREDICT, *arguments], check=True)
    np.testing.assert_allclose(np.load(answer), classifier.predict(some_images(5), verbose=0), atol=1e-6)


def test_the_model_has_signature_requirements_and_example(
    mlruns: Path, open_test_run: Callable[..., AbstractContextManager[Recorder]], classifier: keras.Model
) -> None:
    with open_test_run() as run:
        run.model(classifier, input_example=some_images(1), metadata={"class_names": ["a", "b", "c"]})
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    (model,) = client.search_logged_models([client.get_run(run.run_id).info.experiment_id])
    assert (model.name, model.source_run_id, model.status.name) == ("model", run.run_id, "READY")
    files = Path(model.artifact_location.removeprefix("file://"))
    signature = Model.load(str(files)).signature
    assert [(field.type.name, field.shape) for field in signature.inputs] == [("uint8", (-1, 8, 8, 3))]
    assert [(field.type.name, field.shape) for field in signature.outputs] == [("float32", (-1, 3))]
    requirements = (files / "requirements.txt").read_text().split()
    assert [line.split("==")[0] for line in requirements] == ["mlflow", "tensorflow", "keras", "numpy"]
    assert (files / "serving_input_example.json").exists()


def test_a_model_that_cannot_be_saved_is_marked_as_failed(
    mlruns: Path, open_test_run: Callable[..., AbstractContextManager[Recorder]]
) -> None:
    with open_test_run() as run:
        run.model(object(), input_example=some_images(1), metadata={})
        run.metrics({"test/accuracy": 0.9}, step=None)
    assert [failure.split(" (")[0] for failure in run.failures] == ["the model"]
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns}/mlflow.db")
    models = client.search_logged_models([client.get_run(run.run_id).info.experiment_id])
    assert {model.status.name for model in models} == {"FAILED"}
    assert client.get_run(run.run_id).data.metrics == {"test/accuracy": 0.9}
