"""The folder of an export: it gets its name when the file in it has been checked, so there is no other one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from crack_exp.system.errors import UserError
from crack_exp.system.files import UNFINISHED

REPORT = "export.json"
"""What was exported and how well it agrees. Only a folder that has it is overwritten."""

DEFAULT = Path("outputs", "exports")


def output_folder(named: str | None, overwrite: bool) -> Path:
    """The folder to write. Raises UserError where it holds anything, but for an export that is to be overwritten."""
    folder = Path(named).expanduser() if named else DEFAULT / datetime.now().strftime("%Y-%m-%d/%H-%M-%S-%f")
    if folder.exists() and not folder.is_dir():
        raise UserError(f"output={folder}: a file; name a folder")
    if not folder.exists() or not any(folder.iterdir()):
        return folder
    if not (folder / REPORT).is_file():
        raise UserError(f"output={folder}: holds files of something else; name a new folder")
    if not overwrite:
        raise UserError(f"output={folder}: holds an export already; overwrite=true replaces it, or name another folder")
    return folder


@contextmanager
def unfinished_folder(folder: Path) -> Iterator[Path]:
    """A folder beside `folder`, which takes its place at the end; after an error nothing is changed or left.

    Raises UserError where it cannot be made.
    """
    final = folder.resolve()
    unfinished = final.with_name(f".{final.name}.{os.getpid()}{UNFINISHED}")
    made = [parent for parent in final.parents if not parent.exists()]
    try:
        try:
            unfinished.mkdir(parents=True)
        except OSError as error:
            raise UserError(
                f"output={folder}: cannot be written ({error.strerror}); name a folder where you may write"
            ) from error
        yield unfinished
        _take_place(unfinished, final)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        _remove_empty(made)


def _take_place(unfinished: Path, final: Path) -> None:
    """An earlier folder is there until the new one is."""
    if not final.exists():
        unfinished.rename(final)
        return
    earlier = unfinished.with_suffix(".earlier")
    final.rename(earlier)
    unfinished.rename(final)
    shutil.rmtree(earlier)


def _remove_empty(folders: list[Path]) -> None:
    """Those that nothing was left in, the deepest first."""
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
