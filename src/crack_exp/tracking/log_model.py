"""The trained model in MLflow, with its class names: it can be loaded and served without this package."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run
    from mlflow.models import ModelSignature

MODEL_NAME = "model"
PACKAGES_TO_SERVE = ("tensorflow", "keras", "numpy")


def log_model(
    client: "MlflowClient",
    run: "Run",
    model: "keras.Model",
    *,
    input_example: np.ndarray,
    metadata: Mapping[str, object],
) -> None:
    """Record a Keras model of built-in layers with the run; `runs:/RUN_ID/model` loads it.

    input_example: (1 or 2, S, S, 3) uint8, the input of the model; metadata: JSON values with
    `class_names`, available as `mlflow.pyfunc.load_model(...).metadata.metadata`.

    It uses the client, because `mlflow.tensorflow.log_model` writes to the tracking address and experiment that are
    global in the process.
    """
    from mlflow.entities import LoggedModelOutput

    entry = client.create_logged_model(run.info.experiment_id, name=MODEL_NAME, source_run_id=run.info.run_id)
    try:
        with TemporaryDirectory() as folder:
            _save(model, Path(folder, MODEL_NAME), entry, run.info.run_id, input_example, metadata)
            client.log_model_artifacts(entry.model_id, str(Path(folder, MODEL_NAME)))
        client.log_outputs(run.info.run_id, [LoggedModelOutput(entry.model_id, step=0)])
    except BaseException:
        client.finalize_logged_model(entry.model_id, "FAILED")
        raise
    client.finalize_logged_model(entry.model_id, "READY")


def _save(
    model: "keras.Model",
    folder: Path,
    entry: "LoggedModel",
    run_id: str,
    input_example: np.ndarray,
    metadata: Mapping[str, object],
) -> None:
    import mlflow.tensorflow
    from mlflow.models import Model

    mlflow.tensorflow.save_model(
        model,
        str(folder),
        mlflow_model=Model(artifact_path=entry.artifact_location, run_id=run_id, model_id=entry.model_id),
        signature=_signature(input_example, classes=model.output_shape[-1]),
        input_example=input_example,
        # Explicit, because MLflow would load the model in a new process to find them, which takes ten seconds.
        pip_requirements=[f"{name}=={version(name)}" for name in PACKAGES_TO_SERVE],
        metadata=dict(metadata),
    )


def _signature(input_example: np.ndarray, classes: int) -> "ModelSignature":
    """Input: N images; output: probabilities (N, classes)."""
    from mlflow.models import ModelSignature
    from mlflow.types.schema import Schema, TensorSpec

    images = TensorSpec(input_example.dtype, (-1, *input_example.shape[1:]))
    probabilities = TensorSpec(np.dtype(np.float32), (-1, classes))
    return ModelSignature(inputs=Schema([images]), outputs=Schema([probabilities]))
