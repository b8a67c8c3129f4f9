"""A folder appears when it is complete, or not at all."""

from pathlib import Path


def publish(unfinished: Path, folder: Path) -> None:
    """Give a finished folder its name, unless another process was quicker: it made the same.

    Both lie on one disk. Raises OSError where it can't be renamed.
    """
    try:
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
