"""The image files that a person names: files, folders, patterns, or a list on standard input."""

import os
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crack_exp.data.decoding import SUFFIXES
from crack_exp.data.leftovers import PassedOver, is_left_behind
from crack_exp.system.errors import UserError

STANDARD_INPUT = "-"
PATTERN = "*?["


def find_images(named: Sequence[str], setting: str) -> Iterator[str]:
    """The paths of images, in a fixed order, as they are found.

    named: files, folders (with their subfolders), patterns, or "-". In folders and patterns, what systems leave behind
    and files without the name of an image are passed over, and counted in the log.
    Raises UserError, naming `setting`, for one that does not exist, or has no images.
    """
    passed = PassedOver()
    for one in named:
        if one == STANDARD_INPUT:
            yield from _checked(_listed_on_standard_input(), one, setting, "standard input has no lines")
        elif os.path.isdir(path := os.path.expanduser(one)):
            kinds = ", ".join(sorted(SUFFIXES))
            yield from _checked(_in_folder(path, passed), one, setting, f"the folder has no images ({kinds})")
        elif os.path.exists(path):
            yield path
        elif set(one) & set(PATTERN):
            yield from _checked(_matching(path, passed), one, setting, "no image matches this pattern")
        else:
            raise UserError(f"{setting}={one}: no such file or folder; check the path")
    passed.tell()


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


def _in_folder(folder: str, passed: PassedOver) -> Iterator[str]:
    """Files before subfolders, each sorted by name; links to folders are not followed."""
    with os.scandir(folder) as entries:
        seen = [entry for entry in entries if not passed.is_left_behind(entry.name)]
    listed = sorted(seen, key=lambda entry: entry.name)
    # Not entry.is_dir(), which fails for a link to itself.
    yield from (entry.path for entry in listed if not os.path.isdir(entry) and _is_image(entry.name, passed))
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from _in_folder(entry.path, passed)
        elif os.path.isdir(entry):
            passed.count_link(entry.name)


def _matching(pattern: str, passed: PassedOver) -> Iterator[str]:
    """Each file once, also where the pattern matches its folder as well, or a link to it."""
    found = (
        _in_folder(str(path), passed) if path.is_dir() else filter(lambda name: _is_image(name, passed), [str(path)])
        for path in sorted(_glob(pattern))
    )
    files = dict[str, str]()
    for paths in found:
        for path in paths:
            files.setdefault(os.path.realpath(path), path)
    yield from files.values()


def _glob(pattern: str) -> Iterator[Path]:
    """Not by the module `glob`, which follows links: it would not come to an end where two of them lead upwards."""
    parts = [re.sub(r"(?<=.)\*\*+|\*\*+(?=.)", "*", part) for part in Path(pattern).parts]
    fixed = next(number for number, part in enumerate(parts) if set(part) & set(PATTERN))
    for path in Path(*parts[:fixed]).glob(os.path.join(*parts[fixed:])):
        named_by_pattern = path.parts[fixed:]
        if not any(is_left_behind(name) and name not in parts for name in named_by_pattern):
            yield path


def _is_image(name: str, passed: PassedOver) -> bool:
    if Path(name).suffix.lower() in SUFFIXES:
        return True
    passed.count_other(name)
    return False
