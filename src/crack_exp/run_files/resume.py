"""Checkpoints in a run's folder, by which a killed run is resumed, and the checks before it is."""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from crack_exp.config import CommandConfig, Config
from crack_exp.config.overrides import ALLOW_CODE
from crack_exp.config.schema import TrackingConfig
from crack_exp.config.texts import text_override
from crack_exp.run_files.names import CHECKPOINT, FINE_TUNE, SEED, on_validation
from crack_exp.system.errors import UserError
from crack_exp.system.files import write_text
from crack_exp.system.printed import own_command
from crack_exp.tracking.recorder import Recorder, RunStopped, open_run
from crack_exp.tracking.saved_view import Columns
from crack_exp.tracking.store import check_store
from crack_exp.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint

log = logging.getLogger(__name__)

COLUMNS = Columns(
    metrics=[
        f"{on_validation(FINE_TUNE)}/auroc",
        *("test/auroc", "test/auroc_low", "test/auroc_high", "test/recall_at_threshold"),
    ],
    params=["optimizer", "optimizer.learning_rate", SEED],
)
"""Columns of MLflow's table of runs in the saved view."""


def check_tracking(tracking: TrackingConfig, folder: Path) -> None:
    """Raise UserError where a run in `folder` could not be recorded: call it before all that takes long."""
    begun = Checkpoints(folder).identity()
    check_store(tracking.store, tracking.experiment, begun.run_id if begun else None)


@contextmanager
def resumable_run(
    config: CommandConfig, folder: Path, verb: str, *, name: str, images_sha256: str
) -> Iterator[tuple["Recorder", "Checkpoints"]]:
    """A new run in MLflow or the one that began in `folder`, and its checkpoints, which are deleted at its end.

    Raises UserError where the images have changed since the run began.
    """
    checkpoints, tracking = Checkpoints(folder), config.tracking
    begun = checkpoints.identity()
    check_same_images(begun, images_sha256)
    with open_run(
        tracking.store,
        tracking.experiment,
        output_folder=folder,
        run_name=config.run_name or name,
        run_id=begun.run_id if begun else None,
        columns=COLUMNS,
    ) as recorder:
        checkpoints.begin(Identity(recorder.run_id, images_sha256))
        try:
            with hint_at_resuming(config, folder, verb):
                yield recorder, checkpoints
        except RunStopped:
            checkpoints.clear()
            raise
    checkpoints.clear()


@dataclass(frozen=True)
class Identity:
    """The MLflow run that the folder belongs to, and the fingerprint of its images."""

    run_id: str
    images_sha256: str


class Checkpoints:
    """The checkpoint folder of one run."""

    def __init__(self, run_folder: Path) -> None:
        self.folder = run_folder / CHECKPOINT
        self.training = self.folder / "training.npz"
        self._identity = self.folder / "identity.json"

    def identity(self) -> Identity | None:
        """The run that began here, or None for a new folder."""
        return Identity(**json.loads(self._identity.read_text())) if self._identity.exists() else None

    def begin(self, identity: Identity) -> None:
        self.folder.mkdir(exist_ok=True)
        write_text(self._identity, json.dumps(asdict(identity)))

    def load(self) -> Checkpoint | None:
        """The last whole epoch, or None where there has been none."""
        return read_checkpoint(self.training) if self.training.exists() else None

    def save(self, checkpoint: Checkpoint) -> None:
        write_checkpoint(checkpoint, self.training)

    def probabilities(self, part: str) -> Path:
        """Where those of a part of the images are kept: `validation_head`, `test`."""
        return self.folder / f"{part}.npy"

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def check_same_images(begun: Identity | None, images_sha256: str) -> None:
    """Raise UserError where the images have changed since the run began."""
    if begun is not None and begun.images_sha256 != images_sha256:
        raise UserError("resume: the images have changed since that run began; start a new run")


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
    except RunStopped:
        raise
    except BaseException:
        log.info("not finished; resume with: %s", command)
        raise


def resume_command(config: CommandConfig, folder: Path, verb: str) -> str:
    """Goes on with the run in `folder`; with what config.yaml cannot hold: the word that allows code, a password."""
    code = [f"{ALLOW_CODE}=[{','.join(config.allow_code)}]"] if config.allow_code else []
    return own_command(verb, [text_override("resume", str(folder)), *code]) + config.tracking.store.reminder
