"""Unpacking an archive that came over the network: looked through first, then unpacked whole or not at all."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory

from crack_exp.data.sources.archive_tools import FILE, OTHER, TOOLS, Entry, Tool
from crack_exp.system.errors import UserError, some_of
from crack_exp.system.files import publish
from crack_exp.system.progress import track

# Images hardly shrink in an archive: what grows more than this is no archive of images.
MOST_GROWTH = 20
SECONDS_BETWEEN_LOOKS = 0.5


def unpack(archive: Path, folder: Path) -> None:
    """Unpack `archive` into the new folder `folder`, which is there afterwards only if it is complete.

    Raises UserError (naming data.path or data.folder) where no program can unpack it, it is damaged, it holds what
    an archive of images has no business with (links, paths that climb out, far more bytes than its own), or the disk
    is full.
    """
    tool = find_tool(archive)
    entries = _listed(tool, archive)
    _check(entries, archive)
    _check_room(entries, archive, folder.parent)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as unfinished:
        whole = Path(unfinished, "whole")
        whole.mkdir()
        _run(tool, archive, whole, entries)
        _check_result(whole, archive)
        publish(whole, folder)


def find_tool(archive: Path) -> Tool:
    """The first of TOOLS that is installed. Raises UserError where none is."""
    for tool in TOOLS:
        if shutil.which(tool.program) and shutil.which(tool.list_command(archive)[0]):
            return tool
    *first, last = (tool.program for tool in TOOLS)
    raise UserError(
        f"data.path: unpacking '{archive.name}' takes {', '.join(first)} or {last}, and none of them is installed; "
        "install one (Debian, Ubuntu: sudo apt install unar; macOS: brew install unar), or unpack the file yourself "
        "and give that folder as data.path"
    )


def _listed(tool: Tool, archive: Path) -> list[Entry]:
    listing = subprocess.run(
        tool.list_command(archive), stdin=subprocess.DEVNULL, capture_output=True, env=_environment()
    )
    entries = tool.read_listing(listing.stdout.decode(errors="replace")) if listing.returncode == 0 else []
    if not entries:
        raise UserError(
            f"data.path: '{archive}' is damaged, or no archive that {tool.program} can read; get it anew, or give the "
            "folder of the unpacked images"
        )
    return entries


def _check(entries: Sequence[Entry], archive: Path) -> None:
    """Raise UserError for what an archive of images has no business with."""
    odd = [entry.name for entry in entries if entry.kind == OTHER or _leads_out(entry.name)]
    if odd:
        raise UserError(_refused(archive, odd))
    packed, unpacked = archive.stat().st_size, _size_of(entries)
    if unpacked > MOST_GROWTH * packed:
        raise UserError(
            f"data.path: '{archive}' is refused: its {packed:,} bytes would become {unpacked:,}, as images never do; "
            "get it anew from where it is published"
        )


def _leads_out(name: str) -> bool:
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return posix.is_absolute() or bool(windows.anchor) or ".." in posix.parts or ".." in windows.parts


def _check_room(entries: Sequence[Entry], archive: Path, place: Path) -> None:
    needed, free = _size_of(entries), shutil.disk_usage(place).free
    if needed > free:
        raise UserError(
            f"data.folder: '{archive.name}' unpacks to {needed / 1e6:,.0f} MB, and '{place}' has {free / 1e6:,.0f} MB "
            "left; make room there or choose another folder"
        )


def _run(tool: Tool, archive: Path, whole: Path, entries: Sequence[Entry]) -> None:
    """Unpack into the folder `whole`, telling how far it is. Raises UserError where that does not succeed."""
    files, words = sum(entry.kind == FILE for entry in entries), whole.with_name("words")
    command = tool.unpack_command(archive.resolve(), whole)
    with (
        words.open("wb") as said,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=_environment()) as unpacking,
    ):
        try:
            for _ in track(_appearing(unpacking, whole, _size_of(entries)), "unpacking", files):
                pass
        finally:
            unpacking.kill()
    found = _files(whole)
    if unpacking.returncode or len(found) != files:
        last = (words.read_text(errors="replace").split("\n\n")[-1].split() or ["nothing"])[-20:]
        raise UserError(
            f"data.path: {tool.program} unpacked {len(found):,} of the {files:,} files of '{archive}' (it said: "
            f"{' '.join(last)}); get the file anew, and make sure that '{whole.parents[1]}' has room"
        )


def _check_result(whole: Path, archive: Path) -> None:
    """Raise UserError for what the listing did not tell: names can be made to deceive a reader of listings."""
    odd = [path for path in whole.rglob("*") if path.is_symlink() or not (path.is_dir() or path.is_file())]
    if odd:
        raise UserError(_refused(archive, [path.name for path in odd]))


def _refused(archive: Path, names: Sequence[str]) -> str:
    shown = some_of([name.encode("unicode_escape").decode() for name in names])
    return (
        f"data.path: '{archive}' is refused: it holds links, or paths that lead out of it ({shown}); get it anew from "
        "where it is published"
    )


def _appearing(unpacking: "subprocess.Popen[bytes]", whole: Path, size: int) -> Iterator[None]:
    """One item for each file that appears. Ends the program where more bytes do than were listed."""
    told = 0
    while unpacking.poll() is None:
        time.sleep(SECONDS_BETWEEN_LOOKS)
        found = _files(whole)
        if sum(found) > size:
            unpacking.kill()
        yield from [None] * (len(found) - told)
        told = max(told, len(found))


def _files(folder: Path) -> list[int]:
    """The size of every file under `folder`."""
    return [os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(folder) for name in names]


def _size_of(entries: Sequence[Entry]) -> int:
    return sum(entry.size_bytes for entry in entries)


def _environment() -> dict[str, str]:
    return os.environ | {"LC_ALL": "C.UTF-8"}
