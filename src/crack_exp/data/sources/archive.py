"""Unpacks a downloaded RAR archive: its listing is checked first, then it is unpacked completely or not at all."""

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory

import rarfile

from crack_exp.system.checksums import write_contents
from crack_exp.system.errors import UserError, some_of
from crack_exp.system.files import publish
from crack_exp.system.progress import track

# Images hardly shrink in an archive: one that grows by a larger factor holds something else.
MAX_GROWTH = 20
SECONDS_BETWEEN_CHECKS = 0.5

UNPACK_COMMANDS: dict[str, Callable[[Path, Path], list[str]]] = {
    "unar": lambda archive, folder: [
        *("unar", "-no-directory", "-force-skip", "-output-directory", str(folder), str(archive))
    ],
    "unrar": lambda archive, folder: ["unrar", "x", "-p-", "-o-", str(archive), f"{folder}/"],
    "bsdtar": lambda archive, folder: ["bsdtar", "-xf", str(archive), "-C", str(folder), "--no-same-owner"],
}
"""The command by which each program unpacks an archive into a folder. Python can list a RAR file, but not unpack it."""


def unpack(archive: Path, folder: Path) -> None:
    """Unpack `archive` into the new folder `folder`, which exists afterwards only if it is complete.

    Raises UserError (naming data.path or data.folder) where no program can unpack it, it is damaged, it holds what
    no archive of images needs (links, devices, paths that lead out of the folder, far more bytes than its own), or the
    disk is full.
    """
    program = find_program(archive)
    entries = _listed(archive, program)
    _check(entries, archive)
    _check_room(entries, archive, folder.parent)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as unfinished:
        whole = Path(unfinished, "whole")
        whole.mkdir()
        _run(program, archive, whole, entries)
        _check_result(whole, archive)
        write_contents(whole, [path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file()])
        publish(whole, folder)


def find_program(archive: Path) -> str:
    """The first program of UNPACK_COMMANDS that is installed. Raises UserError where none is."""
    for program in UNPACK_COMMANDS:
        if shutil.which(program):
            return program
    *first, last = UNPACK_COMMANDS
    raise UserError(
        f"data.path: unpacking '{archive.name}' takes {', '.join(first)} or {last}, and none of them is installed; "
        "install one (Debian, Ubuntu: sudo apt install unar; macOS: brew install unar), or unpack the file yourself "
        "and give that folder as data.path"
    )


def _listed(archive: Path, program: str) -> list[rarfile.RarInfo]:
    """Files, folders and links of `archive`. Raises UserError where it is damaged, empty or encrypted."""
    try:
        with rarfile.RarFile(archive, errors="strict") as rar:
            entries = rar.infolist()
    except (rarfile.Error, OSError):
        entries = []
    if not entries:
        raise UserError(
            f"data.path: '{archive}' is damaged, or no archive that {program} can read; get it anew, or give the "
            "folder of the unpacked images"
        )
    return entries


def _check(entries: Sequence[rarfile.RarInfo], archive: Path) -> None:
    """Raise UserError for links, paths that lead out of the folder, and far more bytes than the archive's own."""
    odd = [entry.filename for entry in entries if _is_link(entry) or _is_device(entry) or _leads_out(entry.filename)]
    if odd:
        raise UserError(_refused(archive, odd))
    packed, unpacked = archive.stat().st_size, _size_of(entries)
    if unpacked > MAX_GROWTH * packed:
        raise UserError(
            f"data.path: '{archive}' is refused: its {packed:,} bytes would become {unpacked:,}, as images never do; "
            "get it anew from where it is published"
        )


def _is_link(entry: rarfile.RarInfo) -> bool:
    """Whether it is a symbolic link, a hard link, a junction, or a reference to another file."""
    return entry.is_symlink() or entry.file_redir is not None


def _is_device(entry: rarfile.RarInfo) -> bool:
    """Whether it was something else than a file or folder on a Unix machine: a pipe, a socket, a device."""
    kind = stat.S_IFMT(entry.mode or 0) if entry.host_os == rarfile.RAR_OS_UNIX else 0
    return kind not in (0, stat.S_IFREG, stat.S_IFDIR)


def _leads_out(name: str) -> bool:
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return posix.is_absolute() or bool(windows.anchor) or ".." in posix.parts or ".." in windows.parts


def _check_room(entries: Sequence[rarfile.RarInfo], archive: Path, place: Path) -> None:
    needed, free = _size_of(entries), shutil.disk_usage(place).free
    if needed > free:
        raise UserError(
            f"data.folder: '{archive.name}' unpacks to {needed / 1e6:,.0f} MB, and '{place}' has {free / 1e6:,.0f} MB "
            "left; make room there or choose another folder"
        )


def _run(program: str, archive: Path, whole: Path, entries: Sequence[rarfile.RarInfo]) -> None:
    """Unpack into the folder `whole`, with progress. Raises UserError where that fails."""
    files, messages = sum(entry.is_file() for entry in entries), whole.with_name("messages")
    command = UNPACK_COMMANDS[program](archive.resolve(), whole)
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    with (
        messages.open("wb") as out,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment) as unpacking,
    ):
        try:
            for _ in track(_appearing(unpacking, whole, _size_of(entries)), "unpacking", files):
                pass
        finally:
            unpacking.kill()
    found = _files(whole)
    if unpacking.returncode or len(found) != files:
        last = (messages.read_text(errors="replace").split("\n\n")[-1].split() or ["nothing"])[-20:]
        raise UserError(
            f"data.path: {program} unpacked {len(found):,} of the {files:,} files of '{archive}' (it said: "
            f"{' '.join(last)}); get the file anew, and make sure that '{whole.parents[1]}' has room"
        )


def _check_result(whole: Path, archive: Path) -> None:
    """Raise UserError for links and special files, which the listing may have hidden."""
    odd = [path for path in whole.rglob("*") if path.is_symlink() or not (path.is_dir() or path.is_file())]
    if odd:
        raise UserError(_refused(archive, [path.name for path in odd]))


def _refused(archive: Path, names: Sequence[str]) -> str:
    shown = some_of([name.encode("unicode_escape").decode() for name in names])
    return (
        f"data.path: '{archive}' is refused: it holds links, pipes or devices, or paths that lead out of it ({shown}); "
        "get it anew from where it is published"
    )


def _appearing(unpacking: "subprocess.Popen[bytes]", whole: Path, size: int) -> Iterator[None]:
    """One item for each new file. Kills the program as soon as it has written more than `size` bytes."""
    counted = 0
    while unpacking.poll() is None:
        time.sleep(SECONDS_BETWEEN_CHECKS)
        found = _files(whole)
        if sum(found) > size:
            unpacking.kill()
        yield from [None] * (len(found) - counted)
        counted = max(counted, len(found))


def _files(folder: Path) -> list[int]:
    """The size of every file under `folder`."""
    return [os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(folder) for name in names]


def _size_of(entries: Sequence[rarfile.RarInfo]) -> int:
    return sum(entry.file_size for entry in entries)
