"""The kept results of a training, from which its model is evaluated again without another training."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crack_exp.model.card import read_model_card
from crack_exp.run_files.names import CALIBRATED, MODEL, MODEL_SHA256, RUN_FOLDER
from crack_exp.run_files.predicted_run import PredictedRun
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.training.history import EpochRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptTraining:
    """The run that trained, its epochs, the file of its calibrated model, and probabilities (N, C) float32.

    temperature: of the model in this file. stages: of the validation images, by stage, and test: of the test images,
    both before calibration and in the order of their names.
    """

    run_id: str
    model: Path
    temperature: float
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
        temperature = read_model_card(model).temperature
    except UserError as error:
        log.warning("trained again, as the earlier run %s is damaged: %s", finished.run.run_id, error)
        return None
    stages = {stage: said.probabilities for stage, said in predicted.items() if stage != CALIBRATED}
    if not stages or not model.is_file() or file_sha256(model) != finished.run.tags.get(MODEL_SHA256):
        return None
    return KeptTraining(finished.run.run_id, model, temperature, history, stages, finished.raw)
