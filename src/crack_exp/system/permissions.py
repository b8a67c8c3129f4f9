"""Permissions of what is kept for other runs: whoever may write to a folder may use all that it holds."""

import os
import stat
from contextlib import suppress
from pathlib import Path

IN_FOLDERS = stat.S_ISGID | 0o777
IN_FILES = 0o666


def follow_folder(path: Path) -> None:
    """Give a new file or folder the group and the permissions of the folder that it is in, whatever the umask.

    Without effect in a folder like /tmp, which everybody writes to, and where the system does not allow it.
    """
    folder = path.parent.stat()
    if folder.st_mode & stat.S_ISVTX:
        return
    with suppress(OSError):
        if path.stat().st_gid != folder.st_gid:
            os.chown(path, -1, folder.st_gid)
        path.chmod(folder.st_mode & (IN_FOLDERS if path.is_dir() else IN_FILES))


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that do not exist. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):  # made by another process
        folder.mkdir()
        follow_folder(folder)
