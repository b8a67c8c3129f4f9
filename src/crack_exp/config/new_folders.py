"""What Hydra makes on the disk for a command, so that nothing but this is removed where the command is refused."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException


class RememberFolders(Callback):
    """Looks at the folder of a run, or of a sweep, before Hydra makes it.

    new: those of the folder and its parents that were not there, the deepest first; files: what the folder held.
    """

    new: list[Path] = []
    files: set[Path] = set()

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        self._remember(config.hydra.run)

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        self._remember(config.hydra.sweep)

    def _remember(self, of_hydra: DictConfig) -> None:
        RememberFolders.new, RememberFolders.files = [], set()
        with suppress(OmegaConfBaseException, OSError):  # Hydra itself tells of a folder that cannot be, or be made
            folder = Path(of_hydra.dir).absolute()
            RememberFolders.new = [place for place in (folder, *folder.parents) if not place.exists()]
            RememberFolders.files = set(folder.iterdir()) if folder.is_dir() else set()


def remove_what_hydra_made(log: Path | None) -> None:
    """Delete the `log` of a run if nothing was written to it, then the new folders that hold nothing else."""
    if log and log.is_file() and log not in RememberFolders.files and not log.stat().st_size:
        log.unlink()
    remove_new_folders()


def remove_new_folders() -> None:
    """Delete those that are empty."""
    for folder in RememberFolders.new:
        with suppress(OSError):  # something is in it
            folder.rmdir()
