"""Exports of a trained model: `python -m crack_exp.export`, or `export([...])` from Python."""

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from crack_exp.command import call, command
from crack_exp.config import ExportConfig, typed_deployed
from crack_exp.export.packages import compute_with_tensorflow
from crack_exp.system.quiet_start import quiet_start

if TYPE_CHECKING:
    from crack_exp.export.workflow import Exported

CONFIG = "deployed/export"


def main() -> None:
    command("export", CONFIG, _job)


def export(overrides: list[str]) -> "Exported":
    """Do what the command does with these overrides, e.g. `export(["format=onnx", "output=for_the_drone"])`.

    Raises UserError for a user's mistake, and where the exported file does not agree with the model.
    """
    return call(CONFIG, _job, overrides)


def _job(composed: DictConfig, folder: Path, overrides: list[str]) -> "Exported":
    config = typed_deployed(composed, ExportConfig)
    from crack_exp.deployed.locate import file_of_model  # late: it imports SciPy

    file = file_of_model(config)
    compute_with_tensorflow(config.format)
    with quiet_start():  # late: TensorFlow takes seconds; --help, and what is named wrongly, must not
        from crack_exp.export.workflow import run_export

    return run_export(config, file)
