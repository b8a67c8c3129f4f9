"""The trained model in MLflow, with its card and figures: it can be loaded and served without this package."""

import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crack_exp.data import decoding
from crack_exp.system.keras_backend import keras_backend
from crack_exp.tracking.mlflow_values import flatten, model_name

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Metric, Run
    from mlflow.models import ModelSignature

FOLDER = "model"
NETWORK = "network"
"""The name of the .keras file among the files of a logged model."""

IMAGE = "image"
"""The name of the input column."""

PACKAGES_TO_SERVE = ("keras", "numpy", "pillow", "pandas")
BACKEND = "keras_backend"
CODE = Path(__file__).with_name("served_model.py")
DECODING = "crack_exp_decoding.py"
FIGURES = "figures"
"""Of the card; they are metrics on the page of the model."""


def log_model(client: "MlflowClient", run: "Run", network: Path, card: Mapping[str, Any], example: bytes) -> None:
    """Record a model with the run, under the run's name and day; `models:/MODEL_ID` loads it.

    network: a .keras file of built-in layers; card: JSON values with class_names, intact, threshold, image_size_px and
    white_level, available as `mlflow.pyfunc.load_model(...).metadata.metadata`; example: the bytes of an image file.

    It uses the client, because `mlflow.pyfunc.log_model` writes to the tracking address and experiment that are
    global in the process.
    """
    from mlflow.entities import LoggedModelOutput

    entry = client.create_logged_model(
        run.info.experiment_id,
        name=model_name(run.info.run_name or run.info.run_id, run.info.start_time),
        source_run_id=run.info.run_id,
        params=flatten({key: value for key, value in card.items() if key != FIGURES}),
    )
    _close_unfinished(client, run, entry.model_id)
    try:
        with TemporaryDirectory() as folder:
            _save(network, Path(folder), entry, run.info.run_id, card, example)
            client.log_model_artifacts(entry.model_id, str(Path(folder, FOLDER)))
        client.log_outputs(run.info.run_id, [LoggedModelOutput(entry.model_id, step=0)])
    except BaseException:
        client.finalize_logged_model(entry.model_id, "FAILED")
        raise
    client.finalize_logged_model(entry.model_id, "READY")


def _close_unfinished(client: "MlflowClient", run: "Run", but: str) -> None:
    """Close models of the run that stand as PENDING from an attempt in which the server was gone, all but this one."""
    of_run = f"source_run_id = '{run.info.run_id}'"
    for model in client.search_logged_models([run.info.experiment_id], filter_string=of_run):
        if model.model_id != but and str(model.status) == "PENDING":
            client.finalize_logged_model(model.model_id, "FAILED")


def log_model_metrics(client: "MlflowClient", run_id: str, metrics: Sequence["Metric"]) -> None:
    """Put these metrics of the run on the page of its model as well. Raises LookupError where it has none."""
    from mlflow.entities import Metric

    models = client.get_run(run_id).outputs.model_outputs
    if not models:
        raise LookupError("the run has no model")
    model_id = models[-1].model_id
    client.log_batch(run_id, metrics=[Metric(**{**dict(one), "model_id": model_id}) for one in metrics])


def _save(
    network: Path, folder: Path, entry: "LoggedModel", run_id: str, card: Mapping[str, Any], example: bytes
) -> None:
    import mlflow.pyfunc
    import pandas
    from mlflow.models import Model

    # Under a name of its own: as crack_exp it would hide an installed version of this package.
    shutil.copyfile(decoding.__file__, folder / DECODING)
    mlflow.pyfunc.save_model(
        str(folder / FOLDER),
        python_model=str(CODE),
        code_paths=[str(folder / DECODING)],
        artifacts={NETWORK: str(network)},
        model_config={**card, BACKEND: keras_backend()},
        mlflow_model=Model(artifact_path=entry.artifact_location, run_id=run_id, model_id=entry.model_id),
        signature=_signature(),
        input_example=pandas.DataFrame({IMAGE: [example]}),
        # Explicit, because MLflow would load the model in a new process to find them, which takes ten seconds.
        pip_requirements=[f"{name}=={version(name)}" for name in (keras_backend(), *PACKAGES_TO_SERVE)],
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
