"""What the steps of one run share."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras

from crack_exp.config import Config
from crack_exp.model.feature_engines import Engines
from crack_exp.run.feature_plan import PhasePlan
from crack_exp.run.parts import Parts
from crack_exp.run.prepare_images import Images
from crack_exp.run.report_data import RunStart
from crack_exp.run_files.resume import Checkpoints
from crack_exp.runtime.session import Session
from crack_exp.tracking.recorder import Recorder


@dataclass(frozen=True)
class Prepared:
    """All that is known of a run before it is open in MLflow.

    identity: of its training, see `training_identity`; callbacks: of Keras, beside the run's own, for every phase;
    is_trial: of a search, which goes by validation alone: what was found on test is not shown before its end.
    """

    config: Config
    overrides: Sequence[str]
    folder: Path
    callbacks: Sequence[keras.callbacks.Callback]
    is_trial: bool
    session: Session
    start: RunStart
    engines: Engines
    parts: Parts
    images: Images
    identity: str


@dataclass(frozen=True)
class Run(Prepared):
    """A run that is open.

    model: the whole network; plans: one for each phase, or one where nothing is trained; example: a test image of the
    model's size, as a PNG file.
    """

    model: keras.Model
    plans: Sequence[PhasePlan]
    example: bytes
    recorder: Recorder
    checkpoints: Checkpoints
