"""Whoever may write to a folder may use what others keep in it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crack_exp.system.checksums import checked_file
from crack_exp.system.locks import exclusive_lock
from crack_exp.system.permissions import follow_folder, make_folder


@contextmanager
def umask(mode: int) -> Iterator[None]:
    before = os.umask(mode)
    try:
        yield
    finally:
        os.umask(before)


def touch(path: Path) -> Path:
    path.touch()
    follow_folder(path)
    return path


def lock(path: Path) -> Path:
    with exclusive_lock(path):
        return path / "1"


def write(path: Path) -> Path:
    with checked_file(path):
        return path


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.mark.parametrize("make", [touch, lock, write])
@pytest.mark.parametrize(
    ("folder", "mask", "file"),
    [(0o2775, 0o022, 0o664), (0o775, 0o077, 0o664), (0o755, 0o002, 0o644), (0o700, 0o022, 0o600)],
)
def test_a_file_follows_its_folder_whatever_the_umask(
    tmp_path: Path, make: Callable[[Path], Path], folder: int, mask: int, file: int
) -> None:
    (place := tmp_path / "cache").mkdir()
    place.chmod(folder)
    with umask(mask):
        made = make(place / "kept")
    assert mode_of(made) == file


def test_folders_follow_theirs_down_to_the_last(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    with umask(0o022):
        make_folder(tmp_path / "cache" / "features")
        make_folder(tmp_path / "cache" / "features")
    assert mode_of(tmp_path / "cache") == mode_of(tmp_path / "cache" / "features") == 0o2770


def test_what_lies_where_everybody_writes_stays_ones_own(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with umask(0o022):
        touch(tmp_path / "kept")
        make_folder(tmp_path / "cache")
    assert (mode_of(tmp_path / "kept"), mode_of(tmp_path / "cache")) == (0o644, 0o755)
