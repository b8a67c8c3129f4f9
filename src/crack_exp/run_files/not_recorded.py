"""A run that is complete in its folder, while MLflow did not take all of it."""

import logging
from pathlib import Path

from crack_exp.config import CommandConfig
from crack_exp.run_files.folder import is_only_to_record, own_folder, resume_command
from crack_exp.system.errors import UserError
from crack_exp.tracking.fail_safe import summary
from crack_exp.tracking.open_run import hand_in
from crack_exp.tracking.owed_file import OwedFile

log = logging.getLogger(__name__)


class NotRecorded(UserError):
    """Nothing is left to do but to record what was done."""

    exit_code = 2


def record_rest(config: CommandConfig, folder: Path, verb: str) -> str:
    """Record what MLflow did not take before; returns the run's id. Raises NotRecorded where it still does not."""
    with own_folder(folder):
        run_id = hand_in(config.tracking.store, config.tracking.experiment, folder)
    check_recorded(config, folder, verb)
    log.info("recorded in MLflow: what it lacked of the run in %s", folder)
    return run_id


def check_recorded(config: CommandConfig, folder: Path, verb: str) -> None:
    """Raise NotRecorded, with the command that records the rest, where MLflow did not take all of a complete run."""
    if not is_only_to_record(folder):
        return
    first, *others = summary(OwedFile(folder).read()[1])
    missing = f"{first} and {len(others)} more" if others else first
    raise NotRecorded(
        f"the run is complete in '{folder}', but MLflow lacks {missing}; record it, without training again, by: "
        f"{resume_command(config, folder, verb)}"
    )
