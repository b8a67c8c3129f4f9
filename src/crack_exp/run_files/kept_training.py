"""The kept results of a training, from which its model is evaluated again without another training."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crack_exp.run_files.names import MODEL, MODEL_SHA256, RUN_FOLDER
from crack_exp.run_files.predicted_run import PredictedRun
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.training.history import EpochRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptTraining:
    """The run that trained, its epochs, the file of its model, and the probabilities (N, C) float32 of this model.

    stages: of the validation images, by stage; test: of the test images; both in the order of their names.
    """

    run_id: str
    model: Path
    history: list[EpochRecord]
    stages: Mapping[str, np.ndarray]
    test: np.ndarray


def kept_training(finished: PredictedRun) -> KeptTraining | None:
    """The training of a finished run.

    None where the run kept too little, its files are damaged, or its model file is gone or has changed.
    """
    model = Path(finished.run.tags.get(RUN_FOLDER, ""), MODEL)
    try:
        history, predicted = finished.history, finished.stages
    except UserError as error:
        log.warning("trained again, as the earlier run %s is damaged: %s", finished.run.run_id, error)
        return None
    stages = {stage: predictions.probabilities for stage, predictions in predicted.items()}
    if not stages or not model.is_file() or file_sha256(model) != finished.run.tags.get(MODEL_SHA256):
        return None
    return KeptTraining(finished.run.run_id, model, history, stages, finished.predictions.probabilities)
