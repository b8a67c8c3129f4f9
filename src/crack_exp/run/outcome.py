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
class Verdict:
    """How the trained model did. validation: {metric: figure}, with the bounds of its interval as METRIC_low, _high."""

    validation: Mapping[str, float]
    test: Evaluation


@dataclass(frozen=True)
class Outcome:
    """The trained model and how it did. `stages` are validation evaluations by stage, `test` is the verdict.

    surfaces: the same for the test images of each surface, where the data set tells them.
    """

    model: "keras.Model"
    splits: Splits
    history: list[EpochRecord]
    stages: dict[str, Evaluation]
    test: Evaluation
    surfaces: dict[str, Evaluation]

    @property
    def titled_stages(self) -> dict[str, Evaluation]:
        """The stages by what people read."""
        titles = STAGE_TITLES if self.history else {BEFORE: "without training"}
        return {titles[name]: evaluated for name, evaluated in self.stages.items()}
