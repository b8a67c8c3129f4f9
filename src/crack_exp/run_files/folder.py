"""The folder of a run: where it is, room for what it will hold, and the config.yaml that says how it began."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from omegaconf import OmegaConf

from crack_exp.config import CommandConfig, to_yaml
from crack_exp.config.overrides import ALLOW_CODE, command_line
from crack_exp.config.texts import text_override
from crack_exp.run_files.begun import FILE, NOT_RESUMABLE
from crack_exp.run_files.names import CHECKPOINT, CONFIG, LOCK, MODEL, PAINTED_WEIGHTS, PLOTS
from crack_exp.system.errors import UserError
from crack_exp.system.files import remove_unfinished, write_text
from crack_exp.system.locks import sole_lock
from crack_exp.system.own_files import reading_own_file
from crack_exp.system.printed import own_command
from crack_exp.tracking.owed_file import OWED

WEIGHT_COPIES = 12  # two checkpoints with best weights and optimizer state, two saved models, and some air
BYTES_PER_IMAGE = 1_000  # lines on it in audit.csv, split.csv and two files of predictions, and MLflow's copies
SPARE_BYTES = 50_000_000
HEAD = "# "
"""config.yaml begins with it, and with the command that repeats the run."""


@contextmanager
def own_folder(folder: Path) -> Iterator[None]:
    """Make the folder of a run, and keep other processes out of it.

    Raises UserError where another process works in it.
    """
    refusal = f"hydra.run.dir={folder}: another process runs in that folder; wait for it or end it, or choose another"
    with sole_lock(folder / LOCK, refusal):
        for place in (folder, folder / CHECKPOINT, folder / PLOTS):
            remove_unfinished(place)
        yield


def check_room(folder: Path, *, parameters: int = 0, images: int = 0) -> None:
    """Raise UserError where the disk has no room for what a run writes on so many parameters, or on so many images."""
    needed = parameters * 4 * WEIGHT_COPIES + images * BYTES_PER_IMAGE + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            f"hydra.run.dir={folder}: {free / 1e6:.0f} MB free on that disk, the run writes up to "
            f"{needed / 1e6:.0f} MB; make room or choose another folder"
        )


def write_config(config: CommandConfig, folder: Path, verb: str, overrides: Sequence[str]) -> None:
    """Write config.yaml, headed by the command that repeats the run; a resumed run keeps what it began with.

    Raises UserError where the folder holds files of something else, or a finished or killed run with other settings.
    """
    if is_resumed(overrides):
        run_folder(str(folder), "")  # again: another process may have completed the run meanwhile
        return
    values = to_yaml(config)
    _check_free(folder, values, resume_command(config, folder, verb))
    write_text(folder / CONFIG, f"{HEAD}{command_line(verb, overrides)}\n{values}")


def _check_free(folder: Path, values: str, resume: str) -> None:
    """Raise UserError where a run with these settings must not write into `folder`.

    resume: the command that goes on with what is there.
    """
    config, checkpoint = folder / CONFIG, folder / CHECKPOINT
    text = config.read_text(errors="replace") if config.is_file() else ""
    is_foreign = bool(text) and not text.startswith(HEAD)
    if is_foreign or (checkpoint.is_dir() and any(checkpoint.iterdir()) and not (checkpoint / FILE).is_file()):
        raise UserError(f"hydra.run.dir={folder}: holds files of something else; choose another folder")
    has_other_settings = bool(text) and text.partition("\n")[2] != values
    if has_other_settings and any((folder / result).exists() for result in (MODEL, PAINTED_WEIGHTS)):
        raise UserError(f"hydra.run.dir={folder}: holds a finished run with other settings; choose another folder")
    if checkpoint.is_dir() and has_other_settings:
        raise UserError(
            f"hydra.run.dir={folder}: a run with other settings was killed there; choose another folder, or go on with "
            f"it: {resume}"
        )


def is_resumed(overrides: Sequence[str]) -> bool:
    """Whether the command goes on with an earlier run."""
    return any(override.startswith("resume=") for override in overrides)


def is_only_to_record(folder: Path) -> bool:
    """Whether the run in `folder` is complete, but for what MLflow did not take."""
    return (folder / OWED).is_file() and not (folder / CHECKPOINT).is_dir()


def resume_command(config: CommandConfig, folder: Path, verb: str) -> str:
    """Goes on with the run in `folder`; with what config.yaml cannot hold: the word that allows code, a password."""
    code = [f"{ALLOW_CODE}=[{','.join(config.allow_code)}]"] if config.allow_code else []
    return own_command(verb, [text_override("resume", str(folder)), *code]) + config.tracking.store.reminder


def command_of(folder: Path) -> str:
    """The command that began the run in `folder`, also where it was resumed since."""
    with reading_own_file(folder / CONFIG, NOT_RESUMABLE):
        return (folder / CONFIG).read_text().partition("\n")[0].removeprefix(HEAD)


def register_resolvers() -> None:
    """Make `${run_folder:RESUME,FRESH}` known to OmegaConf."""
    OmegaConf.register_new_resolver("run_folder", run_folder, replace=True)


def run_folder(resume: str | None, fresh: str) -> str:
    """`fresh` for a new run, the folder itself for one to resume.

    Raises UserError where there is no killed run in it: checked here, before Hydra creates what it does not find.
    """
    if resume is None:
        return fresh
    folder = Path(resume).expanduser()
    if not (folder / CONFIG).is_file():
        raise UserError(f"resume={resume}: no run began there; give the folder that the killed run named at its start")
    if not (folder / CHECKPOINT).is_dir() and not is_only_to_record(folder):
        raise UserError(f"resume={resume}: that run is complete, or never came to train; start a new one")
    return str(folder)
