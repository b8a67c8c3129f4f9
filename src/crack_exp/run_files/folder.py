"""The folder of a run: where it is, room for what it will hold, and the config.yaml that says how it began."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from omegaconf import OmegaConf

from crack_exp.config import CommandConfig, to_yaml
from crack_exp.config.overrides import command_line
from crack_exp.run_files.names import CHECKPOINT, CONFIG
from crack_exp.system.errors import UserError

WEIGHT_COPIES = 12  # two checkpoints with best weights and optimizer state, two saved models, and some air
SPARE_BYTES = 50_000_000


def check_room(folder: Path, parameters: int) -> None:
    """Raise UserError where the disk has no room for what a run with so many parameters will write."""
    needed = parameters * 4 * WEIGHT_COPIES + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            f"hydra.run.dir={folder}: {free / 1e6:.0f} MB free on that disk, the run writes up to "
            f"{needed / 1e6:.0f} MB; make room or choose another folder"
        )


def write_config(config: CommandConfig, folder: Path, verb: str, overrides: Sequence[str]) -> None:
    """Write config.yaml, headed by the command that repeats the run; a resumed run keeps what it began with."""
    if not any(override.startswith("resume=") for override in overrides):
        (folder / CONFIG).write_text(f"# {command_line(verb, overrides)}\n{to_yaml(config)}")


def command_of(folder: Path) -> str:
    """The command that began the run in `folder`, also where it was resumed since."""
    return (folder / CONFIG).read_text().partition("\n")[0].removeprefix("# ")


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
    if not (folder / CHECKPOINT).is_dir():
        raise UserError(f"resume={resume}: that run is complete, or never came to train; start a new one")
    return str(folder)
