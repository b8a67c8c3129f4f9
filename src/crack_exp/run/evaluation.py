"""Predictions of the model, and their evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from crack_exp.data.examples import Example, Splits
from crack_exp.evaluation.calibration import fit_temperature, tempered
from crack_exp.evaluation.evaluate import Evaluation, evaluate
from crack_exp.evaluation.operating_point import OperatingPoint, choose_operating_point
from crack_exp.evaluation.predictions import Predictions, are_probabilities
from crack_exp.run.feature_plan import PhasePlan
from crack_exp.run.prepare_images import label_indices
from crack_exp.run.state import Run
from crack_exp.run_files.begun import NOT_RESUMABLE
from crack_exp.run_files.names import TEST, on_validation
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.own_files import must_be, reading_own_file
from crack_exp.system.timing import timed
from crack_exp.training.callbacks import LiveProgress
from crack_exp.training.checkpoint import read_npz, write_npz
from crack_exp.training.divergence import Diverged

PROBABILITIES = "probabilities"
"""What a file of them calls its array."""


def evaluate_validation(run: Run, plan: PhasePlan, stage: str) -> Evaluation:
    """Evaluate the model as it stands on the validation images."""
    raise_if_interrupted()
    with timed("evaluation"):
        kept = run.checkpoints.probabilities(on_validation(stage))
        probabilities = predict_once(plan.predictor, plan.batches.validation, kept, "validation")
        return _evaluate(run, run.images.splits.validation, probabilities, threshold=None)


@dataclass(frozen=True)
class Settled:
    """What is decided on validation once the network is trained.

    temperature: of its probabilities; point: the threshold; validation: the evaluation with both.
    """

    temperature: float
    point: OperatingPoint
    validation: Evaluation


def settle(run: Run, trained: Evaluation) -> Settled:
    """Calibrate, and choose the operating point; trained: the evaluation of the trained network on validation."""
    with timed("evaluation"):
        temperature = fit_temperature(trained.predictions)
        probabilities = tempered(trained.predictions.probabilities, temperature)
        calibrated = replace(trained.predictions, probabilities=probabilities)
        point = choose_operating_point(calibrated, run.config.evaluation.aim)
        validation = _evaluate(run, run.images.splits.validation, probabilities, point.threshold)
        return Settled(temperature, point, validation)


def predict_test(run: Run, plan: PhasePlan) -> np.ndarray:
    """Probabilities (N, C) of the test images by the trained network, before calibration."""
    return predict_once(plan.predictor, plan.batches.test, run.checkpoints.probabilities(TEST), "test")


def evaluate_test(run: Run, raw: np.ndarray, settled: Settled) -> Evaluation:
    """Evaluate `raw` probabilities of the test images, at the temperature and the threshold from validation."""
    probabilities = tempered(raw, settled.temperature)
    return _evaluate(run, run.images.splits.test, probabilities, settled.point.threshold)


def predict_once(model: keras.Model, batches: Any, kept: Path, what: str) -> np.ndarray:
    """Probabilities (N, C) of all images in `batches`, kept in the .npz file `kept` for a run that is resumed.

    what: names the images in the progress shown. Raises Diverged where a probability is no finite number.
    """
    if kept.exists():
        return _read_probabilities(kept)
    progress = LiveProgress(f"evaluating on {what}")
    probabilities = model.predict(batches, verbose=0, callbacks=[progress])
    if not np.isfinite(probabilities).all():
        raise Diverged(
            f"the model's probabilities of {what} images are no finite numbers: start again with lower learning rates "
            "(optimizer.learning_rate, fine_tune.optimizer.learning_rate) or other weights (model.weights)"
        )
    keep_probabilities(probabilities, kept)
    return probabilities


def keep_probabilities(probabilities: np.ndarray, kept: Path) -> None:
    """Write the file that `predict_once` reads."""
    write_npz(kept, {}, {PROBABILITIES: [probabilities]})


def _read_probabilities(kept: Path) -> np.ndarray:
    with reading_own_file(kept, NOT_RESUMABLE):
        (probabilities,) = read_npz(kept)[1][PROBABILITIES]
        must_be(are_probabilities(probabilities), "probabilities")
        return probabilities


def predictions_of(part: Sequence[Example], splits: Splits, probabilities: np.ndarray) -> Predictions:
    """`probabilities` (N, C) of the N images of `part`, with what is known of these images."""
    return Predictions(
        names=[example.name for example in part],
        groups=[example.group for example in part],
        labels=label_indices(part, splits.class_names),
        probabilities=probabilities,
        class_names=splits.class_names,
        intact=frozenset(splits.class_names.index(name) for name in splits.intact),
        surfaces=[example.surface for example in part] if any(example.surface for example in part) else None,
    )


def _evaluate(run: Run, part: Sequence[Example], probabilities: np.ndarray, threshold: float | None) -> Evaluation:
    predictions, settings = predictions_of(part, run.images.splits, probabilities), run.config.evaluation
    return evaluate(predictions, settings.confidence, settings.bootstrap_resamples, run.config.seed, threshold)
