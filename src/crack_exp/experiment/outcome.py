"""What a run came to."""

from dataclasses import dataclass

import keras

from crack_exp.data.examples import Splits
from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.training.callbacks import EpochRecord

STAGE_TITLES = {"before": "before training", "head": "after the head", "fine_tune": "after fine-tuning"}


@dataclass(frozen=True)
class Outcome:
    """The trained model and how it did. `stages` are validation evaluations by stage, `test` is the verdict.

    surfaces: the same for the test images of each surface, where the data set tells them.
    """

    model: keras.Model
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
