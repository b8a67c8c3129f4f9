"""Files and folders that are written completely or not at all."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO

UNFINISHED = ".unfinished"


@contextmanager
def atomic_file(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """A binary file to write to; it gets its name at the end, so that a reader finds the old or the new content.

    Several processes may write the same path at the same time; the last one wins. If writing fails, `path` is
    unchanged and no other file is left. durable: flush the file to the disk before it gets its name, so that it
    survives a power failure; not needed for content that can be recomputed. The folder must exist. Raises OSError.
    """
    # Not the number of the process: in two containers that share a folder it may be the same.
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}{UNFINISHED}")
    try:
        with unfinished.open("wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically; bytes in names of files that are no UTF-8 are written as escapes."""
    with atomic_file(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


def remove_unfinished(folder: Path) -> None:
    """Delete what killed processes left of files in `folder`. Call it where no other process writes there."""
    for left in folder.glob(f".*{UNFINISHED}"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def publish(unfinished: Path, folder: Path) -> None:
    """Rename a finished folder to `folder`, unless another process has already created it with the same content.

    Both must be on one disk. Raises OSError if renaming fails.
    """
    try:
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def file_sha256(path: Path) -> str:
    """sha256 of a file, as `sha256sum` prints it. Raises OSError if the file cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
