"""One pretraining on paintings: `python -m crack_exp.pretrain`, or `pretrain([...])` from Python."""

from pathlib import Path

from omegaconf import DictConfig

from crack_exp.command import call, command
from crack_exp.config import typed_pretraining
from crack_exp.config.pretrain_schema import check_unused_by_pretraining
from crack_exp.run_files.check_tracking import check_tracking
from crack_exp.run_files.folder import is_only_to_record, is_resumed
from crack_exp.run_files.names import PAINTED_WEIGHTS
from crack_exp.run_files.not_recorded import check_recorded, record_rest
from crack_exp.system.quiet_start import quiet_start

CONFIG = "pretrain"


def main() -> None:
    command("pretrain", CONFIG, _command)


def pretrain(overrides: list[str]) -> Path:
    """Do what the command does with these overrides, e.g. `pretrain(["budget.minutes=10"])`; returns the weights file.

    Raises UserError for a user's mistake.
    """
    return call(CONFIG, _job, overrides)


def _command(composed: DictConfig, folder: Path, overrides: list[str]) -> None:
    _job(composed, folder, overrides)
    check_recorded(typed_pretraining(composed), folder, "pretrain")


def _job(composed: DictConfig, folder: Path, overrides: list[str]) -> Path:
    config = typed_pretraining(composed)
    check_unused_by_pretraining(config, overrides)
    if is_resumed(overrides) and is_only_to_record(folder):
        record_rest(config, folder, "pretrain")
        return folder / PAINTED_WEIGHTS
    check_tracking(config.tracking, folder)
    with quiet_start():
        from crack_exp.pretrain.workflow import run_pretraining  # late: TensorFlow takes seconds, --help must not

    return run_pretraining(config, folder, overrides)
