"""The result of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crack_exp.data.examples import Splits
from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.run_files.names import BEFORE, FINE_TUNE, HEAD
from crack_exp.training.history import EpochRecord

if TYPE_CHECKING:
    import keras

STAGE_TITLES = {BEFORE: "before training", HEAD: "after the head", FINE_TUNE: "after fine-tuning"}


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
    """The trained model and its evaluations: `stages` on validation, by stage, and `test`.

    surfaces: the same for the test images of each surface, where the data set has surfaces.
    """

    model: "keras.Model"
    splits: Splits
    history: list[EpochRecord]
    stages: dict[str, Evaluation]
    test: Evaluation
    surfaces: dict[str, Evaluation]

    @property
    def titled_stages(self) -> dict[str, Evaluation]:
        """The stages by their titles."""
        titles = STAGE_TITLES if self.history else {BEFORE: "without training"}
        return {titles[name]: evaluated for name, evaluated in self.stages.items()}
