"""Whether a run can be recorded, asked before TensorFlow is imported and before any work."""

from pathlib import Path

from crack_exp.config.schema import TrackingConfig
from crack_exp.run_files.begun import read_begun
from crack_exp.run_files.folder import is_only_to_record
from crack_exp.system.errors import UserError
from crack_exp.system.progress import doing
from crack_exp.tracking.store import check_store


def check_tracking(tracking: TrackingConfig, folder: Path) -> None:
    """Raise UserError where a run in `folder` could not be recorded: call it before all that takes long."""
    if is_only_to_record(folder):
        raise UserError(
            f"hydra.run.dir={folder}: MLflow lacks a part of the run that is complete there; record it by "
            f"resume={folder}, or choose another folder"
        )
    begun = read_begun(folder)
    with doing("asking MLflow's store"):
        check_store(tracking.store, tracking.experiment, begun.run_id if begun else None)
