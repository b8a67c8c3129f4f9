"""Jobs of a sweep: each is trained once, by one process, however often the sweep is started again."""

import logging
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from crack_exp.config import Config
from crack_exp.config.effects import values_with
from crack_exp.config.validators import EVALUATION, MODEL
from crack_exp.run_files.begun import read_begun
from crack_exp.run_files.folder import is_only_to_record
from crack_exp.run_files.names import CHECKPOINT, IDENTITY, LOCKED_IN, RUN_FOLDER, SWEEP
from crack_exp.run_files.not_recorded import record_rest
from crack_exp.run_files.predicted_run import PredictedRun, read_predicted_run
from crack_exp.run_files.resume import Checkpoints
from crack_exp.run_files.sweep_members import join
from crack_exp.sweep.agreement import agree_on_found, fingerprint
from crack_exp.sweep.shared_folder import shared_folder
from crack_exp.system.cache_dir import cache_dir
from crack_exp.system.console_lines import ON_CONSOLE
from crack_exp.system.errors import UserError
from crack_exp.system.locks import exclusive_lock, folder_id
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.mlflow_values import flatten
from crack_exp.tracking.search import close_killed_runs, runs_with_tag

JOBS = "jobs"

log = logging.getLogger(__name__)


@contextmanager
def sweep_job(config: Config, identity: str, folder: Path, *, may_go_on: bool) -> Iterator[PredictedRun | None]:
    """Holds the lock of this job. Yields an earlier run of the same training, or None where there is none.

    Outside a sweep there is no lock, and no run is reused: None. may_go_on: where such a run was killed, its checkpoint
    is moved into `folder`, by which it is gone on with.
    """
    if config.sweep.name is None:
        yield None
        return
    with job_lock(identity) as is_alone:
        killed = _killed_runs(config, identity) if is_alone and may_go_on and not config.sweep.rerun else []
        finished = finished_job(config, identity, is_alone=is_alone)
        if finished is None:
            _take_checkpoint(killed, folder)
        yield finished


@contextmanager
def job_lock(identity: str) -> Iterator[bool]:
    """Holds the lock of a job. Where another process that uses this cache holds it, waits until it is released.

    Yields whether there is a lock: where the cache cannot be used, the job is done without.
    """
    lock = cache_dir() / JOBS / f"{identity}.lease"
    is_alone = True
    with ExitStack() as stack:
        try:
            stack.enter_context(exclusive_lock(lock, waiting="waiting: another process is running this job"))
        except OSError as error:
            log.warning("sweep: another process may do this job as well, '%s': %s", lock.parent, error.strerror)
            is_alone = False
        yield is_alone


def finished_job(config: Config, identity: str, *, is_alone: bool) -> PredictedRun | None:
    """The last run that finished this training; one that was also evaluated as `config` says comes first.

    is_alone: no other process works on this job, since the `job_lock` is held. Then runs with the status RUNNING were
    killed, and are closed as KILLED; what MLflow did not take of one that is complete is recorded before. Runs of a
    machine with another cache are left alone: such a one may be at work.
    """
    if is_alone:
        _record_rest(config, identity)
        places = lock_places(config)
        close_killed_runs(
            config.tracking.store,
            IDENTITY,
            identity,
            lambda run: LOCKED_IN not in run.tags or _is_locked_in(run, places),
        )
    runs = runs_with_tag(config.tracking.store, IDENTITY, identity)
    finished = [done for run in runs if isinstance(done := read_predicted_run(run), PredictedRun)]
    if not finished or config.sweep.rerun:
        return None
    return max(finished, key=lambda done: is_evaluated_as(config, done.run))


def _killed_runs(config: Config, identity: str) -> list[FinishedRun]:
    """Runs of the same job of this or another sweep whose process died or was stopped, the latest first."""
    runs, places = runs_with_tag(config.tracking.store, IDENTITY, identity), lock_places(config)
    return [run for run in runs if run.status in ("RUNNING", "KILLED") and _is_locked_in(run, places)]


