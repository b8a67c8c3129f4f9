"""A finished run with its predictions, read from MLflow."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crack_exp.evaluation.predictions import Predictions
from crack_exp.run_files.history_csv import read_history
from crack_exp.run_files.names import CLASSES, HISTORY, INTACT, SEED, TEST_PREDICTIONS, VALIDATION_PREDICTIONS
from crack_exp.run_files.predictions_csv import read_predictions, read_stages, read_uncalibrated
from crack_exp.system.errors import UserError
from crack_exp.system.own_files import reading_own_file
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.training.history import EpochRecord


@dataclass(frozen=True)
class PredictedRun:
    """A finished run with its predictions of the test images, in the order of their names.

    raw: (N, C) their probabilities before calibration.
    """

    run: FinishedRun
    predictions: Predictions
    raw: np.ndarray

    @property
    def seed(self) -> str:
        return self.run.params.get(SEED, "")

    @property
    def history(self) -> list[EpochRecord]:
        """Its epochs; none where it recorded none."""
        with reading_own_file(Path(HISTORY), f"leave run {self.run.run_id} out, or train it again"):
            return read_history(self.run.rows(HISTORY) or [])

    @property
    def stages(self) -> Mapping[str, Predictions]:
        """Of the validation images, by stage of training; empty where the run kept none."""
        with reading_own_file(Path(VALIDATION_PREDICTIONS), f"leave run {self.run.run_id} out, or train it again"):
            return read_stages(self.run.rows(VALIDATION_PREDICTIONS) or [], *classes_of(self.run))


def read_predicted_run(run: FinishedRun) -> PredictedRun | str:
    """The run with its predictions, or why it has none."""
    if run.status != "FINISHED":
        return f"is {run.status}"
    try:
        with reading_own_file(Path(TEST_PREDICTIONS), "train it again"):
            if CLASSES not in run.tags or not (rows := run.rows(TEST_PREDICTIONS)):
                return "has no predictions"
            # So that runs which read the same images in another order agree.
            rows, (class_names, intact) = sorted(rows, key=lambda row: row["name"]), classes_of(run)
            predictions = read_predictions(rows, class_names, intact)
            return PredictedRun(run, predictions, read_uncalibrated(rows, class_names))
    except UserError as error:
        return f"has damaged predictions: {error}"


def classes_of(run: FinishedRun) -> tuple[list[str], list[str]]:
    """The names of all classes, and of those that mean "no crack"."""
    return json.loads(run.tags[CLASSES]), json.loads(run.tags[INTACT])
