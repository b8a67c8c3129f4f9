"""What a run came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crack_exp.data.examples import Splits
from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.training.history import EpochRecord

if TYPE_CHECKING:
    import keras

STAGE_TITLES = {"before": "before training", "head": "after the head", "fine_tune": "after fine-tuning"}


VALIDATED = ("validation_fine_tune", "validation_head", "validation_before")
"""Where figures on validation are kept; the first of these that a run has is what choices go by."""


def on_validation(figures: Mapping[str, float]) -> dict[str, float]:
    """Those of the trained model, by metric, from all that a run recorded; empty where it was never judged."""
    for stage in VALIDATED:
        if f"{stage}/auroc" in figures:
            return {key.removeprefix(f"{stage}/"): value for key, value in figures.items() if key.startswith(stage)}
    return {}


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
        titles = STAGE_TITLES if self.history else {"before": "without training"}
        return {titles[name]: judged for name, judged in self.stages.items()}