def _is_locked_in(run: FinishedRun, places: Sequence[str]) -> bool:
    """Whether a lock in one of these places tells whether the run's process is at work."""
    return not set(places).isdisjoint(run.tags.get(LOCKED_IN, "").split())


def _take_checkpoint(killed: Sequence[FinishedRun], folder: Path) -> None:
    """Move the checkpoint of one of these runs into `folder`, where the same job begins: it then goes on with that run.

    Moved, so that nobody else goes on with it. Where it lies on another disk, the job begins anew.
    """
    for run in killed:
        before = Path(run.tags.get(RUN_FOLDER, ""))
        with suppress(OSError, UserError):  # gone, or damaged
            begun = read_begun(before)
            if begun is not None and begun.run_id == run.run_id and Checkpoints(before).training.exists():
                (before / CHECKPOINT).rename(folder / CHECKPOINT)
                return log.info("goes on where a run of this job was killed, in %s", before)


def lock_places(config: Config) -> list[str]:
    """The ids of the folders in which the job of a sweep is locked: the cache, and the one that workers share."""
    if config.sweep.name is None:
        return []
    folders = [cache_dir() / JOBS, *([shared_folder(config.sweep)] if config.sweep.worker else [])]
    places = list[str]()
    for folder in folders:
        with suppress(OSError):  # a cache that cannot be written to
            places.append(folder_id(folder))
    return places


def lock_tags(config: Config) -> dict[str, str]:
    """Tags of a new run by which another machine knows whether its locks tell that this one is at work."""
    return {LOCKED_IN: " ".join(lock_places(config))} if config.sweep.name is not None else {}


def agree_in_sweep(
    config: Config,
    *,
    images_sha256: str,
    images: Callable[[], Mapping[str, str]],
    weights: Sequence[str],
    computing: Mapping[str, str],
) -> None:
    """Compare what this job has found with what other workers of its sweep have; nothing outside of such a sweep.

    images: {name: all that is known of it}; weights: fingerprints of what training starts from; computing: what
    settings leave to the machine. Raises DoesNotFit, which names what differs.
    """
    if not config.sweep.worker or config.sweep.name is None:
        return
    data, model, runtime = (values_with(MODEL, part) for part in (config.data, config.model, config.runtime))
    of_weights = {"weights": {f"{config.model.weights} ({number})": one for number, one in enumerate(weights, start=1)}}
    agree_on = partial(agree_on_found, shared_folder(config.sweep), config.sweep.name)
    agree_on("images", data, images_sha256, lambda: {"image": images()})
    agree_on("weights", model, fingerprint(weights), lambda: of_weights)
    agree_on("computing", [runtime, model], fingerprint(computing), lambda: {"computing": computing})


def _record_rest(config: Config, identity: str) -> None:
    """For complete runs of this job whose folders are on this machine. Raises NotRecorded where MLflow still fails."""
    for run in runs_with_tag(config.tracking.store, IDENTITY, identity):
        folder = Path(run.tags.get(RUN_FOLDER, ""))
        if RUN_FOLDER in run.tags and is_only_to_record(folder):
            record_rest(config, folder, "run")


def is_evaluated_as(config: Config, run: FinishedRun) -> bool:
    """Whether the evaluation settings of `run` equal those of `config`."""
    wanted = flatten(values_with(EVALUATION, config))
    return all(run.params.get(key) == value for key, value in wanted.items())


def count_for_sweep(config: Config, run: FinishedRun, overrides: Sequence[str]) -> None:
    """Add a finished run to this sweep, and log where its results are."""
    assert config.sweep.name is not None
    if run.tags.get(SWEEP) != config.sweep.name:
        join(run, config.sweep.name, name=config.run_name or ", ".join(overrides), overrides=shlex.join(overrides))
    name, place = config.run_name or ", ".join(overrides), run.tags.get(RUN_FOLDER, run.run_id)
    log.info("%s: done before, results in %s; sweep.rerun=true does it again", name, place, extra=ON_CONSOLE)
