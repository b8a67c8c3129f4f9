"""Files and folders that are whole, or not there at all."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

UNFINISHED = ".unfinished"


@contextmanager
def written_whole(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """A binary file to write to, which gets its name at the end: a reader finds the old one or the new one.

    Processes may write the same path at the same time; the last one stays. Where writing fails, `path` is as it was
    and nothing else is left. durable: it is on the disk before it has its name, and survives a power cut as well; not
    needed for what can be made again. The folder must exist. Raises OSError.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
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
    """Write UTF-8 text in one piece."""
    with written_whole(path) as file:
        file.write(text.encode())


def publish(unfinished: Path, folder: Path) -> None:
    """Give a finished folder its name, unless another process was quicker: it made the same.

    Both lie on one disk. Raises OSError where it can't be renamed.
    """
    try:
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def file_sha256(path: Path) -> str:
    """sha256 of a file, as `sha256sum` tells it. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
