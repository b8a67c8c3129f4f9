"""The trained model in MLflow, with its card: it can be loaded and served without this package."""

import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crack_exp.data import decoding

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run
    from mlflow.models import ModelSignature

MODEL_NAME = "model"
NETWORK = "network"
"""The name of the .keras file among the files of a logged model."""

IMAGE = "image"
"""The name of the input column."""

PACKAGES_TO_SERVE = ("tensorflow", "keras", "numpy", "pillow", "pandas")
CODE = Path(__file__).with_name("served_model.py")
DECODING = "crack_exp_decoding.py"


def log_model(client: "MlflowClient", run: "Run", network: Path, card: Mapping[str, Any], example: bytes) -> None:
    """Record a model with the run; `runs:/RUN_ID/model` loads it.

    network: a .keras file of built-in layers; card: JSON values with class_names, intact, threshold, image_size_px and
    white_level, available as `mlflow.pyfunc.load_model(...).metadata.metadata`; example: the bytes of an image file.

    It uses the client, because `mlflow.pyfunc.log_model` writes to the tracking address and experiment that are
    global in the process.
    """
    from mlflow.entities import LoggedModelOutput

    entry = client.create_logged_model(run.info.experiment_id, name=MODEL_NAME, source_run_id=run.info.run_id)
    try:
        with TemporaryDirectory() as folder:
            _save(network, Path(folder), entry, run.info.run_id, card, example)
            client.log_model_artifacts(entry.model_id, str(Path(folder, MODEL_NAME)))
        client.log_outputs(run.info.run_id, [LoggedModelOutput(entry.model_id, step=0)])
    except BaseException:
        client.finalize_logged_model(entry.model_id, "FAILED")
        raise
    client.finalize_logged_model(entry.model_id, "READY")


def _save(
    network: Path, folder: Path, entry: "LoggedModel", run_id: str, card: Mapping[str, Any], example: bytes
) -> None:
    import mlflow.pyfunc
    import pandas
    from mlflow.models import Model

    # Under a name of its own: as crack_exp it would hide an installed version of this package.
    shutil.copyfile(decoding.__file__, folder / DECODING)
    mlflow.pyfunc.save_model(
        str(folder / MODEL_NAME),
        python_model=str(CODE),
        code_paths=[str(folder / DECODING)],
        artifacts={NETWORK: str(network)},
        model_config=dict(card),
        mlflow_model=Model(artifact_path=entry.artifact_location, run_id=run_id, model_id=entry.model_id),
        signature=_signature(),
        input_example=pandas.DataFrame({IMAGE: [example]}),
        # Explicit, because MLflow would load the model in a new process to find them, which takes ten seconds.
        pip_requirements=[f"{name}=={version(name)}" for name in PACKAGES_TO_SERVE],
        metadata=dict(card),
    )


def _signature() -> "ModelSignature":
    """Output: a row for each image, see `served_model`. No input: by one, MLflow would refuse arrays."""
    from mlflow.models import ModelSignature
    from mlflow.types.schema import ColSpec, DataType, Map, Schema

    rows = {"label": "string", "crack_score": "double", "is_crack": "boolean", "threshold": "double"}
    columns = [ColSpec(kind, name) for name, kind in rows.items()]
    columns.append(ColSpec(Map(DataType.double), "probabilities"))
    return ModelSignature(outputs=Schema(columns))
