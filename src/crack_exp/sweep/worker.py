"""A worker: one of several commands, equal but for places, that share the jobs of a sweep without a scheduler."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig, OmegaConf

from crack_exp.config.new_folders import RememberFolders, remove_new_folders
from crack_exp.config.schema import SweepConfig, TrackingConfig
from crack_exp.sweep.agreement import DoesNotFit, agree, facts_of_worker
from crack_exp.sweep.callbacks import ERROR_FILE, RememberSweep, saved_error
from crack_exp.sweep.claims import JOBS, Claims, do_open_jobs
from crack_exp.sweep.shared_folder import check_shared, join_sweep, shared_folder, sweep_settings
from crack_exp.system.errors import UserError
from crack_exp.system.locks import Held, LockLost

AGREED, SAVED_BY_HYDRA = "agreed.json", "multirun.yaml"

log = logging.getLogger(__name__)


def work_on_sweep(
    config: DictConfig, launcher: str, jobs: Mapping[int, Sequence[str]], do: Callable[[int], JobReturn]
) -> list[JobReturn]:
    """Do the jobs that no other worker does, until all have ended; returns what became of this worker's.

    launcher: of Hydra, that the user chose; jobs: overrides by number; do: does one.
    Raises UserError, before any job, where this worker does not fit the others.
    """
    tracking = TrackingConfig(**config.tracking)
    try:
        sweep = sweep_settings(config)
        _begin(config, sweep, tracking, launcher, jobs)
    except BaseException:
        RememberSweep.config = None  # who does not take part does not sum up
        _remove_what_hydra_made(Path(config.hydra.sweep.dir))
        raise
    returned = list[JobReturn]()

    def do_claimed(job: int, held: Held) -> None:
        check_shared(sweep, tracking)
        result = do(job)
        if isinstance(error := _error_of(result), LockLost | DoesNotFit):
            raise error  # the job stays open, or is another worker's
        folder = Path(config.hydra.sweep.dir, str(job))
        claims.end(job, held, folder, saved_error(folder / ERROR_FILE) if error else None)
        returned.append(result)

    claims = Claims(shared_folder(sweep) / JOBS)
    try:
        do_open_jobs(claims, list(jobs), do_claimed)
    except DoesNotFit:
        RememberSweep.config = None
        raise
    return returned


def _begin(
    config: DictConfig,
    sweep: SweepConfig,
    tracking: TrackingConfig,
    launcher: str,
    jobs: Mapping[int, Sequence[str]],
) -> None:
    if launcher != "basic":
        raise UserError(
            f"hydra/launcher={launcher} with sweep.worker=true: a worker does one job at a time; leave out one of the "
            "two, and start as many workers as jobs shall run at once"
        )
    assert sweep.name is not None
    is_new = join_sweep(sweep, tracking)
    folder = shared_folder(sweep)
    (folder / JOBS).mkdir(exist_ok=True)
    own_code: Any = OmegaConf.to_container(config.allow_code)
    of_settings = [Path(source.path) for source in config.hydra.runtime.config_sources if source.schema == "file"]
    agree(folder / AGREED, facts_of_worker(jobs, of_settings, own_code), sweep.name)
    log.info("worker of the sweep %s, %s in %s", sweep.name, "begun" if is_new else "joined", folder)


def _remove_what_hydra_made(folder: Path) -> None:
    """The new folder of a sweep that nobody worked in, and those above it that were made for it."""
    if (saved := folder.absolute() / SAVED_BY_HYDRA) not in RememberFolders.files:
        saved.unlink(missing_ok=True)
    remove_new_folders()


def _error_of(result: JobReturn) -> Exception | None:
    """What ended the job, None where it was done."""
    if result.status == JobStatus.COMPLETED:
        return None
    error = result._return_value
    assert isinstance(error, Exception)
    return error
