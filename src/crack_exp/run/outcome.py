"""The result of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from crack_exp.data.examples import Splits
from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.metrics import METRICS
from crack_exp.evaluation.operating_point import OperatingPoint
from crack_exp.run_files.names import BEFORE, CALIBRATED, FINE_TUNE, HEAD
from crack_exp.training.history import EpochRecord

if TYPE_CHECKING:
    import keras

STAGE_TITLES = {
    BEFORE: "before training",
    HEAD: "after the head",
    FINE_TUNE: "after fine-tuning",
    CALIBRATED: "calibrated",
}


@dataclass(frozen=True)
class RunResult:
    """The figures of the trained model.

    validation: {metric: figure}, with the bounds of its interval as METRIC_low and METRIC_high.
    images_sha256: fingerprint of the images, and of all that is known of them.
    """

    validation: Mapping[str, float]
    test: Evaluation
    images_sha256: str


@dataclass(frozen=True)
class Outcome:
    """The calibrated model and its evaluations: `stages` on validation, by stage, and `test`.

    temperature: of its probabilities; raw_test: (N, C), those of the test images before calibration.
    point: the threshold, and what it promises.
    surfaces: the same for the test images of each surface, where the data set has surfaces.
    """

    model: "keras.Model"
    splits: Splits
    history: list[EpochRecord]
    stages: dict[str, Evaluation]
    temperature: float
    point: OperatingPoint
    test: Evaluation
    raw_test: np.ndarray
    surfaces: dict[str, Evaluation]

    @property
    def figures_before(self) -> dict[str, float]:
        """Those figures of the test images that calibration changes, before it."""
        raw = replace(self.test.predictions, probabilities=self.raw_test)
        return {name: METRICS[name](raw) for name in ("loss", "brier", "ece")}

    @property
    def titled_stages(self) -> dict[str, Evaluation]:
        """The stages by their titles."""
        titles = STAGE_TITLES if self.history else STAGE_TITLES | {BEFORE: "without training"}
        return {titles[name]: evaluated for name, evaluated in self.stages.items()}
