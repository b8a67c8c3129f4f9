"""The image files that a person names: files, folders, patterns, or a list on standard input."""

import glob
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crack_exp.system.errors import UserError

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif"))
"""Of the files that are taken from folders and patterns; a file that is named itself may have any name."""

STANDARD_INPUT = "-"
PATTERN = "*?["


def find_images(named: Sequence[str], setting: str) -> Iterator[str]:
    """The paths of images, in a fixed order, as they are found.

    named: files, folders (with their subfolders), patterns, or "-". Hidden files and folders are left out.
    Raises UserError, naming `setting`, for one that does not exist, or has no images.
    """
    for one in named:
        if one == STANDARD_INPUT:
            yield from _checked(_listed_on_standard_input(), one, setting, "standard input has no lines")
        elif os.path.isdir(path := os.path.expanduser(one)):
            kinds = ", ".join(sorted(SUFFIXES))
            yield from _checked(_in_folder(path), one, setting, f"the folder has no images ({kinds})")
        elif os.path.exists(path):
            yield path
        elif set(one) & set(PATTERN):
            yield from _checked(_matching(path), one, setting, "no image matches this pattern")
        else:
            raise UserError(f"{setting}={one}: no such file or folder; check the path")


def in_shard(path: str, number: int, shards: int) -> bool:
    """Whether an image belongs to the shard `number` of `shards`, counted from 1; its name decides."""
    return zlib.crc32(os.fsencode(path)) % shards == number - 1


def _checked(paths: Iterable[str], named: str, setting: str, reason: str) -> Iterator[str]:
    """The paths; raises UserError where there is none, or a folder that may not be read."""
    empty = True
    try:
        for path in paths:
            empty = False
            yield path
    except OSError as error:
        raise UserError(
            f"{setting}={named}: '{error.filename}' cannot be read ({error.strerror}); change its permissions, or "
            "name what can be read"
        ) from error
    if empty:
        raise UserError(f"{setting}={named}: {reason}")


def _listed_on_standard_input() -> Iterator[str]:
    for line in sys.stdin.buffer:
        if line.strip():
            yield os.fsdecode(line.rstrip(b"\r\n"))


def _in_folder(folder: str) -> Iterator[str]:
    """Files before subfolders, each sorted by name; links to folders are not followed."""
    with os.scandir(folder) as entries:
        listed = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    yield from (entry.path for entry in listed if _is_image(entry.name) and not entry.is_dir())
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from _in_folder(entry.path)


def _matching(pattern: str) -> Iterator[str]:
    for path in sorted(glob.iglob(pattern, recursive=True)):
        if os.path.isdir(path):
            yield from _in_folder(path)
        elif _is_image(path):
            yield path


def _is_image(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES
