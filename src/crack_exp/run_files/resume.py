"""Checkpoints in a run's folder, by which a killed run is resumed, and the checks before it is."""

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from crack_exp.config import CommandConfig, Config
from crack_exp.run_files.begun import NOT_RESUMABLE, check_same_images, read_begun, write_begun
from crack_exp.run_files.folder import resume_command
from crack_exp.run_files.names import CALIBRATED, CHECKPOINT, RUN_FOLDER, SEED, on_validation
from crack_exp.system.files import UNFINISHED
from crack_exp.system.locks import LockLost
from crack_exp.system.own_files import reading_own_file
from crack_exp.tracking.open_run import RunStopped, open_run
from crack_exp.tracking.recorder import Recorder
from crack_exp.tracking.saved_view import Columns
from crack_exp.tracking.search import close_killed_runs
from crack_exp.training.divergence import Diverged

State = TypeVar("State")

log = logging.getLogger(__name__)

COLUMNS = Columns(
    metrics=[
        *("test/recall_at_threshold", "test/false_alarm_rate_at_threshold"),
        *("test/auroc", "test/auroc_lower", "test/auroc_upper", "test/loss", "test/accuracy"),
        f"{on_validation(CALIBRATED)}/auroc",
    ],
    params=["optimizer", "optimizer.learning_rate", SEED],
)
"""Columns of MLflow's table of runs in the saved view."""

NOT_GONE_ON_WITH = (RunStopped, Diverged)
"""Ends of a run that would come again if it were resumed."""


@contextmanager
def resumable_run(
    config: CommandConfig,
    folder: Path,
    verb: str,
    *,
    name: str,
    precision: str,
    images_sha256: str,
    first_tags: Mapping[str, str],
) -> Iterator[tuple["Recorder", "Checkpoints"]]:
    """A new run in MLflow or the one that began in `folder`, and its checkpoints, which are deleted at its end.

    first_tags: of a new run, which also gets RUN_FOLDER; see `open_run`.
    Raises UserError where the images have changed since the run began.
    """
    checkpoints, tracking = Checkpoints(folder), config.tracking
    begun = read_begun(folder)
    check_same_images(begun, images_sha256)
    place = str(folder.resolve())
    if begun is None and checkpoints.folder.exists():  # killed before its id was kept
        close_killed_runs(tracking.store, RUN_FOLDER, place)
    checkpoints.folder.mkdir(exist_ok=True)
    with open_run(
        tracking.store,
        tracking.experiment,
        output_folder=folder,
        run_name=config.run_name or name,
        run_id=begun.run_id if begun else None,
        first_tags={RUN_FOLDER: place, **first_tags},
        columns=COLUMNS,
    ) as recorder:
        write_begun(folder, run_id=recorder.run_id, precision=precision, images_sha256=images_sha256)
        try:
            with hint_at_resuming(config, folder, verb):
                yield recorder, checkpoints
        except NOT_GONE_ON_WITH:
            checkpoints.clear()
            raise
    checkpoints.clear()


class Checkpoints:
    """The checkpoint folder of one run."""

    def __init__(self, run_folder: Path) -> None:
        self.folder = run_folder / CHECKPOINT
        self.training = self.folder / "training.npz"

    def load(self, read: Callable[[Path], State]) -> State | None:
        """What `read` makes of the last saved state, or None where there is none. Raises UserError if it is damaged."""
        if not self.training.exists():
            return None
        with reading_own_file(self.training, NOT_RESUMABLE):
            return read(self.training)

    def probabilities(self, part: str) -> Path:
        """Where those of a part of the images are kept: `validation_head`, `test`."""
        return self.folder / f"{part}.npz"

    def clear(self) -> None:
        """Delete the folder; a process that is killed in between leaves no half of it."""
        gone = self.folder.with_name(f".{self.folder.name}{UNFINISHED}")
        with suppress(FileNotFoundError):
            self.folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def hint_at_resuming(config: CommandConfig, folder: Path, verb: str) -> Iterator[None]:
    """Log the run folder at the start, and the command that resumes the run where it fails.

    At the start as well, since the run may be killed; a sweep is repeated as a whole.
    """
    command = resume_command(config, folder, verb)
    log.info("run folder: %s", folder)
    if not (isinstance(config, Config) and config.sweep.name):
        log.info("if it is killed, resume with: %s", command)
    try:
        yield
    except (*NOT_GONE_ON_WITH, LockLost):
        raise
    except BaseException:
        log.info("not finished; resume with: %s", command)
        raise
