"""Predictions of new images: `python -m crack_exp.predict`, or `load_model("latest").predict(...)` from Python."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from crack_exp.command import SOME_FAILED, call, command
from crack_exp.config import PredictConfig, typed_deployed
from crack_exp.config.deployed_schema import listed
from crack_exp.config.texts import no_interpolation
from crack_exp.deployed.listing import list_images
from crack_exp.system.quiet_start import quiet_start

if TYPE_CHECKING:
    from crack_exp.deployed.model import DeployedModel
    from crack_exp.predict.workflow import Predicted

CONFIG = "deployed/predict"


def main() -> None:
    command("predict", CONFIG, _command)


def predict(overrides: list[str]) -> "Predicted":
    """Do what the command does with these overrides, e.g. `predict(["images=new_photos"])`.

    Raises UserError for a user's mistake.
    """
    return call(CONFIG, _job, overrides)


def load_model(model: str | Path, overrides: Sequence[str] = ()) -> "DeployedModel":
    """A trained model by its name, as in the setting `model=`; overrides: others of the command, e.g. "engine=keras".

    `model.predict(paths)` gives a verdict for each image. Raises UserError where there is no such model.
    """
    return call(CONFIG, lambda composed, *_: _loaded(composed, str(model)), list(overrides))


def _command(composed: DictConfig, folder: Path, overrides: list[str]) -> None:
    if _job(composed, folder, overrides).summary.unread:
        sys.exit(SOME_FAILED)


def _job(composed: DictConfig, folder: Path, overrides: list[str]) -> "Predicted":
    config = typed_deployed(composed, PredictConfig)
    with list_images(listed(config.images, "images"), "images", config.shard_of) as listing:
        from crack_exp.deployed.locate import file_of_model  # late: it imports SciPy

        file = file_of_model(config)
        with quiet_start():  # late: TensorFlow takes seconds; --help, and what is named wrongly, must not
            from crack_exp.predict.workflow import run_predictions

        return run_predictions(config, listing, file, overrides)


def _loaded(composed: DictConfig, name: str) -> "DeployedModel":
    composed.model = no_interpolation(name)
    config = typed_deployed(composed, PredictConfig)
    from crack_exp.deployed.locate import file_of_model

    file = file_of_model(config)
    with quiet_start():
        from crack_exp.deployed.from_config import deployed_model

    return deployed_model(config, file)
