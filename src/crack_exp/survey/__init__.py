"""Surveys of whole photos: `python -m crack_exp.survey`, or `survey([...])` from Python."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from crack_exp.command import SOME_FAILED, call, command
from crack_exp.config import SurveyConfig, typed_deployed
from crack_exp.config.deployed_schema import listed
from crack_exp.deployed.listing import list_images
from crack_exp.system.quiet_start import quiet_start

if TYPE_CHECKING:
    from crack_exp.report.survey.content import SurveyedPhoto

CONFIG = "deployed/survey"


def main() -> None:
    command("survey", CONFIG, _command)


def survey(overrides: list[str]) -> "list[SurveyedPhoto]":
    """Do what the command does with these overrides, e.g. `survey(["photos=walls"])`; the most urgent photo first.

    Raises UserError for a user's mistake.
    """
    return call(CONFIG, _job, overrides)


def _command(composed: DictConfig, folder: Path, overrides: list[str]) -> None:
    if any(photo.problem for photo in _job(composed, folder, overrides)):
        sys.exit(SOME_FAILED)


def _job(composed: DictConfig, folder: Path, overrides: list[str]) -> "list[SurveyedPhoto]":
    config = typed_deployed(composed, SurveyConfig)
    with list_images(listed(config.photos, "photos"), "photos", config.shard_of) as listing:
        from crack_exp.deployed.locate import file_of_model  # late: it imports SciPy

        file = file_of_model(config)
        with quiet_start():  # late: TensorFlow takes seconds; --help, and what is named wrongly, must not
            from crack_exp.survey.workflow import run_survey

        return run_survey(config, listing, file)
